/**
 * What is written alongside a mutation is there when its records are, is written as the login role, and leaves nothing
 * of that role behind.
 */

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { sql } from '../../db/sql.ts';
import { type Alongside, asLoginRole } from '../../server/records/alongside.ts';
import { textOfAnswer, valueOfAnswer } from '../../server/records/answers/answer.ts';
import { openExecute } from '../../server/records/execute.ts';
import { server, workspace } from '../fixture.ts';

const CREATE = 'mutation ($name: String) { createCompany(data: { name: $name }) { name } }';
const UPSERT = 'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data, upsert: true) { id } }';

/** A workspace, a table that its role may not touch, and `execute` as HTTP would call it. */
async function setUp() {
  const space = await workspace();
  const { database, models } = await server();
  const log = `${space.schema}_log`;
  await space.sql(`create table plinth.${log} (note text primary key, role text, path text)`);
  const execute = openExecute({
    database,
    log: pino({ level: 'silent' }),
    maxRecords: 60,
    turns: { take: () => undefined },
    limits: { maxDepth: 8, maxRootFields: 20, maxFields: 2_000, maxCost: 20_000, maxValues: 500_000 },
  });
  const [row] = await space.sql('select role_name as role from plinth.workspaces where schema_name = $1', [
    space.schema,
  ]);
  const who = { schema: space.schema, role: row.role as string };
  return {
    ...space,
    who,
    database,
    note: (text: string) => sql`
      insert into plinth.${sql.identifier(log)}
      values (${sql.value(text)}, current_user, current_setting('search_path')) on conflict do nothing`,
    noted: () => space.sql(`select note, role = session_user as "isLogin", path from plinth.${log} order by note`),
    async run(source: string, variables: object, alongside: Alongside) {
      const served = await models.get(space.schema);
      const author = { source: 'API', name: 'test', workspaceMemberId: null };
      return valueOfAnswer(await execute({ served, who, author, source, variables: variables as never, alongside }));
    },
    tidy: () => space.sql(`drop table plinth.${log}`),
  };
}

test('before and after are written with the record, as the login role and with no schema of users in the path', async () => {
  const { run, note, noted, who, database, tidy, ...space } = await setUp();
  const seen: unknown[] = [];
  const result = await run(
    CREATE,
    { name: 'ESA' },
    {
      async before(client) {
        await client.rows(note('before'));
        return null;
      },
      async after(client, { data }) {
        seen.push(valueOfAnswer({ data }).data);
        await client.rows(note('after'));
      },
    },
  );
  expect(result).toEqual({ data: { createCompany: { name: 'ESA' } } });
  expect(seen).toEqual([result.data]);
  const login = { isLogin: true, path: 'pg_catalog, pg_temp' };
  expect(await noted()).toEqual([
    { note: 'after', ...login },
    { note: 'before', ...login },
  ]);
  expect(await space.sql('select name from companies')).toEqual([{ name: 'ESA' }]);
  const [left] = await database.withConnection(who, (client) =>
    client.rows<object>(sql`select current_user::text as role, current_setting('search_path') as path`),
  );
  expect(left).toEqual({ role: who.role, path: `${who.schema}, pg_temp` });
  await tidy();
});

test('a result of before is the answer, and nothing runs', async () => {
  const { run, note, noted, tidy, ...space } = await setUp();
  const stored = { data: { createCompany: { name: 'stored' } } };
  const result = await run(
    CREATE,
    { name: 'ESA' },
    {
      before: async () => ({ data: new Map([['createCompany', '{"name":"stored"}']]) }),
      after: async (client) => void (await client.rows(note('after'))),
    },
  );
  expect(result).toEqual(stored);
  expect(await space.sql('select from companies')).toEqual([]);
  expect(await noted()).toEqual([]);
  await tidy();
});

test('what is refused leaves nothing of either, whoever refuses, and its connection is the workspace’s again', async () => {
  const { run, note, noted, who, database, tidy, ...space } = await setUp();
  const before = async (client: Parameters<NonNullable<Alongside['before']>>[0]) => {
    await client.rows(note('before'));
    return null;
  };
  let calls = 0;
  const after = async () => void calls++;
  const fails = async () => {
    throw new Error('no');
  };
  const badSql: Alongside['after'] = async (client) => void (await client.rows(sql`select 1 / 0`));
  const refusals: [string, object, Alongside][] = [
    [CREATE, { name: 'a' }, { before: fails, after }],
    [CREATE, { name: 'b' }, { before, after: fails }],
    [CREATE, { name: 'c' }, { before, after: badSql }],
    [UPSERT, { data: [{ id: 'x' }] }, { before, after }],
    ['mutation { updateCompany(id: "00000000-0000-0000-0000-000000000000", data: {}) { id } }', {}, { before, after }],
  ];
  for (const [source, variables, alongside] of refusals) {
    expect((await run(source, variables, alongside)).errors).toHaveLength(1);
    const [left] = await database.withConnection(who, (client) =>
      client.rows(sql`select current_user::text as role, current_setting('search_path') as path`),
    );
    expect(left).toEqual({ role: who.role, path: `${who.schema}, pg_temp` });
  }
  expect(calls).toBe(0);
  expect(await space.sql('select from companies')).toEqual([]);
  expect((await noted()).map(({ note }) => note)).toEqual(['before']);
  await tidy();
});

test('the operation itself runs as the workspace, between the two', async () => {
  const { run, note, tidy, ...space } = await setUp();
  await space.sql(`
    alter table companies add column made_by text default current_user;
    alter table companies add column made_in text default current_setting('search_path')`);
  const as = async (client: Parameters<NonNullable<Alongside['before']>>[0]) => {
    await client.rows(note('x'));
    return null;
  };
  await run(CREATE, { name: 'ESA' }, { before: as, after: async (client) => void (await as(client)) });
  const [row] = await space.sql('select made_by as role, made_in as path from companies');
  expect(row).toEqual({ role: expect.stringMatching(/^ws_/), path: `${space.schema}, pg_temp` });
  await tidy();
});

test('racing upserts are tried again, and what before wrote stays', async () => {
  const { run, note, noted, tidy, ...space } = await setUp();
  const data = Array.from({ length: 20 }, (_, i) => ({ name: `c${i}`, domainName: { primaryLinkUrl: `c${i}.test` } }));
  let calls = 0;
  const results = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      run(
        UPSERT,
        { data },
        {
          async before(client) {
            calls++;
            await client.rows(note(`before ${i}`));
            return null;
          },
          after: async (client) => void (await client.rows(note(`after ${i}`))),
        },
      ),
    ),
  );
  for (const { errors } of results) expect(errors).toBeUndefined();
  expect(calls).toBe(6);
  expect(await noted()).toHaveLength(12);
  expect(await space.sql('select count(*)::int from companies')).toEqual([{ count: 20 }]);
  await tidy();
});

test('of several fields, those that wrote are kept with what is alongside; a failed read keeps none and says so', async () => {
  const { run, note, noted, who, tidy, ...space } = await setUp();
  const alongside: Alongside = {
    after: async (client, { data }) => void (await client.rows(note(textOfAnswer({ data })))),
  };
  const half = await run(
    'mutation { a: createCompany(data: { name: "kept" }) { name } b: createCompany(data: { id: "x" }) { name } }',
    {},
    alongside,
  );
  expect(half).toMatchObject({ data: { a: { name: 'kept' }, b: null }, errors: [{ path: ['b'] }] });
  expect((await noted()).map(({ note }) => note)).toEqual(['{"data":{"a":{"name":"kept"},"b":null}}']);

  await space.sql(`revoke select on people from ${who.role}`);
  const failed = await run(
    `mutation {
      a: createCompany(data: { name: "lost" }) { name }
      b: createCompany(data: { name: "lost too" }) { people { edges { node { id } } } }
    }`,
    {},
    alongside,
  );
  expect(failed.errors?.[0]).toMatchObject({ path: ['b'], extensions: { code: 'FORBIDDEN' } });
  expect(failed.data).toEqual({ a: null, b: null });
  expect(await space.sql('select name from companies')).toEqual([{ name: 'kept' }]);
  expect(await noted()).toHaveLength(1);
  await tidy();
});

test('outside of a transaction nobody becomes the login role', async () => {
  const { database, who, note, noted, tidy } = await setUp();
  const current = sql`select current_user::text as role`;
  const [seen] = await database.withConnection(who, (client) => asLoginRole(client, who, ({ rows }) => rows(current)));
  expect(seen).toEqual({ role: who.role });
  const written = database.withConnection(who, (client) => asLoginRole(client, who, ({ rows }) => rows(note('x'))));
  await expect(written).rejects.toMatchObject({ code: '42501' });
  expect(await noted()).toEqual([]);
  await tidy();
});
