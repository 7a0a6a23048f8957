/** A stored answer is replayed to whoever may still read it, and to nobody else. docs/http.md */

import { beforeEach, describe, expect, test } from 'vitest';
import { type Answer, workspace } from '../fixture.ts';
import { asRole, makeRole, objectIdOf, permit, type Workspace } from '../roles.ts';

const EMPLOYEES = 4711;

let space: Workspace;
let roleId: string;
let keyId: string;
let who: Awaited<ReturnType<typeof asRole>>;
let company: string;

beforeEach(async () => {
  space = await workspace();
  roleId = await makeRole(space, 'Clerk', { canReadAllObjectRecords: true, canUpdateAllObjectRecords: true });
  who = await asRole(space, roleId);
  [{ id: keyId }] = await space.sql('select id from plinth.api_keys where role_id = $1', [roleId]);
  const made = await space.gql(`mutation { createCompany(data: { name: "Esa", employees: 1 }) { id } }`);
  company = made.createCompany.id;
});

const REQUESTS: Readonly<Record<string, () => Promise<Answer>>> = {
  REST: () => who.rest('PATCH', `/rest/companies/${company}`, { employees: EMPLOYEES }, { 'Idempotency-Key': 'rest' }),
  GraphQL: () =>
    who.rest(
      'POST',
      '/graphql',
      { query: `mutation { updateCompany(id: "${company}", data: { employees: ${EMPLOYEES} }) { id name } }` },
      { 'Idempotency-Key': 'graphql' },
    ),
};

const isReplayed = ({ headers }: Answer) => headers.get('Idempotent-Replayed') === 'true';

async function role(path: string, body: object) {
  const answer = await space.rest('PUT', `/rest/metadata/roles/${roleId}${path}`, body);
  expect(answer.status).toBe(200);
}

const CHANGES: Readonly<Record<string, () => Promise<unknown>>> = {
  'a field that it no longer reads': () => permit(space, roleId, { fields: { 'company.address': { read: false } } }),
  'an object that it no longer reads': () =>
    permit(space, roleId, { objects: { person: { read: false, update: false } } }),
  'a rule on rows': async () =>
    role('/rowRules', {
      rowRules: [{ objectMetadataId: await objectIdOf(space, 'company'), filter: { name: { eq: 'Nasa' } } }],
    }),
  'another role': async () => {
    const other = await makeRole(space, 'Other', { canReadAllObjectRecords: true, canUpdateAllObjectRecords: true });
    expect((await space.rest('PATCH', `/rest/metadata/apiKeys/${keyId}`, { roleId: other })).status).toBe(200);
  },
  'a column that a hand revoked': async () => {
    const [{ name }] = await space.sql('select role_name as name from plinth.roles where id = $1', [roleId]);
    const columns = await space.sql(
      `select string_agg(quote_ident(attname), ', ') as names from pg_attribute
       where attrelid = 'companies'::regclass and attnum > 0 and not attisdropped and attname <> 'tagline'`,
    );
    await space.sql('alter table companies add column tagline text');
    await space.sql(
      `revoke select on companies from ${name}; grant select (${columns[0].names}) on companies to ${name}`,
    );
  },
};

describe.each(Object.entries(REQUESTS))('over %s', (_api, send) => {
  test.each(Object.entries(CHANGES))('not after %s', async (_what, change) => {
    expect((await send()).status).toBe(200);
    expect(isReplayed(await send())).toBe(true);
    await space.sql('update companies set employees = 2');
    await change();
    await expect
      .poll(
        async () => {
          const { status, body, headers } = await send();
          expect(JSON.stringify(body)).not.toContain(String(EMPLOYEES));
          expect(headers.get('Idempotent-Replayed')).toBeNull();
          return [status === 409 || body.errors?.[0].extensions.subCode, JSON.stringify(body)];
        },
        { timeout: 8_000 },
      )
      .toEqual([expect.toBeOneOf([true, 'ANSWER_NOT_SHOWN']), expect.stringContaining('was carried out before')]);
    expect(await space.sql('select employees from companies')).toEqual([{ employees: 2 }]);
  });

  test('to a role that may read everything, whatever has changed', async () => {
    await send();
    const [{ id: admin }] = await space.sql('select id from plinth.roles where workspace_id = $1 and not is_editable', [
      space.id,
    ]);
    await space.rest('PATCH', `/rest/metadata/apiKeys/${keyId}`, { roleId: admin });
    await space.sql('alter table companies add column tagline text');
    await expect.poll(async () => isReplayed(await send())).toBe(true);
  });
});

test('of a role that was an Admin’s and is less now, nothing is shown', async () => {
  const field = { 'company.employees': { read: false } };
  const less = await makeRole(space, 'Less', { canReadAllObjectRecords: true, canUpdateAllObjectRecords: true });
  await permit(space, less, { fields: field });
  const { body } = await space.rest('POST', '/rest/metadata/apiKeys', { name: 'x' });
  const { body: made } = await space.rest('POST', `/rest/metadata/apiKeys/${body.id}/tokens`, {});
  who = space.as({ Authorization: `Bearer ${made.token}` });
  const send = () => who.rest('PATCH', `/rest/companies/${company}`, { name: 'Nasa' }, { 'Idempotency-Key': 'k' });
  expect((await send()).body.data.updateCompany.employees).toBe(1);
  await space.rest('PATCH', `/rest/metadata/apiKeys/${body.id}`, { roleId: less });
  await expect.poll(async () => (await send()).status).toBe(409);
  expect(JSON.stringify((await send()).body)).not.toContain('employees');
});
