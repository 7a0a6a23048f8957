/** A change that something in the database forbids says what that is, by name, and changes nothing. */

import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { asRole, makeRole } from '../roles.ts';

type Space = Awaited<ReturnType<typeof workspace>>;
let space: Space;
let rocket: any;
const field = (name: string) => rocket.fields.find((each: any) => each.name === name);

beforeAll(async () => {
  space = await workspace();
  const { id } = (
    await space.rest('POST', '/rest/metadata/objects', {
      nameSingular: 'rocket',
      namePlural: 'rockets',
      labelSingular: 'Rocket',
      labelPlural: 'Rockets',
    })
  ).body;
  const option = (value: string, position: number) => ({ value, label: value, color: 'blue', position });
  for (const more of [
    { type: 'NUMBER', name: 'stages', label: 'Stages' },
    { type: 'TEXT', name: 'code', label: 'Code', isUnique: true },
    { type: 'SELECT', name: 'fuel', label: 'Fuel', options: [option('LOX', 0), option('RP1', 1)] },
  ]) {
    const made = await space.rest('POST', '/rest/metadata/fields', { objectMetadataId: id, ...more });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
  }
});
beforeEach(async () => {
  const { body } = await space.rest('GET', '/rest/metadata/objects?limit=200');
  rocket = body.data.find(({ nameSingular }: any) => nameSingular === 'rocket');
});

const deleteObject = () => space.rest('DELETE', `/rest/metadata/objects/${rocket.id}`);
const deleteField = (name: string) => space.rest('DELETE', `/rest/metadata/fields/${field(name).id}`);
const changeField = (name: string, update: object) =>
  space.rest('PATCH', `/rest/metadata/fields/${field(name).id}`, update);
const withoutOption = () =>
  changeField('fuel', { options: field('fuel').options.filter(({ value }: any) => value !== 'RP1') });

const PAD =
  'create table launch_pads (id uuid primary key default gen_random_uuid(), rocket_id uuid references rockets)';

describe('is refused for', () => {
  test.each<[string, string, () => Promise<any>, string, string]>([
    [
      'a foreign key of a table made by hand',
      PAD,
      deleteObject,
      'table launch_pads (column rocket_id) refers to rockets',
      'drop table launch_pads',
    ],
    [
      'a foreign key on a unique field',
      'create table launches (code text references rockets (code))',
      () => deleteField('code'),
      'table launches (column code) refers to rockets.code',
      'drop table launches',
    ],
    [
      'a foreign key on a field that is unique no more',
      'create table launches (code text references rockets (code))',
      () => changeField('code', { isUnique: false }),
      'table launches (column code) refers to rockets (rockets_code_key)',
      'drop table launches',
    ],
    [
      'a view of the object',
      'create view fleet as select id from rockets',
      deleteObject,
      'view fleet uses rockets',
      'drop view fleet',
    ],
    [
      'a view of the field',
      'create view fleet as select stages from rockets',
      () => deleteField('stages'),
      'view fleet uses rockets.stages',
      'drop view fleet',
    ],
    [
      'a materialized view',
      'create materialized view fleet as select stages from rockets',
      () => deleteField('stages'),
      'materialized view fleet uses rockets.stages',
      'drop materialized view fleet',
    ],
    [
      'a function',
      'create function stages_of(rockets) returns float8 language sql begin atomic select 1; end',
      deleteObject,
      'function stages_of uses rockets',
      'drop function stages_of',
    ],
    [
      'a policy of another table',
      `create table pads (id uuid primary key); create policy fuelled on pads
      using (exists (select from rockets where stages > 1))`,
      () => deleteField('stages'),
      'policy fuelled of table pads uses rockets.stages',
      'drop table pads',
    ],
    [
      'a trigger',
      `create function nothing() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger staged before update
       on rockets for each row when (old.stages <> new.stages) execute function nothing()`,
      () => deleteField('stages'),
      'trigger staged of table rockets uses rockets.stages',
      'drop function nothing cascade',
    ],
    [
      'a table that inherits',
      'create table old_rockets () inherits (rockets)',
      deleteObject,
      'column fuel of table old_rockets is of type rockets_fuel; table old_rockets inherits from rockets',
      'drop table old_rockets',
    ],
    [
      'a column of its row type',
      'create table crashes (rocket rockets)',
      deleteObject,
      'column rocket of table crashes is of type rockets',
      'drop table crashes',
    ],
    [
      'a view of a select whose options go',
      'create view fleet as select fuel from rockets',
      withoutOption,
      'view fleet uses rockets.fuel',
      'drop view fleet',
    ],
    [
      'a column of the type of a select',
      'create table tanks (fuel rockets_fuel)',
      withoutOption,
      'column fuel of table tanks is of type rockets_fuel',
      'drop table tanks',
    ],
    [
      'a generated column',
      `alter table rockets add column has_fuel boolean generated always as (fuel is not null) stored`,
      withoutOption,
      'generated column has_fuel of table rockets uses rockets.fuel',
      'alter table rockets drop column has_fuel',
    ],
    [
      'a view in another schema',
      'create schema %reports; create view %reports.fleet as select id from rockets',
      deleteObject,
      'view %reports.fleet uses rockets',
      'drop schema %reports cascade',
    ],
  ])('%s', async (_what, make, change, said, unmake) => {
    const named = (text: string) => text.replaceAll('%reports', `${space.schema}_reports`);
    await space.sql(named(make));
    try {
      const { status, body } = await change();
      expect([status, body.messages]).toEqual([
        400,
        [expect.stringContaining(`: ${named(said)}. Take that away first. Nothing was changed`)],
      ]);
      const { body: after } = await space.rest('GET', '/rest/rockets?limit=1');
      expect(after.data.rockets).toEqual([]);
    } finally {
      await space.sql(named(unmake));
    }
  });

  test('several, all of which are named, over GraphQL and for a rule on rows', async () => {
    const roleId = await makeRole(space, 'Pilot', { canReadAllObjectRecords: true });
    const rules = { rowRules: [{ objectMetadataId: rocket.id, filter: { stages: { gt: 1 } } }] };
    expect((await space.rest('PUT', `/rest/metadata/roles/${roleId}/rowRules`, rules)).status).toBe(200);
    await space.sql(`${PAD}; create view fleet as select stages, name from rockets`);
    const refused = await space.metadataRefused(
      'mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }',
      { id: rocket.id },
    );
    expect(refused.message).toContain(
      'table launch_pads (column rocket_id) refers to rockets; view fleet uses rockets. ',
    );
    await space.sql('drop view fleet');
    expect((await deleteField('stages')).body.messages[0]).toContain(
      'rule on rows of role "Pilot" on rockets uses rockets.stages',
    );
    await space.rest('DELETE', `/rest/metadata/roles/${roleId}`);
    await space.sql('drop table launch_pads');
  });
});

test('a role that owns a table is not deleted with it', async () => {
  const id = await makeRole(space, 'Owner', { canReadAllObjectRecords: true });
  const [{ role_name: role }] = await space.sql('select role_name from plinth.roles where id = $1', [id]);
  expect((await (await asRole(space, id)).rest('GET', '/rest/rockets')).status).toBe(200); // made when it is first wanted
  await space.sql('update plinth.api_keys set revoked_at = now() where role_id = $1', [id]);
  await space.sql(
    `create table memories (id uuid primary key, text text); insert into memories values (gen_random_uuid(), 'kept')`,
  );
  await space.sql(`alter table memories owner to "${role}"`);
  const { status, body } = await space.rest('DELETE', `/rest/metadata/roles/${id}`);
  expect([status, body.messages]).toEqual([
    400,
    ['"Owner" owns table memories: give it another owner first. Nothing was changed'],
  ]);
  expect(await space.sql('select text from memories')).toEqual([{ text: 'kept' }]);
  await space.sql('alter table memories owner to current_user');
  expect((await space.rest('DELETE', `/rest/metadata/roles/${id}`)).status).toBe(200);
  await space.sql('drop table memories');
});
