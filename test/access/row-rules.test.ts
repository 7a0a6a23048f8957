/** Rules that limit a role to some records: filters of the API, as row security of Postgres. docs/roles.md */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';
import { asRole, makeRole, objectIdOf, type Workspace } from '../roles.ts';

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
};

async function rule(space: Workspace, roleId: string, object: string, filter: unknown) {
  return space.rest('PUT', `/rest/metadata/roles/${roleId}/rowRules`, {
    rowRules: [{ objectMetadataId: await objectIdOf(space, object), filter }],
  });
}

async function securityOf(space: Workspace, table: string) {
  const [{ on, policies }] = await space.sql(
    `select relrowsecurity as on, array(select polname::text from pg_policy where polrelid = c.oid
      order by 1) as policies
     from pg_class as c where oid = $1::regclass`,
    [table],
  );
  return { on, policies };
}

describe('a role with a rule', () => {
  test('sees, changes and makes records of it, and no others', async () => {
    const space = await workspace();
    const {
      createCompanies: [small, big],
    } = await space.gql(
      'mutation { createCompanies(data: [{ name: "Small", employees: 5 }, { name: "Big", employees: 5000 }]) { id } }',
    );
    await space.gql(`mutation { createPerson(data: { city: "Kourou", companyId: "${big.id}" }) { id } }`);
    const role = await makeRole(space, 'Small business', ALL);
    const set = await rule(space, role, 'company', { employees: { lt: 100 } });
    expect(set).toMatchObject({ status: 200, body: { data: [{ filter: { employees: { lt: 100 } } }] } });
    const who = await asRole(space, role);
    expect(await who.gql('{ companies { totalCount edges { node { name } } } }')).toEqual({
      companies: { totalCount: 1, edges: [{ node: { name: 'Small' } }] },
    });
    expect((await who.rest('GET', `/rest/companies/${big.id}`)).status).toBe(404);
    expect(await who.gql('{ people { edges { node { company { name } } } } }')).toEqual({
      people: { edges: [{ node: { company: null } }] },
    });
    expect(
      (await who.gql('{ search(searchInput: "big", limit: 5) { edges { node { label } } } }')).search.edges,
    ).toEqual([]);
    expect(
      (await who.gql('{ companiesGroupBy(groupBy: [{ name: true }]) { totalCount } }')).companiesGroupBy,
    ).toHaveLength(1);
    for (const mutation of [
      `updateCompany(id: "${big.id}", data: { name: "x" }) { id }`,
      `deleteCompany(id: "${big.id}") { id }`,
      `destroyCompany(id: "${big.id}") { id }`,
    ])
      expect((await who.refused(`mutation { ${mutation} }`)).extensions.subCode).toBe('RECORD_NOT_FOUND');
    for (const mutation of [
      'createCompany(data: { name: "Bigger", employees: 9000 }) { id }',
      `updateCompany(id: "${small.id}", data: { employees: 9000 }) { id }`,
      `mergeCompanies(ids: ["${small.id}", "${big.id}"], conflictPriorityIndex: 0) { id }`,
    ])
      expect((await who.refused(`mutation { ${mutation} }`)).extensions.code).toBe('FORBIDDEN');
    await who.gql('mutation { createCompany(data: { name: "Smaller", employees: 1 }) { id } }');
    expect(await space.sql('select name from companies order by name')).toEqual(
      ['Big', 'Small', 'Smaller'].map((name) => ({ name })),
    );
    expect((await space.gql('{ companies { totalCount } }')).companies.totalCount).toBe(3);
  });

  test('is a policy, on no table that has none; it goes with its role, and follows renames', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'Sales', ALL);
    const name = `${space.schema}__sales`;
    expect((await rule(space, role, 'company', { name: { startsWith: "O'" } })).status).toBe(200);
    expect(await securityOf(space, 'companies')).toEqual({ on: true, policies: ['plinth_everybody', name] });
    expect(await securityOf(space, 'people')).toEqual({ on: false, policies: [] });
    const id = await objectIdOf(space, 'company');
    const made = await space.rest('POST', '/rest/metadata/fields', {
      objectMetadataId: id,
      type: 'TEXT',
      name: 'tier',
      label: 'Tier',
    });
    await rule(space, role, 'company', { or: [{ tier: { eq: 'a' } }, { not: { tier: { in: ['b', "c'"] } } }] });
    const path = `/rest/metadata/fields/${made.body.id}`;
    expect((await space.rest('PATCH', path, { name: 'level', label: 'Level', keepFormerName: true })).status).toBe(200);
    const { body } = await space.rest('GET', `/rest/metadata/roles/${role}`);
    expect(body.rowRules).toEqual([
      { objectMetadataId: id, filter: { or: [{ level: { eq: 'a' } }, { not: { level: { in: ['b', "c'"] } } }] } },
    ]);
    const refused = await space.rest('DELETE', path);
    expect([refused.status, refused.body.messages[0]]).toEqual([400, expect.stringContaining('rule')]);
    await space.rest('DELETE', `/rest/metadata/roles/${role}`);
    expect(await securityOf(space, 'companies')).toEqual({ on: false, policies: [] });
    expect((await space.rest('DELETE', path)).status).toBe(200);
  });

  test('may be about whoever asks', async () => {
    const space = await workspace();
    const { database, models } = await server();
    const me = randomUUID();
    await space.sql(`insert into workspace_members (id, user_id, name_first_name) values ($1, $2, 'Ada')`, [
      me,
      randomUUID(),
    ]);
    await space.gql(
      `mutation { createCompanies(data: [{ name: "Mine", accountOwnerId: "${me}" }, { name: "Nobody's" }]) { id } }`,
    );
    const role = await makeRole(space, 'Owner', ALL);
    await rule(space, role, 'company', { accountOwnerId: { eq: '$me' } });
    const key = await asRole(space, role);
    expect((await key.gql('{ companies { totalCount } }')).companies.totalCount).toBe(0);
    const who = { schema: space.schema, role: `${space.schema}__owner` };
    await models.get(who.schema, who.role);
    const names = async (memberId: string) =>
      (await database.withConnection({ ...who, memberId }, ({ raw }) => raw.query('select name from companies'))).rows;
    expect(await names(me)).toEqual([{ name: 'Mine' }]);
    expect(await names(randomUUID())).toEqual([]);
    await rule(space, role, 'company', null);
    expect((await key.gql('{ companies { totalCount } }')).companies.totalCount).toBe(2);
  });

  test('may follow a relation that the role reads', async () => {
    const space = await workspace();
    await space.gql('mutation { createPerson(data: { city: "Kourou", company: null }) { id } }');
    const role = await makeRole(space, 'x', {
      ...ALL,
      objects: { company: { read: false, update: false, softDelete: false, destroy: false } },
    });
    const filter = { company: { employees: { lt: 100 } } };
    const refused = await rule(space, role, 'person', filter);
    expect([refused.status, refused.body.messages[0]]).toEqual([
      400,
      expect.stringContaining('reads what the role may not'),
    ]);
    const other = await makeRole(space, 'y', ALL);
    expect((await rule(space, other, 'person', filter)).status).toBe(200);
    expect((await (await asRole(space, other)).gql('{ people { totalCount } }')).people.totalCount).toBe(0);
  });

  test.each([
    [{ nothing: { eq: 1 } }, 'nothing'],
    [{}, 'must not be empty'],
    [{ employees: { eq: 'x' } }, 'employees'],
    [{ accountOwnerId: { eq: '$you' } }, 'accountOwnerId'],
  ])('%j is refused', async (filter, message) => {
    const space = await workspace();
    const role = await makeRole(space, 'x', ALL);
    const { status, body } = await rule(space, role, 'company', filter);
    expect([status, body.messages[0]]).toEqual([400, expect.stringContaining(message)]);
  });

  test('is not given away by whoever has it', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'x', { ...ALL, flags: ['ROLES'] });
    await rule(space, role, 'company', { employees: { lt: 100 } });
    const who = await asRole(space, role);
    expect((await who.rest('POST', '/rest/metadata/roles', { label: 'more', ...ALL })).status).toBe(403);
    const objectMetadataId = await objectIdOf(space, 'company');
    const lift = { rowRules: [{ objectMetadataId, filter: null }] };
    expect((await who.rest('PUT', `/rest/metadata/roles/${role}/rowRules`, lift)).status).toBe(403);
  });
});

describe('a rule is made of what its author reads', () => {
  const UNREAD = { read: false } as const;
  let space: Workspace;
  let author: Awaited<ReturnType<typeof asRole>>;
  let limited: string;

  beforeAll(async () => {
    space = await workspace();
    await space.sql(`
      alter table companies add column vat_number text;
      create table vaults (id uuid primary key default gen_random_uuid(), code text, company_id uuid
        references companies)`);
    await space.untilServed('vaults');
    const company = await objectIdOf(space, 'company');
    const tier = { objectMetadataId: company, type: 'TEXT', name: 'tier', label: 'Tier' };
    const { body } = await space.rest('POST', '/rest/metadata/fields', tier);
    await space.rest('PATCH', `/rest/metadata/fields/${body.id}`, {
      name: 'level',
      label: 'Level',
      keepFormerName: true,
    });
    await space.gql('mutation { createCompany(data: { name: "SecretCo", employees: 4711, level: "gold" }) { id } }');
    const permissions = {
      canReadAllObjectRecords: true,
      objects: { opportunity: UNREAD, vault: UNREAD },
      fields: Object.fromEntries(
        ['employees', 'domainName', 'level', 'vatNumber'].map((field) => [`company.${field}`, UNREAD]),
      ),
    };
    limited = await makeRole(space, 'Limited', permissions);
    const weak = await makeRole(space, 'Weak', { ...permissions, flags: ['ROLES'] });
    author = await asRole(space, weak);
  });

  async function ruled(object: string, filter: unknown) {
    return author.rest('PUT', `/rest/metadata/roles/${limited}/rowRules`, {
      rowRules: [{ objectMetadataId: await objectIdOf(space, object), filter }],
    });
  }

  test.each([
    ['a field', 'company', { employees: { gt: 4710 } }],
    ['a field that is empty', 'company', { employees: { is: 'NULL' } }],
    ['a part of a composite', 'company', { domainName: { primaryLinkUrl: { like: '%secret%' } } }],
    ['a field beside another', 'company', { name: { like: '%' }, employees: { gt: 4710 } }],
    ['and', 'company', { and: [{ name: { like: '%' } }, { employees: { gt: 4710 } }] }],
    ['or, not', 'company', { or: [{ not: { employees: { gt: 4710 } } }] }],
    ['a former name', 'company', { tier: { eq: 'gold' } }],
    ['what words are made of', 'company', { searchVector: { search: 'secret' } }],
    ['a column made by hand', 'company', { vatNumber: { eq: 'x' } }],
    ['the field of a relation', 'person', { company: { employees: { gt: 4710 } } }],
    ['the former name in a relation', 'person', { company: { tier: { eq: 'gold' } } }],
    ['a field in some', 'company', { people: { some: { company: { employees: { gt: 4710 } } } } }],
    ['an object in none', 'company', { opportunities: { none: { name: { like: '%' } } } }],
    ['a table in every', 'company', { vaults: { every: { code: { eq: 'x' } } } }],
    ['an object that is not read', 'opportunity', { name: { like: '%' } }],
    ['a table that is not read', 'vault', { code: { eq: 'x' } }],
  ])('not of %s', async (_what, object, filter) => {
    const { status, body } = await ruled(object, filter);
    expect([status, body.messages[0]]).toEqual([403, expect.stringContaining('its author can read')]);
    expect(JSON.stringify(body)).not.toMatch(/employees|domainName|level|opportunit|vault|vat/i);
    expect(await space.sql('select from plinth.row_rules where role_id = $1', [limited])).toEqual([]);
  });

  test('and a name that is nearly one of those is not put right', async () => {
    const { status, body } = await ruled('company', { employes: { gt: 1 } });
    expect([status, body.messages[0]]).toEqual([400, expect.stringContaining('employes')]);
    expect(body.messages[0]).not.toContain('employees');
  });

  test('which is where it can be made, and takes effect', async () => {
    expect((await ruled('company', { name: { eq: 'Nobody' }, people: { none: { city: { eq: 'x' } } } })).status).toBe(
      200,
    );
    const who = await asRole(space, limited);
    expect((await who.gql('{ companies { totalCount } }')).companies.totalCount).toBe(0);
    expect((await ruled('company', null)).status).toBe(200);
  });
});

describe('rules that refer to each other', () => {
  test('are refused, and the rules before them stay', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'Circle', ALL);
    expect((await rule(space, role, 'person', { company: { employees: { gt: 1 } } })).status).toBe(200);
    const refused = await rule(space, role, 'company', { people: { some: { city: { eq: 'x' } } } });
    expect([refused.status, refused.body.messages[0]]).toEqual([
      400,
      'The rules of "Circle" on Companies and People refer to each other: PostgreSQL cannot evaluate them. Change one of them',
    ]);
    expect(
      (await (await asRole(space, role)).gql('{ people { totalCount } companies { totalCount } }')).people,
    ).toEqual({
      totalCount: 0,
    });
  });

  test('are refused through a third object', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'Circle', ALL);
    expect((await rule(space, role, 'person', { company: { employees: { gt: 1 } } })).status).toBe(200);
    expect((await rule(space, role, 'company', { opportunities: { some: { stage: { eq: 'NEW' } } } })).status).toBe(
      200,
    );
    const refused = await rule(space, role, 'opportunity', { pointOfContact: { city: { eq: 'x' } } });
    expect(refused.status).toBe(400);
    expect(refused.body.messages[0]).toMatch(/on (Companies|People|Opportunities), .* and .* refer to each other/);
  });

  test('are refused where one reads its own object', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'Circle', ALL);
    const refused = await rule(space, role, 'company', { people: { some: { company: { name: { eq: 'x' } } } } });
    expect([refused.status, refused.body.messages[0]]).toEqual([
      400,
      'The rule of "Circle" on Companies refers to other records of the same object: PostgreSQL cannot evaluate it',
    ]);
  });
});
