/**
 * Triggers, checks and indexes of others on tables that Plinth made. Whatever makes them run (actions of foreign keys,
 * changes of the model, background jobs, members, webhooks), they run as roles of the workspace, never as the login
 * role.
 */

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { ident } from '../../db/sql.ts';
import { removeMember } from '../../server/access/members.ts';
import { createWorkspace, deleteWorkspace } from '../../server/changes/workspaces.ts';
import { dispatchAll, lockEvents } from '../../server/events/outbox.ts';
import { server, workspace } from '../fixture.ts';
import { signedIn } from '../members/people.ts';
import { objectIdOf } from '../roles.ts';

/** Somebody who may create functions in the schema and triggers on its tables, and nothing else. */
const BOB = `bob_${randomBytes(4).toString('hex')}`;

/** Notes who runs it, having tried to become somebody else. It says that it is immutable, to be allowed everywhere. */
const PROBE = `
  create table seen (who text, place text);
  grant insert on seen to public;
  create function note(place text) returns void language plpgsql as $$
  begin
    begin
      execute 'reset role';
    exception when insufficient_privilege then null;
    end;
    begin
      execute 'reset session authorization';
    exception when insufficient_privilege then null;
    end;
    insert into %SCHEMA%.seen values (current_user, place);
  end
  $$;
  create function probe(place text) returns boolean language plpgsql immutable as $$
  begin
    perform %SCHEMA%.note(place);
    return true;
  end
  $$;
  create function probing() returns trigger language plpgsql as $$
  begin
    perform %SCHEMA%.probe(tg_op || ' ' || tg_table_name);
    return coalesce(new, old);
  end
  $$;`;

type Space = Awaited<ReturnType<typeof workspace>>;

const WAIT = { timeout: 10_000 };

let it: Space;
let owner: string;
let role: string;

async function asBob(text: string): Promise<any[]> {
  const url = Object.assign(new URL(inject('databaseUrl')), { username: BOB, password: 'bob' });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`set search_path to ${ident(it.schema)}`);
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function ownersOf({ sql, schema }: Space): Promise<string[]> {
  const rows = await sql(
    `select distinct pg_get_userbyid(relowner)::text as owner
     from pg_class
     where relnamespace = $1::regnamespace and relkind in ('r', 'p') and relname !~ '^plinth_|^seen$'`,
    [ident(schema)],
  );
  return rows.map((row) => row.owner);
}

/** Who ran what since the last time. */
async function seen(): Promise<{ who: string; place: string }[]> {
  return it.sql('with gone as (delete from seen returning *) select distinct who, place from gone order by place, who');
}

async function create(plural: string, record: object): Promise<string> {
  const { status, body } = await it.rest('POST', `/rest/${plural}`, record);
  expect(status, JSON.stringify(body)).toBe(201);
  return (Object.values(body.data)[0] as { id: string }).id;
}

const CREATE_FIELD = 'mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }';

async function createField(field: object): Promise<string> {
  const objectMetadataId = await objectIdOf(it, 'company');
  return (await it.metadata(CREATE_FIELD, { field: { objectMetadataId, ...field } })).createOneField.id;
}

beforeAll(async () => {
  it = await workspace();
  await it.metadata(
    'mutation { createWebhook(input: { targetUrl: "http://127.0.0.1:9/", operations: ["*.*"] }) { id } }',
  );
  const schema = ident(it.schema);
  const tables = await it.sql(
    `select format('%I.%I', relnamespace::regnamespace::text, relname) as name
     from pg_class where relnamespace = $1::regnamespace and relkind = 'r' and relname !~ '^plinth_'`,
    [schema],
  );
  await it.sql(`
    create role ${BOB} login password 'bob';
    grant usage, create on schema ${schema} to ${BOB};
    grant trigger on ${tables.map(({ name }) => name).join(', ')} to ${BOB}`);
  await vi.waitFor(async () => {
    expect((await it.rest('GET', '/rest/companies?limit=1')).status).toBe(200);
    expect(await ownersOf(it)).toEqual([`owner_of_${it.schema}`]);
  }, WAIT);
  await asBob(
    [
      PROBE.replaceAll('%SCHEMA%', schema),
      ...tables.flatMap(({ name }) => [
        `create trigger a before insert or update or delete
        on ${name} for each row execute function ${schema}.probing()`,
        `create constraint trigger z after insert or update or delete
        on ${name} deferrable initially deferred for each row execute function ${schema}.probing()`,
      ]),
    ].join(';\n'),
  );
  [{ owner, role }] = await it.sql(
    'select owner_role as owner, role_name as role from plinth.workspaces where schema_name = $1',
    [it.schema],
  );
}, 60_000);

afterAll(async () => {
  await it.sql(`drop owned by ${BOB} cascade; drop role ${BOB}`);
});

test('its tables belong to a role of the workspace that may do nothing else', async () => {
  expect(await ownersOf(it)).toEqual([owner]);
  const [rights] = await it.sql(
    `select rolcanlogin as login, rolsuper as super, rolcreaterole as roles, rolbypassrls as bypass,
       has_schema_privilege(oid, 'plinth', 'usage') as plinth,
       has_schema_privilege(oid, 'graphile_worker', 'usage') as worker,
       (select count(*)::int from pg_auth_members where member = pg_roles.oid) as memberships
     from pg_roles where rolname = $1`,
    [owner],
  );
  expect(rights).toEqual({
    login: false,
    super: false,
    roles: false,
    bypass: false,
    plinth: false,
    worker: false,
    memberships: 0,
  });
});

describe('actions of foreign keys run as the owner role', () => {
  test('set null, on a record that is destroyed', async () => {
    const companyId = await create('companies', { name: 'Acme' });
    await create('people', { companyId });
    await seen();
    expect((await it.rest('DELETE', `/rest/companies/${companyId}`)).status).toBe(200);
    expect((await it.gql(`{ people(filter: { companyId: { is: NULL } }) { totalCount } }`)).people.totalCount).toBe(1);
    const ran = await seen();
    expect(ran).toContainEqual({ who: owner, place: 'UPDATE people' });
    expect(ran.filter(({ who }) => who !== owner && who !== role)).toEqual([]);
  });

  test('cascade, on records that are destroyed together', async () => {
    const companyId = await create('companies', { name: 'Acme' });
    await create('favorites', { companyId });
    await seen();
    await it.gql('mutation { destroyCompanies(filter: { name: { eq: "Acme" } }) { id } }');
    const ran = await seen();
    expect(ran).toContainEqual({ who: owner, place: 'DELETE favorites' });
    expect(ran.filter(({ who }) => who !== owner && who !== role)).toEqual([]);
  });

  test('and a merge', async () => {
    const ids = [await create('companies', { name: 'One' }), await create('companies', { name: 'Two' })];
    await create('people', { companyId: ids[1] });
    const { mergeCompanies } = await it.gql(
      'mutation ($ids: [UUID!]!) { mergeCompanies(ids: $ids, conflictPriorityIndex: 0) { id } }',
      { ids },
    );
    expect(ids).toContain(mergeCompanies.id);
    const ran = await seen();
    expect(ran).toContainEqual({ who: role, place: 'UPDATE people' });
    expect(ran.filter(({ who }) => who !== owner && who !== role)).toEqual([]);
  });
});

describe('changes of the model run as the owner role', () => {
  beforeAll(async () => {
    await it.sql(`
      alter table companies add constraint c check (probe('check')) not valid;
      create index i on companies (probe('index'));
      alter table companies add column g boolean generated always as (probe('generated')) stored`);
    await create('companies', { name: 'Old', employees: 5 });
    await it.untilServed('companies');
    await seen();
  });

  test.each([
    ['a field with a default', { type: 'NUMBER', name: 'rank', label: 'Rank', defaultValue: 3 }, null],
    [
      'a required field that is filled',
      { type: 'UUID', name: 'ticket', label: 'Ticket', defaultValue: 'uuid', isNullable: false },
      'index',
    ],
    ['a relation', { type: 'RELATION', name: 'parent', label: 'Parent' }, null],
    ['a unique field', { type: 'TEXT', name: 'code', label: 'Code', isUnique: true }, null],
  ])('%s', async (_what, field, place) => {
    const relationCreationPayload = {
      type: 'MANY_TO_ONE',
      targetObjectMetadataId: await objectIdOf(it, 'company'),
      targetFieldLabel: 'Children',
    };
    await createField({ ...field, ...(field.type === 'RELATION' && { relationCreationPayload }) });
    const ran = await seen();
    expect(ran.filter(({ who }) => who !== owner)).toEqual([]);
    if (place !== null) expect(ran.map((each) => each.place)).toContain(place);
  });

  test('a column that gets another type, which its records are read for', async () => {
    const id = await createField({ type: 'NUMBER', name: 'size', label: 'Size' });
    await seen();
    const answer = await it.rest('PATCH', `/rest/metadata/fields/${id}`, { settings: { dataType: 'bigint' } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const plan = await it.rest('DELETE', `/rest/metadata/fields/${id}?dry_run=true`);
    expect(plan.status, JSON.stringify(plan.body)).toBe(200);
    expect((await it.rest('DELETE', `/rest/metadata/fields/${id}`)).status).toBe(200);
    expect((await seen()).filter(({ who }) => who !== owner)).toEqual([]);
  });

  test('new objects, drift and its restoring', async () => {
    const made = await it.rest('POST', '/rest/metadata/objects', {
      nameSingular: 'tune',
      namePlural: 'tunes',
      labelSingular: 'Tune',
      labelPlural: 'Tunes',
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    expect(await ownersOf(it)).toEqual([owner]);
    await create('tunes', { name: 'Air' });
    await it.sql('alter table tunes alter column name drop default; alter table companies drop column ticket');
    await it.untilServed('tunes');
    const drift = await it.rest('GET', '/rest/metadata/drift');
    expect(drift.body.data.length, JSON.stringify(drift.body)).toBeGreaterThan(0);
    expect((await it.rest('POST', '/rest/metadata/drift/restore')).status).toBe(200);
    expect((await it.rest('GET', '/rest/metadata/drift')).body.data).toEqual([]);
    expect((await seen()).filter(({ who }) => who !== owner && who !== role)).toEqual([]);
  });

  test('names in what is still to be told, which are rewritten by functions of pg_catalog', async () => {
    await asBob(`
      create function collecting(json, text, json) returns json language plpgsql as $$
      begin
        perform ${ident(it.schema)}.note('aggregate');
        return '{}';
      end
      $$;
      create aggregate json_object_agg(text, json) (sfunc = collecting, stype = json);
      create function comparing(regclass, regclass) returns boolean language plpgsql as $$
      begin
        perform ${ident(it.schema)}.note('operator');
        return true;
      end
      $$;
      create operator = (leftarg = regclass, rightarg = regclass, function = comparing)`);
    const id = await createField({ type: 'TEXT', name: 'motto', label: 'Motto' });
    const { database } = await server();
    // Whoever gives positions to events waits for this lock, so the rows stay where they are.
    await database.transaction(async (client) => {
      await client.rows(lockEvents(it));
      await create('companies', { name: 'Untold', motto: 'x' });
      await seen();
      const renamed = await it.rest('PATCH', `/rest/metadata/fields/${id}`, { name: 'slogan', label: 'Slogan' });
      expect(renamed.status, JSON.stringify(renamed.body)).toBe(200);
      const rows = await it.sql(
        `select after ->> 'slogan' as slogan from plinth_outbox where after ->> 'name' = 'Untold'`,
      );
      expect(rows).toEqual([{ slogan: 'x' }]);
    });
    expect((await seen()).filter(({ who }) => who !== owner && who !== role)).toEqual([]);
  });

  test('a table that the login role makes by hand', async () => {
    await it.sql(
      'create table gigs (id uuid primary key default gen_random_uuid(), company_id uuid references companies)',
    );
    await it.untilServed('gigs');
    await expect.poll(() => ownersOf(it)).toEqual([owner]);
    const companyId = await create('companies', { name: 'Host' });
    await create('gigs', { companyId });
  });

  test('what is filled by a background job', async () => {
    await it.sql(`
      insert into tunes (name) select 'Tune ' || i from generate_series(1, 12000) as i;
      create trigger a before insert or update or delete on tunes for each row execute function probing();
      create index tunes_probe on tunes (probe('index of tunes'))`);
    await it.sql('vacuum analyze tunes');
    await seen();
    const objectMetadataId = await objectIdOf(it, 'tune');
    for (const field of [
      { type: 'UUID', name: 'ticket', label: 'Ticket', defaultValue: 'uuid', isNullable: false },
      { type: 'TEXT', name: 'code', label: 'Code', isUnique: true },
    ])
      await it.metadata(CREATE_FIELD, { field: { objectMetadataId, ...field } });
    const states = async () => (await it.metadata('{ modelJobs { kind state } }')).modelJobs;
    await expect
      .poll(async () => (await states()).map(({ kind, state }: any) => `${kind} ${state}`).sort(), { timeout: 50_000 })
      .toEqual(['fill done', 'make done']);
    const ran = await seen();
    expect(ran).toContainEqual({ who: owner, place: 'UPDATE tunes' });
    expect(ran.filter(({ who }) => who !== owner)).toEqual([]);
  });
});

describe('what is left for later does not run as the login role', () => {
  test.each([
    [
      'a cursor',
      `execute 'declare c cursor with hold for select ' || quote_ident(tg_table_schema) || '.probe(''cursor'')'`,
    ],
    ['a setting', `perform set_config('standard_conforming_strings', 'off', false)`],
  ])('%s', async (_what, leave) => {
    await asBob(`
      create or replace function leaving() returns trigger language plpgsql as $$ begin ${leave}; return new; end $$;
      create trigger leaving before update on companies for each row execute function leaving()`);
    await seen();
    const field = { type: 'UUID', name: 'later', label: 'Later', defaultValue: 'uuid', isNullable: false };
    const objectMetadataId = await objectIdOf(it, 'company');
    await it.rest('POST', '/rest/metadata/fields', { objectMetadataId, ...field });
    expect((await seen()).filter(({ who }) => who !== owner)).toEqual([]);
    const { database } = await server();
    for (let i = 0; i < 5; i++)
      await database.asOwner(async ({ raw }) => {
        const { rows } = await raw.query('show standard_conforming_strings');
        expect(rows).toEqual([{ standard_conforming_strings: 'on' }]);
        expect((await raw.query('select from pg_cursors where is_holdable')).rowCount).toBe(0);
      });
    await it.sql('drop trigger leaving on companies');
  });

  test('a trigger on what is to be told to webhooks', async () => {
    const { database, models } = await server();
    await it.sql(`grant trigger on plinth_outbox, plinth_events to ${BOB}`);
    await asBob(
      `create trigger a before insert or delete
      on ${ident(it.schema)}.plinth_outbox for each row execute function probing()`,
    );
    await create('companies', { name: 'Told' });
    await expect(dispatchAll(database, models, { id: it.id, schema: it.schema })).rejects.toMatchObject({
      code: '42P01',
    });
    expect((await seen()).filter(({ who }) => who !== owner && who !== role)).toEqual([]);
    await it.sql('drop trigger a on plinth_outbox');
    await dispatchAll(database, models, { id: it.id, schema: it.schema });
  });
});

test('records of members are read and written as the owner role', async () => {
  const { database } = await server();
  await seen();
  const member = await signedIn([it], { name: 'Mary Somerville' });
  expect((await seen()).filter(({ place }) => place.endsWith('workspace_members'))).toEqual([
    { who: owner, place: 'INSERT workspace_members' },
  ]);
  const page = member.browser.in(it.name);
  expect((await page.rest('GET', '/rest/tunes?limit=1')).status).toBe(200);
  expect(await it.sql('select name_first_name as name from workspace_members where id = $1', member.memberIds)).toEqual(
    [{ name: 'Mary' }],
  );
  const [memberId] = member.memberIds as [string];
  await database.transaction((client) => removeMember(client, it.id, memberId));
  expect((await seen()).filter(({ place }) => place.endsWith('workspace_members'))).toEqual([
    { who: owner, place: 'UPDATE workspace_members' },
  ]);
  expect((await page.rest('GET', '/rest/tunes?limit=1')).status).toBe(403);
});

test('connections are shared again when all SQL of others is gone', async () => {
  await it.sql(`drop owned by ${BOB} cascade`);
  await it.sql('drop table if exists seen');
  const { database } = await server();
  await expect
    .poll(() =>
      database.withConnection({ schema: it.schema, role }, async ({ raw }) => {
        const { rows } = await raw.query('select session_user <> current_user as shared');
        return rows[0].shared;
      }),
    )
    .toBe(true);
  expect((await it.rest('GET', '/rest/tunes?limit=1')).status).toBe(200);
});

test('the role goes with the workspace', async () => {
  const { database } = await server();
  const { name, schema, apiKey } = await createWorkspace(database, { name: `t${randomBytes(5).toString('hex')}` });
  const owner = `owner_of_${schema}`;
  const there = () =>
    it.sql('select from pg_roles where rolname = $1 union all select from pg_proc where proname = $1', [owner]);
  await it.sql(`create view ${schema}.v as select 1 as one`);
  await vi.waitFor(async () => {
    const { status } = await it.as({ Authorization: `Bearer ${apiKey}` }).rest('GET', '/rest/companies?limit=1');
    expect(status).toBe(200);
    expect(await there()).toHaveLength(2);
  }, WAIT);
  await deleteWorkspace(database, name);
  expect(await there()).toEqual([]);
});
