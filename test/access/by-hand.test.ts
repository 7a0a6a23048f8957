/**
 * Permissions and rules on what was made by hand, and what becomes of them when a hand changes it again. docs/roles.md
 */

import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { asRole, makeRole, objectIdOf, permit, type Workspace } from '../roles.ts';

const READ = { canReadAllObjectRecords: true };
const ALL = {
  ...READ,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
};
const NOTHING = { read: false, update: false, softDelete: false, destroy: false };

const LAUNCHES = `create table launches (
  id uuid primary key default gen_random_uuid(), mission text, payload text,
  manifest text generated always as (upper(payload)) stored, company_id uuid references companies)`;

async function withLaunches(...more: string[]): Promise<Workspace> {
  const space = await workspace();
  for (const statement of [LAUNCHES, ...more, `insert into launches (mission, payload) values ('VA260', 'secret')`])
    await space.sql(statement);
  await space.untilServed('launches');
  return space;
}

type Who = Awaited<ReturnType<typeof asRole>>;

async function typesOf(who: Who): Promise<string[]> {
  const { __schema } = await who.gql('{ __schema { types { name } } }');
  return __schema.types.map(({ name }: { name: string }) => name);
}

async function fieldsOf(who: Who, name: string): Promise<string[]> {
  const { __type } = await who.gql('query ($name: String!) { __type(name: $name) { fields { name } } }', { name });
  return __type.fields.map((field: { name: string }) => field.name);
}

/** What the role itself may read of a table, by Postgres. */
async function readable(space: Workspace, roleId: string, table: string): Promise<string[]> {
  const rows = await space.sql(
    `select attname::text as name from pg_attribute as a join plinth.roles as r on r.id = $1
     where attrelid = $2::regclass and attnum > 0 and not attisdropped
       and has_column_privilege(r.role_name, attrelid, attnum, 'select')
     order by attname`,
    [roleId, table],
  );
  return rows.map(({ name }) => name);
}

async function roleOf(space: Workspace, id: string): Promise<any> {
  return (await space.rest('GET', `/rest/metadata/roles/${id}`)).body;
}

async function adminOf(space: Workspace): Promise<string> {
  const [{ id }] = await space.sql('select id from plinth.roles where workspace_id = $1 and not is_editable', [
    space.id,
  ]);
  return id;
}

/** With the keys that have it. */
async function removed(space: Workspace, id: string): Promise<void> {
  await space.sql('delete from plinth.api_keys where role_id = $1', [id]);
  expect((await space.rest('DELETE', `/rest/metadata/roles/${id}`)).status).toBe(200);
}

describe('a permission', () => {
  test('on a table is a grant on it', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Sales', { ...READ, objects: { launch: { read: false } } });
    const who = await asRole(space, role);
    expect(await typesOf(who)).not.toContain('Launch');
    expect((await who.refused('{ launches { totalCount } }')).extensions.code).toBe('FORBIDDEN');
    expect(await readable(space, role, 'launches')).toEqual([]);
    expect((await roleOf(space, role)).objectPermissions).toMatchObject([
      { objectMetadataId: await objectIdOf(space, 'launch'), canReadObjectRecords: false },
    ]);
    await permit(space, role, { objects: { launch: { read: true, update: true, destroy: true } } });
    expect((await who.gql('mutation { createLaunch(data: { mission: "V1" }) { mission } }')).createLaunch).toEqual({
      mission: 'V1',
    });
    expect(
      (await who.gql('mutation { destroyLaunches(filter: { mission: { eq: "V1" } }) { id } }')).destroyLaunches,
    ).toHaveLength(1);
  });

  test('on a column is one on the others; what is made of it goes with it', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Sales', { ...READ, fields: { 'launch.payload': { read: false } } });
    const who = await asRole(space, role);
    expect(await readable(space, role, 'launches')).toEqual(['company_id', 'id', 'mission']);
    expect((await fieldsOf(who, 'Launch')).sort()).toEqual(['company', 'companyId', 'id', 'mission']);
    await permit(space, role, { fields: { 'launch.payload': { read: null as never } } });
    expect(await readable(space, role, 'launches')).toEqual(['company_id', 'id', 'manifest', 'mission', 'payload']);
  });

  test('on a relation is one on both ends', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Sales', { ...READ, fields: { 'company.launches': { read: false } } });
    const who = await asRole(space, role);
    expect(await readable(space, role, 'launches')).not.toContain('company_id');
    expect(await fieldsOf(who, 'Company')).not.toContain('launches');
    const said = (await roleOf(space, role)).fieldPermissions.map((each: any) => each.fieldMetadataId);
    expect(new Set(said).size).toBe(2);
  });

  test('on a column beside the model’s leaves the others that a hand has added, but for what is made of it', async () => {
    const space = await workspace();
    await space.sql(`alter table companies add column vat_number text, add column motto text,
      add column vat_country text generated always as (left(vat_number, 2)) stored`);
    const role = await makeRole(space, 'Sales', ALL);
    await permit(space, role, { fields: { 'company.vatNumber': { read: false } } });
    const columns = await readable(space, role, 'companies');
    expect(columns).toEqual(expect.arrayContaining(['motto', 'name', 'search_vector']));
    expect(columns).not.toContain('vat_number');
    expect(columns).not.toContain('vat_country');
    const who = await asRole(space, role);
    expect((await who.gql('mutation { createCompany(data: { motto: "Up" }) { motto } }')).createCompany.motto).toBe(
      'Up',
    );
    expect((await who.refused('mutation { createCompany(data: { vatNumber: "1" }) { id } }')).extensions.code).toBe(
      'FORBIDDEN',
    );
  });

  test('of an allow list: the columns that there were when it was granted', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Guest', { objects: { launch: { read: true } } });
    await space.sql('alter table launches add column budget numeric');
    await permit(space, role, { objects: { company: { read: true } } });
    expect(await readable(space, role, 'launches')).toEqual(['company_id', 'id', 'manifest', 'mission', 'payload']);
    await permit(space, role, { objects: { launch: { read: true } } });
    expect(await readable(space, role, 'launches')).toContain('budget');
  });

  test('is not given by whoever has not got it', async () => {
    const space = await withLaunches('alter table companies add column vat_number text');
    const giver = await makeRole(space, 'Giver', {
      ...ALL,
      objects: { launch: NOTHING },
      fields: { 'company.vatNumber': { read: false } },
      flags: ['ROLES', 'WORKSPACE_MEMBERS', 'DATA_MODEL'],
    });
    const who = await asRole(space, giver);
    const other = await makeRole(space, 'Other', {});
    const objectMetadataId = await objectIdOf(space, 'launch');
    const given = await who.rest('PUT', `/rest/metadata/roles/${other}/objectPermissions`, {
      objectPermissions: [{ objectMetadataId, canReadObjectRecords: true }],
    });
    expect(given).toMatchObject({ status: 403, body: { messages: [expect.stringContaining('You cannot grant')] } });
    expect((await who.rest('POST', '/rest/metadata/roles', { label: 'More', ...READ })).status).toBe(403);
    const { body: company } = await space.rest('GET', `/rest/metadata/objects/${await objectIdOf(space, 'company')}`);
    const field = await who.rest('PUT', `/rest/metadata/roles/${other}/fieldPermissions`, {
      fieldPermissions: [
        {
          objectMetadataId: company.id,
          fieldMetadataId: company.fields.find(({ name }: any) => name === 'vatNumber').id,
          canReadFieldValue: true,
        },
      ],
    });
    expect(field.status).toBe(403);
  });
});

describe('a hand that changes it again', () => {
  test('renames: the permission, and the ids of the APIs, stay with what was renamed', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Sales', { ...READ, fields: { 'launch.payload': { read: false } } });
    const id = await objectIdOf(space, 'launch');
    await space.sql('alter table launches rename to flights; alter table flights rename payload to cargo');
    await space.sql(LAUNCHES);
    await space.untilServed('flights');
    expect(await objectIdOf(space, 'flight')).toBe(id);
    expect(await objectIdOf(space, 'launch')).not.toBe(id);
    const flight = (await space.rest('GET', `/rest/metadata/objects/${id}`)).body;
    expect((await roleOf(space, role)).fieldPermissions).toMatchObject([
      { objectMetadataId: id, fieldMetadataId: flight.fields.find(({ name }: any) => name === 'cargo').id },
    ]);
    await permit(space, role, { objects: { flight: { update: false } } });
    expect(await readable(space, role, 'flights')).not.toContain('cargo');
    expect(await readable(space, role, 'launches')).toContain('payload');
  });

  test('drops: the role goes on, and nothing is said of what is gone', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Sales', {
      ...READ,
      objects: { launch: { read: false } },
      fields: { 'company.name': { read: false } },
    });
    const who = await asRole(space, role);
    await space.sql('drop table launches');
    expect((await who.gql('{ companies { totalCount } }')).companies.totalCount).toBe(0);
    expect(await roleOf(space, role)).toMatchObject({ objectPermissions: [], fieldPermissions: [{}] });
    await permit(space, role, { objects: { person: { read: false } } });
    await removed(space, role);
  });

  test('makes it again: the same is said of it before anybody is served', async () => {
    const space = await withLaunches();
    const refused = await makeRole(space, 'Refused', { ...READ, objects: { launch: { read: false } } });
    const partly = await makeRole(space, 'Partly', { ...READ, fields: { 'launch.payload': { read: false } } });
    const ruled = await makeRole(space, 'Ruled', ALL);
    const rule = await space.rest('PUT', `/rest/metadata/roles/${ruled}/rowRules`, {
      rowRules: [{ objectMetadataId: await objectIdOf(space, 'launch'), filter: { mission: { startsWith: 'V' } } }],
    });
    expect(rule.status).toBe(200);
    const [none, part, some] = [await asRole(space, refused), await asRole(space, partly), await asRole(space, ruled)];
    expect((await some.gql('{ launches { totalCount } }')).launches.totalCount).toBe(1);
    await space.sql('drop table launches');
    await expect
      .poll(async () => (await space.rest('GET', '/rest/launches')).status, { timeout: 10_000 })
      .not.toBe(200);
    await space.sql(LAUNCHES);
    await space.sql(`insert into launches (mission) values ('VA1'), ('Secret')`);
    await space.untilServed('launches');
    expect(await typesOf(none)).not.toContain('Launch');
    expect(await fieldsOf(part, 'Launch')).not.toContain('payload');
    expect((await some.gql('{ launches { edges { node { mission } } } }')).launches.edges).toEqual([
      { node: { mission: 'VA1' } },
    ]);
    expect(await readable(space, refused, 'launches')).toEqual([]);
    expect(await readable(space, partly, 'launches')).not.toContain('payload');
  });

  test('makes it again without what a rule is made of: nothing of it is seen', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Ruled', ALL);
    await space.rest('PUT', `/rest/metadata/roles/${role}/rowRules`, {
      rowRules: [{ objectMetadataId: await objectIdOf(space, 'launch'), filter: { mission: { startsWith: 'V' } } }],
    });
    await space.sql('drop table launches');
    await space.sql('create table launches (id uuid primary key default gen_random_uuid(), name text)');
    await expect
      .poll(async () => fieldsOf(await asRole(space, await adminOf(space)), 'Launch'), { timeout: 10_000 })
      .toContain('name');
    expect(await typesOf(await asRole(space, role))).not.toContain('Launch');
    expect(await readable(space, role, 'launches')).toEqual([]);
  });

  test('restores a dump, in which all have other oids: names say which is which', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Sales', { ...READ, fields: { 'launch.payload': { read: false } } });
    const id = await objectIdOf(space, 'launch');
    await space.sql(
      `update plinth.known_by_hand set in_database = 'another', table_oid = 'companies'::regclass
      where workspace_id = $1`,
      [space.id],
    );
    expect(await objectIdOf(space, 'launch')).toBe(id);
    await permit(space, role, { fields: { 'launch.mission': { read: false } } });
    expect(await readable(space, role, 'launches')).toEqual(['company_id', 'id']);
  });

  test('grants: what nobody has said anything of stays as it was granted', async () => {
    const space = await withLaunches();
    const role = await makeRole(space, 'Guest', { objects: { person: { read: true } } });
    const name = (await roleOf(space, role)).databaseRole;
    await space.sql(`grant select on launches to ${name}`);
    await permit(space, role, { objects: { company: { read: true } } });
    await space.rest('POST', '/rest/metadata/objects', {
      nameSingular: 'rocket',
      namePlural: 'rockets',
      labelSingular: 'Rocket',
      labelPlural: 'Rockets',
    });
    expect(await readable(space, role, 'launches')).toContain('payload');
    expect((await (await asRole(space, role)).gql('{ launches { totalCount } }')).launches.totalCount).toBe(1);
  });
});

test('of a partitioned table, no partition shows what the table does not', async () => {
  const space = await workspace();
  await space.sql(`create table parts (id bigint primary key, name text) partition by range (id);
    create table parts_1 partition of parts for values from (0) to (1000);
    insert into parts values (1, 'Seen'), (2, 'Hidden')`);
  await space.untilServed('parts');
  const refused = await makeRole(space, 'Refused', { ...READ, objects: { part: { read: false } } });
  const ruled = await makeRole(space, 'Ruled', READ);
  const rowRules = [{ objectMetadataId: await objectIdOf(space, 'part'), filter: { name: { eq: 'Seen' } } }];
  expect((await space.rest('PUT', `/rest/metadata/roles/${ruled}/rowRules`, { rowRules })).status).toBe(200);
  const who = await asRole(space, ruled);
  expect((await who.gql('{ parts { edges { node { name } } } }')).parts.edges).toEqual([{ node: { name: 'Seen' } }]);
  for (const role of [refused, ruled]) expect(await readable(space, role, 'parts_1')).toEqual([]);
  const whole = await makeRole(space, 'Whole', { ...READ, objects: { company: { update: false } } });
  expect(await readable(space, whole, 'parts_1')).toEqual(['id', 'name']);
});

test('a rule limits a role to some records of a table made by hand, through what a hand has added too', async () => {
  const space = await withLaunches('alter table companies add column tier int');
  const role = await makeRole(space, 'Ruled', ALL);
  const rule = async (object: string, filter: object | null) =>
    space.rest('PUT', `/rest/metadata/roles/${role}/rowRules`, {
      rowRules: [{ objectMetadataId: await objectIdOf(space, object), filter }],
    });
  await space.sql(`insert into companies (name, tier) values ('Small', 1), ('Big', 9)`);
  await space.sql(`update launches set company_id = (select id from companies where name = 'Big')`);
  expect((await rule('company', { tier: { lt: 5 } })).status).toBe(200);
  expect((await rule('launch', { company: { tier: { lt: 5 } } })).status).toBe(200);
  const who = await asRole(space, role);
  expect((await who.gql('{ companies { edges { node { name } } } }')).companies.edges).toEqual([
    { node: { name: 'Small' } },
  ]);
  expect((await who.gql('{ launches { totalCount } }')).launches.totalCount).toBe(0);
  await space.sql('alter table launches rename to flights');
  await space.untilServed('flights');
  expect((await who.gql('{ flights { totalCount } }')).flights.totalCount).toBe(0);
  expect((await rule('flight', null)).body).toEqual({ data: [] });
  expect((await who.gql('{ flights { totalCount } }')).flights.totalCount).toBe(1);
  expect((await rule('flight', { mission: { eq: 'x' } })).status).toBe(200);
  await removed(space, role);
  expect(await space.sql(`select relrowsecurity as on from pg_class where oid = 'flights'::regclass`)).toEqual([
    { on: false },
  ]);
});
