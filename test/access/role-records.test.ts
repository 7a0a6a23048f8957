/** What a role is served of records, and what it is refused: docs/roles.md; core.md 2.24. */

import { buildSchema } from 'postgraphile/grafast/graphql';
import { describe, expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';
import { asRole, makeRole, permit } from '../roles.ts';

const DENIED = {
  message: 'Entity performing the request does not have permission',
  extensions: { code: 'FORBIDDEN', subCode: 'PERMISSION_DENIED' },
};

const READS = { canReadAllObjectRecords: true };
const WRITES = { ...READS, canUpdateAllObjectRecords: true };

describe('a role that reads', () => {
  test('has queries, and no mutations', async () => {
    const space = await workspace();
    const { createCompany } = await space.gql('mutation { createCompany(data: { name: "ESA" }) { id } }');
    const reader = await asRole(space, await makeRole(space, 'Reader', READS));
    expect(await reader.gql('{ companies { edges { node { name } } totalCount } }')).toEqual({
      companies: { edges: [{ node: { name: 'ESA' } }], totalCount: 1 },
    });
    expect(await reader.gql('{ __schema { mutationType { name } } }')).toEqual({ __schema: { mutationType: null } });
    for (const mutation of [
      'createCompany(data: { name: "x" }) { id }',
      `updateCompany(id: "${createCompany.id}", data: { name: "x" }) { id }`,
      `deleteCompany(id: "${createCompany.id}") { id }`,
      `destroyCompany(id: "${createCompany.id}") { id }`,
    ])
      expect(await reader.refused(`mutation { ${mutation} }`)).toMatchObject(DENIED);
    for (const [method, path, body] of [
      ['POST', '/rest/companies', { name: 'x' }],
      ['PATCH', `/rest/companies/${createCompany.id}`, { name: 'x' }],
      ['DELETE', `/rest/companies/${createCompany.id}`, undefined],
    ] as const)
      expect(await reader.rest(method, path, body)).toMatchObject({
        status: 403,
        body: { messages: [DENIED.message] },
      });
    expect(await space.sql('select name from companies')).toEqual([{ name: 'ESA' }]);
  });
});

describe('an object that is not read', () => {
  test('is in no schema, no document and no relation', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'x', { ...READS, objects: { company: { read: false } } });
    const seller = await asRole(space, role);
    const sdl = await (await fetchText(space.url, '/graphql/schema.graphql', seller)).text();
    expect(sdl).not.toMatch(/compan(y|ies)\b.*:/i);
    expect(buildSchema(sdl).getType('Company')).toBeUndefined();
    const { body: document } = await seller.rest('GET', '/rest/open-api/core');
    expect(JSON.stringify(Object.keys(document.paths))).not.toContain('companies');
    expect(document.components.schemas.PersonForResponse.properties).not.toHaveProperty('company');
    expect(await seller.refused('{ companies { totalCount } }')).toMatchObject(DENIED);
    expect(await seller.refused('{ people { edges { node { company { name } } } } }')).toMatchObject(DENIED);
    expect((await seller.rest('GET', '/rest/companies')).status).toBe(403);
    expect((await seller.rest('GET', '/rest/people?filter=company.name[eq]:x')).status).toBe(403);
    expect((await seller.rest('GET', '/rest/people?depth=1')).status).toBe(200);
    expect(await seller.refused('{ nothingOfThisName { id } }')).toMatchObject({
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect((await seller.rest('GET', '/rest/nothings')).status).toBe(400);
  });
});

async function fetchText(url: string, path: string, seller: Awaited<ReturnType<typeof asRole>>): Promise<Response> {
  return fetch(url + path, { headers: seller.who });
}

describe('a field that is not read', () => {
  test('is in no answer, filter, order, group or input', async () => {
    const space = await workspace();
    await space.gql('mutation { createCompany(data: { name: "ESA", employees: 2200 }) { id } }');
    const role = await makeRole(space, 'x', { ...WRITES, fields: { 'company.employees': { read: false } } });
    const seller = await asRole(space, role);
    const { body } = await seller.rest('GET', '/rest/companies');
    expect(body.data.companies[0]).toMatchObject({ name: 'ESA' });
    expect(body.data.companies[0]).not.toHaveProperty('employees');
    for (const query of [
      '{ companies { edges { node { employees } } } }',
      '{ companies(filter: { employees: { gt: 1 } }) { totalCount } }',
      '{ companies(orderBy: [{ employees: AscNullsFirst }]) { totalCount } }',
      '{ companies { maxEmployees } }',
      '{ companiesGroupBy(groupBy: [{ employees: true }]) { totalCount } }',
      'mutation { createCompany(data: { employees: 1 }) { id } }',
    ])
      expect([query, await seller.refused(query)]).toMatchObject([query, DENIED]);
    for (const path of ['filter=employees[gt]:1', 'order_by=employees', 'fields=employees'])
      expect((await seller.rest('GET', `/rest/companies?${path}`)).status).toBe(403);
    expect((await seller.rest('POST', '/rest/companies', { name: 'x', employees: 1 })).status).toBe(403);
    const made = await seller.rest('POST', '/rest/companies', { name: 'NASA' });
    expect([made.status, made.body.data.createCompany.createdBy.name]).toEqual([201, 'of a role']);
  });

  test('takes the search vector with it that it is in', async () => {
    const space = await workspace();
    await space.gql('mutation { createCompany(data: { name: "Ariane" }) { id } }');
    const role = await makeRole(space, 'x', { ...READS, fields: { 'company.name': { read: false } } });
    const seller = await asRole(space, role);
    const { search } = await seller.gql('{ search(searchInput: "ariane", limit: 5) { edges { node { label } } } }');
    expect(search.edges).toEqual([]);
    expect(
      await seller.refused('{ companies(filter: { searchVector: { search: "ariane" } }) { totalCount } }'),
    ).toMatchObject(DENIED);
  });
});

describe('an allow list', () => {
  test('has what was granted, and no field that came later', async () => {
    const space = await workspace();
    await space.gql('mutation { createCompany(data: { name: "ESA", employees: 2200 }) { id } }');
    const whole = await asRole(space, await makeRole(space, 'Whole', { objects: { company: { read: true } } }));
    const list = await makeRole(space, 'List', { fields: { 'company.name': { read: true } } });
    const narrow = await asRole(space, list);
    const fields = async (who: typeof whole) =>
      Object.keys((await who.rest('GET', '/rest/companies')).body.data.companies[0]);
    expect(await fields(whole)).toContain('employees');
    const before = await fields(narrow);
    expect(before).toContain('name');
    expect(before).not.toContain('employees');
    expect((await narrow.rest('GET', '/rest/people')).status).toBe(403);

    const { objects } = await space.metadata(
      '{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }',
    );
    const company = objects.edges.find(({ node }: any) => node.nameSingular === 'company').node.id;
    await space.rest('POST', '/rest/metadata/fields', {
      objectMetadataId: company,
      type: 'TEXT',
      name: 'tier',
      label: 'Tier',
    });
    expect(await fields(whole)).not.toContain('tier');
    expect(await fields(narrow)).toEqual(before);
    await permit(space, list, { fields: { 'company.tier': { read: true } } });
    expect(await fields(narrow)).toContain('tier');
  });
});

describe('what a role reads and does not change', () => {
  test('is in no input, and upserts, deletes and destroys follow', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'x', { ...WRITES, fields: { 'company.name': { update: false } } });
    const seller = await asRole(space, role);
    const { createCompany } = await seller.gql('mutation { createCompany(data: { employees: 1 }) { id name } }');
    expect(await seller.refused('mutation { createCompany(data: { name: "x" }) { id } }')).toMatchObject(DENIED);
    const id = createCompany.id;
    expect(
      await seller.gql(
        `mutation { updateCompany(id: "${id}", data: { employees: 2 }) { employees updatedBy { name } } }`,
      ),
    ).toEqual({
      updateCompany: { employees: 2, updatedBy: { name: 'of a role' } },
    });
    expect(await seller.refused(`mutation { deleteCompany(id: "${id}") { id } }`)).toMatchObject(DENIED);
    await permit(space, role, { objects: { company: { softDelete: true } } });
    expect(await seller.gql(`mutation { deleteCompany(id: "${id}") { deletedAt } }`)).toHaveProperty('deleteCompany');
    expect(await seller.refused(`mutation { destroyCompany(id: "${id}") { id } }`)).toMatchObject(DENIED);
    await permit(space, role, { objects: { company: { destroy: true } } });
    expect(await seller.gql(`mutation { destroyCompany(id: "${id}") { id employees } }`)).toEqual({
      destroyCompany: { id, employees: 2 },
    });
  });

  test('destroys where it may do nothing else', async () => {
    const space = await workspace();
    const { createCompany } = await space.gql('mutation { createCompany(data: { name: "ESA" }) { id } }');
    const role = await makeRole(space, 'x', {
      ...READS,
      objects: { company: { destroy: true } },
      fields: { 'company.name': { read: false } },
    });
    const cleaner = await asRole(space, role);
    expect(await cleaner.gql(`mutation { destroyCompany(id: "${createCompany.id}") { id } }`)).toEqual({
      destroyCompany: createCompany,
    });
  });
});

describe('the Postgres role', () => {
  test('is made when it is wanted, granted by table and column, and dropped with the role', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'Sales', { ...READS, fields: { 'company.employees': { read: false } } });
    const name = `${space.schema}__sales`;
    const may = async (what: string) => (await space.sql(`select ${what} as may`))[0].may;
    expect(await may(`has_table_privilege('${name}', 'people', 'select')`)).toBe(true);
    expect(await may(`has_table_privilege('${name}', 'people', 'insert')`)).toBe(false);
    expect(await may(`has_column_privilege('${name}', 'companies', 'name', 'select')`)).toBe(true);
    expect(await may(`has_column_privilege('${name}', 'companies', 'employees', 'select')`)).toBe(false);
    await space.sql('create table launches (id uuid primary key default gen_random_uuid(), site text)');
    expect(await may(`has_table_privilege('${name}', 'launches', 'select')`)).toBe(true);
    await space.rest('DELETE', `/rest/metadata/roles/${role}`);
    expect(await space.sql('select from pg_roles where rolname = $1', [name])).toEqual([]);
  });

  test('of Member is made by its first request', async () => {
    const space = await workspace();
    const [{ id }] = await space.sql(`select id from plinth.roles where workspace_id = $1 and label = 'Member'`, [
      space.id,
    ]);
    const made = () => space.sql('select from pg_roles where rolname = $1', [`${space.schema}__member`]);
    expect(await made()).toHaveLength(0);
    const member = await asRole(space, id);
    const { createCompany } = await member.gql('mutation { createCompany(data: { name: "ESA" }) { id } }');
    expect(await made()).toHaveLength(1);
    expect(await member.refused(`mutation { destroyCompany(id: "${createCompany.id}") { id } }`)).toMatchObject(DENIED);
  });

  test('serves all roles without restrictions, and the schema is shared by all that see the same', async () => {
    const [one, other] = [await workspace(), await workspace()];
    const { models } = await server();
    const restricted = { ...READS, fields: { 'company.employees': { read: false } } };
    await makeRole(one, 'Some', restricted);
    await makeRole(other, 'Others', restricted);
    const all = await makeRole(one, 'All', {
      ...WRITES,
      canSoftDeleteAllObjectRecords: true,
      canDestroyAllObjectRecords: true,
      canUpdateAllSettings: true, // records of members take the permission for members, too
    });
    expect((await one.rest('GET', `/rest/metadata/roles/${all}`)).body.databaseRole).toBeNull();
    const whole = await models.get(one.schema);
    expect(await models.get(one.schema, one.schema)).toBe(whole);
    const part = await models.get(one.schema, `${one.schema}__some`);
    expect(part).not.toBe(whole);
    expect(await models.get(other.schema, `${other.schema}__others`)).toBe(part);
  });
});
