/** Whoever refers to a record that they do not see is answered as if there were none. docs/security.md */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { asRole, makeRole, objectIdOf, type Workspace } from '../roles.ts';

const ALL = { read: true, update: true, softDelete: true, destroy: true };
const NONE = { read: false, update: false, softDelete: false, destroy: false };

let space: Workspace;
let who: Awaited<ReturnType<typeof asRole>>;
/** A record that a rule hides, and records of tables that the role may not read. */
let hidden: string;
let opportunity: string;
let vault: string;
let seen: string;
/** A person of the hidden company, whom the role sees. */
let person: string;

beforeAll(async () => {
  space = await workspace();
  await space.sql(`
    create table vaults (id uuid primary key default gen_random_uuid(), code text);
    create table keys (
      id uuid primary key default gen_random_uuid(), label text, vault_id uuid references vaults, company_id uuid
      references companies,
      blocked_by uuid references keys)`);
  await space.untilServed('keys');
  [{ id: vault }] = await space.sql(`insert into vaults (code) values ('x') returning id`);
  const made = await space.gql(`mutation {
    createCompanies(data: [{ name: "Seen", employees: 1 }, { name: "Hidden", employees: 1000000 }]) { id }
    createOpportunity(data: { name: "Secret" }) { id } }`);
  [seen, hidden] = made.createCompanies.map(({ id }: any) => id);
  opportunity = made.createOpportunity.id;
  person = (await space.gql(`mutation { createPerson(data: { city: "Kourou", companyId: "${hidden}" }) { id } }`))
    .createPerson.id;
  const role = await makeRole(space, 'Limited', {
    canReadAllObjectRecords: true,
    canUpdateAllObjectRecords: true,
    canSoftDeleteAllObjectRecords: true,
    canDestroyAllObjectRecords: true,
    canAccessAllTools: true,
    objects: { opportunity: NONE, vault: NONE, company: ALL },
  });
  const rule = await space.rest('PUT', `/rest/metadata/roles/${role}/rowRules`, {
    rowRules: [{ objectMetadataId: await objectIdOf(space, 'company'), filter: { employees: { lt: 100 } } }],
  });
  expect(rule.status).toBe(200);
  who = await asRole(space, role);
});

type Ask = (id: string, other: string) => Promise<{ status: number; body: any }>;

const gql = (query: string) => who.rest('POST', '/graphql', { query });
const ndjson = (path: string, records: object[]) =>
  fetch(`${space.url}${path}`, {
    method: 'POST',
    headers: { ...who.who, 'Content-Type': 'application/x-ndjson' },
    body: records.map((record) => `${JSON.stringify(record)}\n`).join(''),
  }).then(async (response) => ({ status: response.status, body: await response.text() }));

const TO_A_HIDDEN_RECORD: Readonly<Record<string, Ask>> = {
  'REST create': (id) => who.rest('POST', '/rest/people', { city: 'x', companyId: id }),
  'REST create of many': (id) =>
    who.rest('POST', '/rest/batch/people', [
      { city: 'x', companyId: seen },
      { city: 'x', companyId: id },
    ]),
  'REST upsert': (id, other) => who.rest('POST', '/rest/people?upsert=true', { id: other, companyId: id, city: 'x' }),
  'REST update': (id, other) => who.rest('PATCH', `/rest/people/${other}`, { companyId: id }),
  'REST update of many': (id, other) => who.rest('PATCH', `/rest/people?filter=id[in]:["${other}"]`, { companyId: id }),
  'REST import': (id) => ndjson('/rest/people/import', [{ city: 'x', companyId: id }]),
  'GraphQL create': (id) => gql(`mutation { createPerson(data: { companyId: "${id}" }) { id } }`),
  'GraphQL create of many': (id) =>
    gql(`mutation { createPeople(data: [{ companyId: "${seen}" }, { companyId: "${id}" }]) { id } }`),
  'GraphQL upsert': (id) =>
    gql(
      `mutation { createPerson(upsert: true, data: { emails: { primaryEmail: "a@b.c" }, companyId: "${id}" }) { id } }`,
    ),
  'GraphQL update': (id, other) =>
    gql(`mutation { updatePerson(id: "${other}", data: { companyId: "${id}" }) { id } }`),
  'GraphQL update of many': (id, other) =>
    gql(`mutation { updatePeople(filter: { id: { eq: "${other}" } }, data: { companyId: "${id}" }) { id } }`),
  'GraphQL connect': (id) =>
    gql(`mutation { createPerson(data: { company: { connect: { where: { id: "${id}" } } } }) { id } }`),
  'a relation to several objects': (id) => who.rest('POST', '/rest/noteTargets', { targetCompanyId: id }),
  'a table made by hand': (id) => who.rest('POST', '/rest/keys', { label: 'x', companyId: id }),
};

const TO_AN_UNREADABLE_OBJECT: Readonly<Record<string, Ask>> = {
  'REST create': (id) => who.rest('POST', '/rest/noteTargets', { targetOpportunityId: id }),
  'REST create of many': (id) =>
    who.rest('POST', '/rest/batch/noteTargets', [{ targetCompanyId: seen }, { targetOpportunityId: id }]),
  'REST import': (id) => ndjson('/rest/noteTargets/import', [{ targetOpportunityId: id }]),
  'GraphQL create': (id) => gql(`mutation { createNoteTarget(data: { targetOpportunityId: "${id}" }) { id } }`),
};

/** What differs from one answer to another in any case. */
const comparable = (answer: unknown, id: string) =>
  JSON.stringify(answer)
    .replaceAll(id, 'given')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');

async function expectAlike(ask: Ask, there: string) {
  const before = await space.sql(
    `select (select count(*) from people), (select count(*) from note_targets), (select count(*) from keys)`,
  );
  const missing = randomUUID();
  const { id: other } = (await who.gql('mutation { createPerson(data: { city: "Other" }) { id } }')).createPerson;
  const [found, notFound] = [await ask(there, other), await ask(missing, other)];
  const told = ({ status, body }: { status: number; body: unknown }, id: string) => [status, comparable(body, id)];
  expect(told(found, there)).toEqual(told(notFound, missing));
  expect(comparable(found.body, there)).toMatch(/does not exist|found 0/);
  await space.sql('delete from people where id = $1', [other]);
  expect(
    await space.sql(
      `select (select count(*) from people), (select count(*) from note_targets), (select count(*) from keys)`,
    ),
  ).toEqual(before);
}

describe('a record that a rule hides', () => {
  test.each(Object.entries(TO_A_HIDDEN_RECORD))('%s', (_how, ask) => expectAlike(ask, hidden));
});

describe('a record of an object that is not read', () => {
  test.each(Object.entries(TO_AN_UNREADABLE_OBJECT))('%s', (_how, ask) => expectAlike(ask, opportunity));
  test('of a table made by hand', async () => {
    const { body } = await who.rest('GET', '/rest/keys?limit=0');
    expect(body.data.keys).toEqual([]);
    await expectAlike((id) => who.rest('POST', '/rest/keys', { label: 'x', vaultId: id }), vault);
  });
});

describe('what is seen', () => {
  test('is referred to as before', async () => {
    const { status, body } = await who.rest('POST', '/rest/batch/people', [
      { companyId: seen },
      { companyId: null },
      {},
    ]);
    expect([status, body.data.createPeople.map(({ companyId }: any) => companyId)]).toEqual([201, [seen, null, null]]);
    const target = await who.rest('POST', '/rest/noteTargets', { targetCompanyId: seen });
    expect(target.status).toBe(201);
  });

  test('of records that are made together', async () => {
    const role = await makeRole(space, 'Of keys', { objects: { key: ALL } });
    await space.rest('PUT', `/rest/metadata/roles/${role}/rowRules`, {
      rowRules: [{ objectMetadataId: await objectIdOf(space, 'key'), filter: { label: { eq: 'mine' } } }],
    });
    const keeper = await asRole(space, role);
    const [first, second] = [randomUUID(), randomUUID()];
    const both = [
      { id: first, label: 'mine' },
      { id: second, label: 'mine', keyByBlockedById: first },
    ];
    expect((await keeper.rest('POST', '/rest/batch/keys', both)).status).toBe(201);
    const [{ id: others }] = await space.sql(`insert into keys (label) values ('theirs') returning id`);
    const refused = await keeper.rest('POST', '/rest/keys', { label: 'mine', keyByBlockedById: others });
    expect([refused.status, refused.body.messages[0]]).toEqual([400, expect.stringContaining('does not exist')]);
  });

  test('of a record may be sent back, though what it refers to is not', async () => {
    const { body } = await who.rest('GET', `/rest/people/${person}`);
    expect(body.data.person).toMatchObject({ companyId: hidden });
    const patch = { city: 'Toulouse', companyId: hidden };
    expect((await who.rest('PATCH', `/rest/people/${person}`, patch)).status).toBe(200);
    expect((await who.rest('POST', '/rest/people?upsert=true', { id: person, ...patch })).status).toBe(201);
    expect((await who.rest('PATCH', `/rest/people/${person}`, { companyId: null })).status).toBe(200);
    expect((await who.rest('PATCH', `/rest/people/${person}`, { companyId: hidden })).status).toBe(400);
    await space.sql('update people set company_id = $1 where id = $2', [hidden, person]);
  });

  test('is not destroyed where others refer to it, of which the role hears no name', async () => {
    await space.sql(`insert into keys (id, vault_id) values ('${randomUUID()}', '${vault}')`);
    const only = await makeRole(space, 'Only vaults', { objects: { vault: ALL } });
    const limited = await asRole(space, only);
    const { status, body } = await limited.rest('DELETE', `/rest/vaults/${vault}`);
    expect([status, body.messages[0]]).toEqual([
      400,
      expect.stringMatching(/^Records that this role may not read refer/),
    ]);
    expect((await space.rest('DELETE', `/rest/vaults/${vault}`)).body.messages[0]).toContain('Records of keys');
  });
});
