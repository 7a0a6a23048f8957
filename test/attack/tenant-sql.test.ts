/** SQL that the owner of an adopted schema wrote runs with each request, and reaches nothing but that schema. */

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ident, sql } from '../../db/sql.ts';
import { adoptWorkspace } from '../../server/changes/adopt-schema.ts';
import { dispatchAll } from '../../server/events/outbox.ts';
import { server, workspace } from '../fixture.ts';
import { exported, imported } from '../rest/transfer/files.ts';
import { asRole, makeRole, objectIdOf } from '../roles.ts';

const NAME = `shop_${randomBytes(4).toString('hex')}`;
const ALICE = `${NAME}_alice`;

/**
 * Becomes the login role, if its session is one of that; then reads a secret of Plinth. What it finds is an error, so
 * that no operation in which it ran as somebody else succeeds. It says that it is immutable, to be allowed everywhere.
 */
const PROBE = `
  create function probe() returns boolean language plpgsql immutable as $$
  declare
    loot text;
  begin
    begin
      perform set_config('role', 'none', false);
    exception
      when insufficient_privilege then null; -- an index is made with fewer rights
    end;
    begin
      select role_secret into loot from plinth.instance;
    exception
      when insufficient_privilege then null;
    end;
    if loot is not null then raise exception 'STOLEN as %', current_user; end if;
    return true;
  end
  $$`;

let it: Awaited<ReturnType<typeof workspace>>;

/** Statements of the schema's owner, who may log in and is nobody else. */
async function asAlice(text: string): Promise<any[]> {
  const url = Object.assign(new URL(inject('databaseUrl')), { username: ALICE, password: 'alice' });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`set search_path to ${ident(NAME)}`);
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function asSuperuser(text: string): Promise<any[]> {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  await asSuperuser(`create role ${ALICE} login password 'alice'; create schema ${NAME} authorization ${ALICE}`);
  await asAlice(`
    ${PROBE};
    create function probing() returns trigger language plpgsql as $$ begin perform ${NAME}.probe(); return new; end $$;
    create domain sku as text check (${NAME}.probe());
    create table items (id uuid primary key default gen_random_uuid(), name text not null default 'x', note text);
    create table plain (id uuid primary key default gen_random_uuid(), name text)`);
  it = await workspace((database, name) => adoptWorkspace(database, { schema: NAME, name }));
}, 60_000);

afterAll(async () => {
  await asSuperuser(
    `drop schema ${NAME} cascade; reassign owned by ${ALICE} to current_user; drop owned by ${ALICE}; drop role ${ALICE}`,
  );
});

const create = () => it.rest('POST', '/rest/items', { name: `n${Math.random()}` });

describe('SQL of the owner is evaluated as the workspace', () => {
  test.each([
    [
      'a trigger',
      'create trigger t before insert or update on items for each row execute function probing()',
      'drop trigger t on items',
    ],
    [
      'a deferred trigger',
      'create constraint trigger t after insert on items deferrable initially deferred for each row execute function probing()',
      'drop trigger t on items',
    ],
    [
      'a default',
      `alter table items alter column note set default ${NAME}.probe()::text`,
      'alter table items alter column note drop default',
    ],
    ['a check', `alter table items add constraint c check (${NAME}.probe())`, 'alter table items drop constraint c'],
    [
      'a generated column',
      `alter table items add column g boolean generated always as (${NAME}.probe()) stored`,
      'alter table items drop column g',
    ],
    ['a domain', 'alter table items add column s sku', 'alter table items drop column s'],
    ['an index', `create index i on items ((${NAME}.probe()))`, 'drop index i'],
    [
      'a policy',
      `alter table items enable row level security; create policy p on items using (${NAME}.probe())`,
      'drop policy p on items; alter table items disable row level security',
    ],
    ['a rule', `create rule r as on insert to items do also select ${NAME}.probe()`, 'drop rule r on items'],
  ])('%s', async (_what, make, drop) => {
    await asAlice(make);
    const made = await create();
    expect(JSON.stringify(made.body)).not.toContain('STOLEN');
    expect(made.status).toBe(201);
    const { id } = made.body.data.createItem;
    for (const [method, path, body] of [
      ['GET', '/rest/items?filter=name[like]:n%25&orderBy=name', undefined],
      ['PATCH', `/rest/items/${id}`, { name: 'other' }],
      ['GET', `/rest/items/${id}`, undefined],
      ['DELETE', `/rest/items/${id}`, undefined],
    ] as const) {
      const answer = await it.rest(method, path, body);
      expect(JSON.stringify(answer.body)).not.toContain('STOLEN');
      expect(answer.status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBe(200);
    }
    await asAlice(drop);
  });
});

test('what it leaves in the session is there for nobody', async () => {
  await asAlice(`
    create function leaving() returns trigger language plpgsql as $$
    begin
      perform set_config('search_path', 'pg_temp', false), set_config('statement_timeout', '0', false),
        set_config('plinth.member_id', 'somebody', false), set_config('row_security', 'off', false);
      perform pg_advisory_lock(20261130);
      execute 'listen left_behind';
      execute 'prepare left_behind as select 1';
      execute 'create temp table if not exists plain (id uuid primary key, name text)';
      execute 'alter role current_user set search_path to pg_temp';
      return new;
    end
    $$;
    create trigger leaving before insert on items for each row execute function leaving()`);
  await create();
  const { database } = await server();
  const [{ role }] = await it.sql('select role_name as role from plinth.workspaces where schema_name = $1', [NAME]);
  for (let i = 0; i < 2; i++) {
    const [left] = await database.withConnection({ schema: NAME, role }, (client) =>
      client.rows<object>(sql`
        select session_user as session, current_user as current, current_setting('search_path') as path,
          current_setting('statement_timeout') as timeout, current_setting('plinth.member_id') as member,
          current_setting('row_security') as security, to_regclass('pg_temp.plain') as temp,
          (select count(*)::int from pg_listening_channels()) as channels,
          (select count(*)::int from pg_prepared_statements) as statements,
          (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`),
    );
    expect(left).toEqual({
      session: role,
      current: role,
      path: `${NAME}, pg_temp`,
      timeout: '15s',
      member: '',
      security: 'on',
      temp: null,
      channels: 0,
      statements: 0,
      locks: 0,
    });
  }
  expect((await it.rest('POST', '/rest/plains', { name: 'real' })).status).toBe(201);
  await asAlice('drop trigger leaving on items');
  expect(await asAlice('select name from plain')).toEqual([{ name: 'real' }]);
});

test('a write with an idempotency key happens once', async () => {
  const headers = { 'Idempotency-Key': 'k1' };
  const first = await it.rest('POST', '/rest/plains', { name: 'once' }, headers);
  const again = await it.rest('POST', '/rest/plains', { name: 'once' }, headers);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('Idempotent-Replayed')).toBe('true');
  expect(await asAlice(`select count(*)::int from plain where name = 'once'`)).toEqual([{ count: 1 }]);
  const refused = await it.rest('POST', '/rest/plains', { id: 'no', name: 'x' }, { 'Idempotency-Key': 'k2' });
  expect(refused.status).toBe(400);
  expect((await it.rest('POST', '/rest/plains', { name: 'after' }, { 'Idempotency-Key': 'k2' })).status).toBe(201);
});

test('a role of a workspace whose password somebody changed still serves it', async () => {
  const [{ role }] = await it.sql('select role_name as role from plinth.workspaces where schema_name = $1', [NAME]);
  await asSuperuser(`alter role ${ident(role)} password 'other';
    select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`);
  await expect.poll(async () => (await it.rest('GET', '/rest/plains')).status).toBe(200);
});

describe('events', () => {
  const witness = `
    create table if not exists seen (who text, place text);
    create or replace function witness(place text) returns boolean language plpgsql as $$
    begin
      insert into ${NAME}.seen values (current_user, place);
      return true;
    end
    $$`;
  const columns = 'source regclass, before json, after json, actor text';

  /** Names that what ran wrote down, but for those of the workspace and of the schema's owner. */
  async function strangers(): Promise<string[]> {
    const rows = await asAlice(`select distinct who, place from ${NAME}.seen where who !~ '^ws_'`);
    return rows.filter(({ who }) => who !== ALICE).map(({ who, place }) => `${place} as ${who}`);
  }

  beforeAll(async () => {
    await asAlice(`${witness};
      create type mood as enum ('GLAD');
      create function shown(mood) returns json language plpgsql as $$ begin perform ${NAME}.witness('cast'); return '1'; end $$;
      create cast (mood as json) with function shown(mood);
      alter table items add column mood mood default 'GLAD'`);
    await it.metadata(
      `mutation { createWebhook(input: { targetUrl: "http://127.0.0.1:9/", operations: ["*.*"] }) { id } }`,
    );
    await it.sql(`grant insert on ${NAME}.seen to public`);
  });

  test('are written down as the workspace, whose functions a cast to JSON may call', async () => {
    expect((await create()).status).toBe(201);
    const [{ count }] = await asAlice(`select count(*)::int from seen where place = 'cast'`);
    expect(count).toBeGreaterThan(0);
    expect(await strangers()).toEqual([]);
  });

  test('are not looked for in what the owner of the schema put in the place of their tables', async () => {
    const { database, models, feed } = await server();
    const [{ id }] = await it.sql('select id from plinth.workspaces where schema_name = $1', [NAME]);
    const told = { id, schema: NAME };
    await asAlice(`
      drop table plinth_outbox;
      create table plinth_outbox (id bigint generated always as identity, ${columns}, at timestamptz default now());
      create function outbox() returns trigger language plpgsql as $$ begin perform ${NAME}.witness('outbox'); return new; end $$;
      create trigger t before insert or delete on plinth_outbox for each row execute function outbox();
      grant insert, select on plinth_outbox to public`);
    expect(feed.isListening(NAME)).toBeDefined();
    expect((await create()).status).toBe(201);
    await expect(dispatchAll(database, models, told)).rejects.toMatchObject({ code: '42P01' });
    await asAlice(`
      drop table plinth_outbox;
      create view plinth_outbox as
      select 1::bigint as id, null::regclass as source, null::json as before, null::json as after, null::text as actor, now() as at
      where ${NAME}.witness('view')`);
    await expect(dispatchAll(database, models, told)).rejects.toMatchObject({ code: '42P01' });
    // Whoever listens, and whoever looks whether there is something to be told, meets it too.
    const { webhooks } = await it.metadata('{ webhooks { id } }');
    for (const webhook of webhooks) await it.metadata(`mutation { deleteWebhook(id: "${webhook.id}") }`);
    const [{ filled }] = await it.sql('select plinth.has_untold($1) as filled', [NAME]);
    expect(filled).toBe(false);
    expect(await strangers()).toEqual([]);
    await asAlice('drop view plinth_outbox; alter table items drop column mood');
  });
});

test('a change of the model does not touch what the owner of the schema put in the place of a table', async () => {
  const { createOneObject } = await it.metadata(
    `mutation { createOneObject(input: { object: { nameSingular: "gig", namePlural: "gigs", labelSingular: "Gig", labelPlural: "Gigs" } }) { id } }`,
  );
  await asAlice(`
    drop table gigs cascade;
    create view gigs as select gen_random_uuid() as id, 'x'::text as name where ${NAME}.witness('gigs')`);
  const deleting = `mutation { deleteOneObject(input: { id: "${createOneObject.id}" }) { id } }`;
  const adding = `mutation { createOneField(input: { field: { objectMetadataId: "${createOneObject.id}", type: TEXT, name: "venue", label: "Venue" } }) { id } }`;
  expect((await it.metadataRefused(adding)).extensions.subCode).toBe('MODEL_DRIFT');
  await it.rest('DELETE', `/rest/metadata/objects/${createOneObject.id}?dry_run=true`);
  await it.rest('GET', '/rest/metadata/drift');
  await it.metadataRefused(deleting);
  expect(await asAlice(`select who from seen where place = 'gigs'`)).toEqual([]);
  await asAlice('drop view gigs');
});

test('exports and imports run as the workspace', async () => {
  await asAlice(`
    alter table plain enable row level security;
    create policy p on plain using (${NAME}.probe());
    create trigger t before insert or update on plain for each row execute function probing()`);
  const events = await imported(it, '/rest/plains/import', 'ndjson', '{"name":"a"}\n{"name":"b"}\n');
  expect(events.at(-1)).toMatchObject({ event: 'done', created: 2, refused: 0 });
  expect(await exported(it, '/rest/plains/export?format=csv')).toContain('real');
  await asAlice('drop trigger t on plain; drop policy p on plain; alter table plain disable row level security');
});

test('operators and functions of the schema take no part in what Plinth asks of the catalog', async () => {
  await asAlice(`
    create function foreign_to_plinth(oid, regclass) returns boolean language plpgsql as $$
    begin
      raise exception 'STOLEN as %', current_user;
    end
    $$;
    create operator = (leftarg = oid, rightarg = regclass, function = foreign_to_plinth);
    create function format(text, name) returns text language plpgsql as $$ begin raise exception 'STOLEN'; end $$;
    create table more (id uuid primary key default gen_random_uuid())`);
  await it.untilServed('mores');
  for (const [method, path, body] of [
    ['GET', '/rest/metadata/drift', undefined],
    ['GET', '/rest/metadata/model', undefined],
    ['GET', '/rest/metadata/unserved', undefined],
    [
      'POST',
      '/rest/metadata/objects?dry_run=true',
      { nameSingular: 'tune', namePlural: 'tunes', labelSingular: 'Tune', labelPlural: 'Tunes' },
    ],
    [
      'POST',
      '/rest/metadata/objects',
      { nameSingular: 'tune', namePlural: 'tunes', labelSingular: 'Tune', labelPlural: 'Tunes' },
    ],
    ['POST', '/rest/metadata/drift/restore', undefined],
    ['POST', '/rest/tunes', { name: 'Air' }],
  ] as const) {
    const answer = await it.rest(method, path, body);
    expect(answer.status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  }
  await asAlice('drop operator = (oid, regclass)');
});

test('a role with restrictions logs in as itself, and what it asks of a rule is planned as it', async () => {
  const permissions = { canReadAllObjectRecords: true };
  const limited = await makeRole(it, 'Limited', permissions);
  const author = await asRole(it, await makeRole(it, 'Author', { ...permissions, flags: ['ROLES'] }));
  await asAlice(`
    alter table plain enable row level security;
    create policy p on plain using (${NAME}.probe());
    insert into plain (name) values ('shown'), ('hidden')`);
  const objectMetadataId = await objectIdOf(it, 'plain');
  const rowRules = [{ objectMetadataId, filter: { name: { eq: 'shown' } } }];
  const ruled = await author.rest('PUT', `/rest/metadata/roles/${limited}/rowRules`, { rowRules });
  expect(ruled.status, JSON.stringify(ruled.body)).toBe(200);
  const { body } = await (await asRole(it, limited)).rest('GET', '/rest/plains');
  expect(body.data.plains.map(({ name }: any) => name)).toEqual(['shown']);
  expect((await (await asRole(it, limited)).rest('POST', '/rest/plains', { name: 'x' })).status).toBe(403);
  await asAlice('drop policy p on plain; alter table plain disable row level security');
});

describe('a workspace that Plinth made', () => {
  type Space = Awaited<ReturnType<typeof workspace>>;

  /** The session user of what is asked as the workspace now. */
  async function sessionOf({ schema, sql: asDba }: Space): Promise<string> {
    const { database } = await server();
    const [{ role }] = await asDba('select role_name as role from plinth.workspaces where schema_name = $1', [schema]);
    const [row] = await database.withConnection({ schema, role }, (client) =>
      client.rows<{ session: string }>(sql`select session_user::text as session`),
    );
    return row?.session === role ? 'workspace' : 'shared';
  }

  test('shares connections, with roles, rules, webhooks and simple tables made by hand too', async () => {
    const space = await workspace();
    expect(await sessionOf(space)).toBe('shared');
    await space.metadata(
      `mutation { createWebhook(input: { targetUrl: "http://127.0.0.1:9/", operations: ["*.*"] }) { id } }`,
    );
    const { createOneRole } = await space.metadata(
      'mutation { createOneRole(createRoleInput: { label: "Sales", canReadAllObjectRecords: true }) { id } }',
    );
    const { objects } = await space.metadata(
      '{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }',
    );
    const company = objects.edges.find(({ node }: any) => node.nameSingular === 'company').node.id;
    await space.metadata(
      'mutation ($input: UpsertRowRulesInput!) { upsertRowRules(upsertRowRulesInput: $input) { objectMetadataId } }',
      {
        input: {
          roleId: createOneRole.id,
          rowRules: [{ objectMetadataId: company, filter: { employees: { gt: 5 } } }],
        },
      },
    );
    await space.sql(`create table things (
      id uuid primary key default gen_random_uuid(), at timestamptz default now(), price numeric check (price > 0),
      company_id uuid references companies, note text, lowered text generated always as (lower(note)) stored)`);
    await space.untilServed('things');
    expect(await sessionOf(space)).toBe('shared');
  });

  test.each([
    [
      'a trigger and its function',
      'create function f() returns trigger language plpgsql as $$ begin return new; end $$; create trigger t before insert on companies for each row execute function f()',
    ],
    [
      'a trigger that calls a built-in function',
      'create trigger t before update on companies for each row execute function suppress_redundant_updates_trigger()',
    ],
    ['a policy', `create policy p on companies using (set_config('role', 'none', false) = '')`],
    [
      'a default',
      `alter table companies alter column name set default query_to_xml('select 1', true, false, '')::text`,
    ],
    ['a check', `alter table companies add constraint c check (pg_read_file('x') is null) not valid`],
    ['a view', 'create view v as select 1 as one'],
    ['a rule', 'create rule r as on update to companies do also select 1'],
    ['a domain', 'create domain d as text'],
    ['an operator', `create operator === (leftarg = text, rightarg = text, function = texteq)`],
    ['a right to create', `grant create on schema %I to ${ALICE}`],
    ['a right to make triggers', `grant trigger on companies to ${ALICE}`],
    ['another owner', `alter table companies owner to ${ALICE}`],
    ['another owner of the schema', `alter schema %I owner to ${ALICE}`],
  ])('logs in as soon as it has %s', async (_what, change) => {
    const space = await workspace();
    expect((await space.rest('GET', '/rest/companies?limit=1')).status).toBe(200);
    expect(await sessionOf(space)).toBe('shared');
    await space.sql(change.replace('%I', space.schema));
    await expect.poll(() => sessionOf(space), { timeout: 5_000, interval: 5 }).toBe('workspace');
    expect((await space.rest('GET', '/rest/companies?limit=1')).status).toBe(200);
  });

  test('closes a connection that is not as it was set', async () => {
    const space = await workspace();
    const { database } = await server();
    const [{ role }] = await space.sql('select role_name as role from plinth.workspaces where schema_name = $1', [
      space.schema,
    ]);
    expect(await sessionOf(space)).toBe('shared');
    const pids = new Set<number>();
    for (const leave of ['reset role', 'set statement_timeout = 0', 'set search_path to public', 'select 1']) {
      const [row] = await database.withConnection({ schema: space.schema, role }, async (client) => {
        client.begin();
        await client.run('commit');
        await client.run(leave);
        return client.rows<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      });
      pids.add(row?.pid as number);
      const [left] = await database.withConnection({ schema: space.schema, role }, (client) =>
        client.rows<{ role: string; pid: number }>(sql`select current_user::text as role, pg_backend_pid() as pid`),
      );
      expect(left?.role).toBe(role);
      expect(left?.pid === row?.pid).toBe(leave === 'select 1');
    }
    expect(pids.size).toBeGreaterThan(1);
  });
});
