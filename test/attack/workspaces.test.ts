/**
 * An attack from one workspace on another: with a key of A, every operation of the four APIs is asked with all that B
 * has. It is asked a second time in a twin of A with ids and names that are nowhere: the answers must be the same, so
 * that not even whether something is there can be told. The operations are generated from what the APIs say of
 * themselves. docs/security.md
 */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { buildSchema } from 'postgraphile/grafast/graphql';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { beside, workspace } from '../fixture.ts';
import { type Asked, graphqlOperations, restOperations, type Values } from './operations.ts';

type Space = Awaited<ReturnType<typeof workspace>>;

// All that B calls by a name has this in it; in the twin, something else is said instead.
const HIDDEN = 'hidden';
const NOWHERE = 'nowise';
const MARK = `${HIDDEN} treasure`;

/** All that B has and A may not know of. */
type Treasure = {
  readonly ids: Readonly<Record<string, string>>;
  readonly records: Readonly<Record<string, string>>;
  readonly cursors: readonly string[];
  readonly names: readonly string[];
};

let a: Space;
let twin: Space;
let b: Space;
let treasure: Treasure;

beforeAll(async () => {
  [a, twin, b] = [await workspace(), await workspace(), await workspace()];
  treasure = await buried(b);
}, 120_000);

/** Something of each kind. */
async function buried(space: Space): Promise<Treasure> {
  const { body: object } = await space.rest('POST', '/rest/metadata/objects', {
    nameSingular: 'hiddenThing',
    namePlural: 'hiddenThings',
    labelSingular: `${MARK} thing`,
    labelPlural: `${MARK} things`,
  });
  const objects = (await space.rest('GET', '/rest/metadata/objects?limit=200')).body.data;
  const company = objects.find(({ nameSingular }: any) => nameSingular === 'company');
  const field = company.fields.find(({ name }: any) => name === 'employees');
  const index = await space.rest('POST', '/rest/metadata/indexes', {
    objectMetadataId: company.id,
    fieldMetadataIds: [field.id],
  });
  const key = await space.rest('POST', '/rest/metadata/apiKeys', { name: `${MARK} key` });
  const [role] = await space.sql(
    `insert into plinth.roles (workspace_id, label) values ($1, '${MARK} role') returning id`,
    [space.id],
  );
  const records: Record<string, string> = {};
  for (const { nameSingular, namePlural } of objects) {
    const table = namePlural.replace(/[A-Z]/g, (letter: string) => `_${letter.toLowerCase()}`);
    const [{ id }] = await space.sql(
      table === 'workspace_members'
        ? 'insert into workspace_members (user_id) values (gen_random_uuid()) returning id'
        : `insert into ${table} default values returning id`,
    );
    records[nameSingular] = id;
    const texts = await space.sql(
      `select column_name as name from information_schema.columns
       where table_schema = current_schema and table_name = $1 and data_type = 'text' and is_generated = 'NEVER'`,
      [table],
    );
    if (texts.length > 0)
      await space.sql(`update ${table} set ${texts.map(({ name }) => `${name} = '${MARK} ${name}'`).join(', ')}`);
  }
  await space.rest('POST', '/rest/companies', { name: `${MARK} twice` }, { 'Idempotency-Key': 'once' });
  const imported = randomUUID();
  await fetch(`${space.url}/rest/companies/import?import=${imported}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${space.key}`, 'Content-Type': 'application/x-ndjson' },
    body: `{"name":"${MARK} imported"}\n`,
  }).then((response) => response.text());
  await space.sql(
    `insert into plinth.model_jobs (workspace_id, kind, table_key, key, name, state)
    values ($1, 'make', '', '', '${MARK}', 'done')`,
    [space.id],
  );
  const hook = await space.rest('POST', '/rest/metadata/webhooks', {
    targetUrl: 'https://hidden.example/x',
    operations: ['hiddenThing.destroyed'],
  });
  const page = await space.rest('GET', '/rest/companies?order_by=name&limit=1');
  const audit = await space.rest('GET', '/rest/metadata/auditLogs?limit=1');
  const ids = {
    object: object.id,
    field: field.id,
    index: index.body.id,
    apiKey: key.body.id,
    role: role.id,
    webhook: hook.body.id,
    audit: audit.body.data[0].id,
    import: imported,
    workspace: space.id,
  };
  return {
    ids,
    records,
    cursors: [
      page.body.pageInfo.endCursor,
      Buffer.from(ids.audit).toString('base64'),
      Buffer.from(ids.object).toString('base64'),
    ],
    names: ['hiddenThing', 'hiddenThings', `${MARK} role`, `${MARK} key`, space.schema, `${MARK} name`],
  };
}

let said = '';

// Asking -------------------------------------------------------------------------------------------------------------

const HOSTILE = [
  "'; drop table companies; --",
  `"; drop table companies; --`,
  "' or '1'='1",
  "\\'; select pg_sleep(9); --",
  '$1',
  '%',
  "'||(select secret_hash from plinth.api_key_tokens limit 1)||'",
  '") union select * from plinth.workspaces --',
  'a\u0000b',
  '${7*7}{{7*7}}',
];

type Way = 'what fits' | 'anything anywhere' | 'SQL in every text';

/** @param as what is said instead of each thing that B has */
function valuesOf(way: Way, space: Space, as: (thing: string) => string): Values {
  /** Always the same for one place, so that both workspaces are asked alike. */
  const chosen = (of: readonly string[], path: readonly string[]) =>
    of[
      createHash('sha256')
        .update(`${way} ${path.join('.')}`)
        .digest()
        .readUInt32BE() % of.length
    ] as string;
  const { ids, records, cursors, names } = treasure;
  const all = [...Object.values(ids), ...Object.values(records)];
  function fitting(path: readonly string[]): string {
    const said = [...path].reverse();
    for (const part of said) {
      const record = Object.keys(records).find((name) => part === `${name}Id`);
      if (record) return records[record] as string;
      const kind = KINDS.find(([pattern]) => pattern.test(part))?.[1];
      if (kind) return ids[kind] as string;
    }
    const operation = (path[0] as string).toLowerCase();
    const name = Object.keys(records).find((each) => operation.includes(each.replace(/y$/, '').toLowerCase()));
    return (name && records[name]) || chosen(all, path);
  }
  return {
    isSparse: way === 'what fits',
    id: (path) => as(way === 'anything anywhere' ? chosen(all, path) : fitting(path)),
    cursor: (path) => as(chosen(cursors, path)),
    text(path) {
      const name = path.at(-1) ?? '';
      if (/subdomain/i.test(name)) return space.name; // of all texts the one that may be nobody else's
      if (way === 'SQL in every text') return chosen(HOSTILE, path);
      if (way === 'anything anywhere') return as(chosen(names, path));
      return /url$/i.test(name)
        ? 'https://hook.example/x'
        : /expires|date|At$/i.test(name)
          ? '2031-01-01'
          : `x${name.replace(/\W/g, '')}`;
    },
  };
}

const KINDS: readonly (readonly [RegExp, keyof Treasure['ids']])[] = [
  [/roles?(Id)?$/i, 'role'],
  [/apiKeys?(Id|Token)?$/i, 'apiKey'],
  [/webhook/i, 'webhook'],
  [/^(actorId|subjectId)$|audit/i, 'audit'],
  [/import$/i, 'import'],
  [/object(MetadataId|s)?$/i, 'object'],
  [/fields?(MetadataIds?)?$/i, 'field'],
  [/index(es|Metadatas)?$/i, 'index'],
];

type Told = { readonly status: number; readonly text: string };

async function ask(space: Space, { method, path, body }: Asked): Promise<Told> {
  const response = await fetch(space.url + path, {
    method,
    headers: {
      Authorization: `Bearer ${space.key}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream');
  return { status: response.status, text: isEndless ? await firstEvent(response) : await response.text() };
}

/** A stream of changes begins by saying where it is; then it waits. */
async function firstEvent(response: Response): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (!text.includes('\n\n')) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  return text.replace(/^id: .*$/m, 'id: <cursor>');
}

/** Objects for whose operations, which are the same for all, one way of asking is as good as another. */
const SOME = /compan|person|people|noteTarget/i;

async function everything(space: Space, way: Way, values: Values): Promise<Asked[]> {
  const read = async (path: string) => (await ask(space, { method: 'GET', path })).text;
  const [core, metadata] = [await read('/graphql/schema.graphql'), await read('/metadata/schema.graphql')];
  const documents = [await read('/rest/open-api/metadata'), await read('/rest/open-api/core')];
  const ofCore = [
    ...graphqlOperations('/graphql', buildSchema(core), values),
    ...restOperations(JSON.parse(documents[1] as string), values),
  ];
  return [
    ...graphqlOperations('/metadata', buildSchema(metadata), values),
    ...restOperations(JSON.parse(documents[0] as string), values),
    ...ofCore.filter((asked) => way === 'what fits' || SOME.test(nameOf(asked))),
  ];
}

/** The root field, or the path. */
function nameOf({ path, body }: Asked): string {
  return path === '/graphql'
    ? (/\{ (\w+)/.exec((body as { query: string }).query)?.[1] as string)
    : (path.split('?')[0] as string);
}

/** What is left of an answer when all is taken out of it that two workspaces never share. */
function comparable({ text }: Told, space: Space, known: ReadonlyMap<string, string>): unknown {
  let plain = text;
  for (const [thing, name] of known) plain = plain.replaceAll(thing, name); // the longest first
  plain = plain
    .replaceAll(NOWHERE, HIDDEN)
    .replaceAll(NOWHERE.toUpperCase(), HIDDEN.toUpperCase())
    .replaceAll(space.schema, '<schema>')
    .replace(new RegExp(space.name, 'gi'), '<workspace>')
    .replace(/plinth_[0-9A-Za-z]{61}/g, '<token>')
    .replace(/whsec_[\w+/=]+/g, '<secret>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, '<time>');
  try {
    return sorted(JSON.parse(plain));
  } catch {
    return plain.split('\n').sort();
  }
}

/** Lists in one order: many are in that of ids, which are others in each workspace. */
function sorted(value: unknown, key = ''): unknown {
  if (/cursor$/i.test(key) && value !== null) return '<cursor>';
  if (Array.isArray(value))
    return value.map((each) => sorted(each)).sort((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sorted(each, name)]));
}

/** Where two answers part, for whoever reads of it. */
function difference(x: unknown, y: unknown): string | null {
  const [one, other] = [JSON.stringify(x), JSON.stringify(y)];
  const at = [...one].findIndex((character, i) => character !== other[i]);
  return at < 0
    ? null
    : `…${one.slice(Math.max(0, at - 100), at + 100)}… but …${other.slice(Math.max(0, at - 20), at + 100)}…`;
}

/** All that there is of a workspace, in its own schema and in the control schema. */
async function dump({ id, schema, sql }: Space): Promise<string> {
  const tables = await sql(
    `select format('%I.%I', n.nspname, c.relname) as name, n.nspname = 'plinth' as "isShared"
     from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and (n.nspname = $1 or n.nspname = 'plinth' and exists (
       select from pg_attribute where attrelid = c.oid and attname = 'workspace_id' and not attisdropped))
     order by 1`,
    [schema],
  );
  const lines: string[] = [];
  for (const { name, isShared } of tables) {
    const where = isShared ? `where workspace_id = '${id}'` : '';
    const rows = await sql(`select to_jsonb(t)::text as row from ${name} as t ${where} order by 1`);
    lines.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  lines.push(
    ...(await sql('select to_jsonb(w)::text as row from plinth.workspaces as w where id = $1', [id])).map(
      ({ row }) => row,
    ),
    ...(
      await sql(
        `select t.id || ' ' || encode(t.secret_hash, 'hex') as row from plinth.api_key_tokens as t
       join plinth.api_keys as k on k.id = t.api_key_id where k.workspace_id = $1 order by 1`,
        [id],
      )
    ).map(({ row }) => row),
    ...(
      await sql(
        `select format('%s %s %s', relname, relacl, relowner) as row from pg_class
        where relnamespace = $1::regnamespace order by 1`,
        [schema],
      )
    ).map(({ row }) => row),
  );
  return lines.join('\n');
}

describe.each<Way>(['what fits', 'anything anywhere', 'SQL in every text'])('every operation, with %s', (way) => {
  test('tells nothing of another workspace, and does nothing to it', { timeout: 240_000 }, async () => {
    const nowhere = new Map<string, string>();
    const elsewhere = (thing: string) => {
      const known = nowhere.get(thing);
      if (known) return known;
      const made = /^[0-9a-f-]{36}$/.test(thing)
        ? randomUUID()
        : treasure.cursors.includes(thing)
          ? cursorOf(thing, elsewhere)
          : thing === b.schema
            ? `ws_${NOWHERE}`
            : thing.replaceAll(HIDDEN, NOWHERE);
      nowhere.set(thing, made);
      return made;
    };
    const before = await dump(b);
    const [here, there] = await Promise.all([
      everything(
        a,
        way,
        valuesOf(way, a, (thing) => thing),
      ),
      everything(twin, way, valuesOf(way, twin, elsewhere)),
    ]);
    expect(here.length).toBe(there.length);
    expect(here.length).toBeGreaterThan(way === 'what fits' ? 400 : 150);
    const told = async (space: Space, all: readonly Asked[]) => {
      const answers: Told[] = [];
      for (const asked of all) answers.push(await ask(space, asked));
      return answers;
    };
    const [ours, theirs] = await Promise.all([told(a, here), told(twin, there)]);

    const things = [
      ...Object.values(treasure.ids),
      ...Object.values(treasure.records),
      ...treasure.names,
      ...treasure.cursors,
    ];
    const byLength = things.toSorted((x, y) => y.length - x.length);
    const inOurs = new Map(byLength.map((thing, i) => [thing, `<${i}>`]));
    const inTheirs = new Map(byLength.map((thing, i) => [elsewhere(thing), `<${i}>`]));
    const wrong = here.flatMap((asked, i) => {
      const [own, other] = [ours[i], theirs[i]] as [Told, Told];
      const sent = JSON.stringify(asked) + decodeURIComponent(asked.path.replaceAll('+', ' '));
      said += sent; // what A calls something by is its own from then on
      const isLeaked = (thing: string) =>
        own.text.includes(thing) && !(thing.includes(HIDDEN) ? said : sent).includes(thing);
      const leaked = [MARK, ...things].filter(isLeaked);
      const isFailure = own.status >= 500 || /INTERNAL_SERVER_ERROR|syntax error at/.test(own.text);
      const [x, y] = [comparable(own, a, inOurs), comparable(other, twin, inTheirs)];
      const isSame = own.status === other.status && JSON.stringify(x) === JSON.stringify(y);
      return leaked.length > 0 || isFailure || !isSame
        ? [{ asked: sent.slice(0, 1_500), leaked, status: [own.status, other.status], different: difference(x, y) }]
        : [];
    });
    expect(wrong.slice(0, 12), `${wrong.length} of ${here.length}`).toEqual([]);
    expect(await dump(b)).toBe(before);
    const [{ count }] = await a.sql(
      `select count(*)::int from pg_tables where schemaname = $1 and tablename = 'companies'`,
      [a.schema],
    );
    expect(count).toBe(1);
    const done = ours.filter(({ status, text }) => status < 300 && !text.startsWith('{"errors"')).length;
    console.info(`${way}: ${here.length} operations, of which ${done} were carried out, none of them on B`);
  });
});

/** The same with another id in it. */
function cursorOf(cursor: string, elsewhere: (thing: string) => string): string {
  const text = Buffer.from(cursor, 'base64').toString();
  return Buffer.from(text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => elsewhere(id))).toString('base64');
}

test('a header is no way in either', { timeout: 60_000 }, async () => {
  const names = [
    'Idempotency-Key',
    'If-Match',
    'If-None-Match',
    'X-Plinth-Workspace',
    'Accept',
    'Origin',
    'X-Forwarded-For',
    'Cookie',
    'User-Agent',
  ];
  const values = [...HOSTILE.slice(0, 4), b.schema, b.name, treasure.ids.apiKey as string, 'once'];
  const before = await dump(b);
  for (const name of names) {
    for (const value of values) {
      for (const path of ['/rest/companies', '/graphql']) {
        const response = await fetch(a.url + path, {
          method: 'POST',
          headers: { Authorization: `Bearer ${a.key}`, 'Content-Type': 'application/json', [name]: value },
          body: path === '/graphql' ? '{"query":"{ companies { totalCount } }"}' : '{"name":"own"}',
        });
        const text = await response.text();
        expect(response.status, `${name}: ${value} → ${text}`).toBeLessThan(500);
        expect(text).not.toContain(MARK);
      }
    }
  }
  expect(await dump(b)).toBe(before);
});

// Tokens -------------------------------------------------------------------------------------------------------------

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** As whoever reads docs/security.md would make one. */
function signed(body: string): string {
  let rest = createHash('sha256').update(body).digest().readUInt32BE();
  let sum = '';
  while (sum.length < 6) {
    sum = DIGITS[rest % 62] + sum;
    rest = Math.floor(rest / 62);
  }
  return body + sum;
}

test('guessed and altered tokens are all refused alike', { timeout: 60_000 }, async () => {
  const url = await beside({ WRONG_TOKEN_LIMIT: 'off' });
  const random = (length: number) => Array.from(randomBytes(length), (byte) => DIGITS[byte % 62]).join('');
  const { key } = b;
  expect(signed(key.slice(0, -6))).toBe(key);
  const idOf = (token: string) => token.slice(7, 19);
  const secretOf = (token: string) => token.slice(19, -6);
  const changed = (at: number, character: string) => key.slice(0, at) + character + key.slice(at + 1);
  const otherThan = (character: string, of: string) => [...of].find((each) => each !== character) as string;
  const tokens = [
    ...Array.from(key, (character, at) => changed(at, otherThan(character, DIGITS))),
    ...Array.from(key, (character, at) => changed(at, otherThan(character, '-_.~+/'))),
    ...Array.from(key, (character, at) =>
      changed(at, character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase()),
    ).filter((token) => token !== key),
    // With a checksum that is right.
    ...Array.from({ length: 55 }, (_, i) =>
      signed(changed(i + 7, otherThan(key[i + 7] as string, DIGITS)).slice(0, -6)),
    ),
    signed(`plinth_${idOf(b.key)}${secretOf(a.key)}`),
    signed(`plinth_${idOf(a.key)}${secretOf(b.key)}`),
    ...Array.from({ length: 20 }, () => signed(`plinth_${idOf(key)}${random(43)}`)),
    ...Array.from({ length: 20 }, () => signed(`plinth_${random(55)}`)),
    ...Array.from({ length: key.length - 1 }, (_, i) => key.slice(0, i + 1)),
    `${key}0`,
    key + key,
    key.slice(7),
    key.toUpperCase(),
    encodeURIComponent(`${key}\u0000`),
    `plinth_${'0'.repeat(61)}`,
    ...HOSTILE.map((text) => text.replace(/[\s\0]/g, '')),
    createHash('sha256').update(key).digest('hex'), // what the database has is not what opens
  ];
  const asked = await Promise.all(
    tokens.map(async (token) => {
      const response = await fetch(`${url}/rest/companies`, { headers: { Authorization: `Bearer ${token}` } });
      return { token, status: response.status, text: await response.text() };
    }),
  );
  const refusal = JSON.stringify({ statusCode: 401, error: 'UNAUTHENTICATED', messages: ['Token invalid.'] });
  expect(asked.filter(({ status, text }) => status !== 401 || text !== refusal)).toEqual([]);
  expect(tokens.length).toBeGreaterThan(300);
});

// Postgres -----------------------------------------------------------------------------------------------------------

test('in psql too, the role of A sees nothing of B', async ({ skip }) => {
  const [role] = await a.sql(
    `select rolname as name, (select rolsuper from pg_roles where rolname = session_user) as "isSuperuser"
     from pg_roles join plinth.workspaces on rolname = role_name where id = $1`,
    [a.id],
  );
  skip(!role.isSuperuser, 'the whole run is by a login role that may give no passwords');
  await a.sql(`alter role ${role.name} password 'of a test'`);
  const url = Object.assign(new URL(inject('databaseUrl')), { username: role.name, password: 'of a test' });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    const tables = await b.sql(`select tablename as name from pg_tables where schemaname = current_schema order by 1`);
    const tried = [
      ...tables.flatMap(({ name }) => [
        `table ${b.schema}.${name}`,
        `delete from ${b.schema}.${name}`,
        `truncate ${b.schema}.${name}`,
        `drop table ${b.schema}.${name}`,
        `copy ${b.schema}.${name} to stdout`,
      ]),
      `set role ${b.schema}`,
      `set session authorization ${b.schema}`,
      `create table ${b.schema}.mine ()`,
      `grant usage on schema ${b.schema} to ${role.name}`,
      `alter role ${b.schema} password 'x'`,
      `alter schema ${b.schema} rename to mine`,
      `comment on schema ${b.schema} is 'mine'`,
      'table plinth.workspaces',
      'table plinth.api_key_tokens',
      'table plinth.audit_log',
      "insert into plinth.rate_limits values ('x', 1, now())",
      'create table plinth.mine ()',
      'table graphile_worker._private_jobs',
      "copy (select 1) to program 'id'",
      "select pg_read_file('/etc/passwd')",
      'create role mine',
    ];
    const wrong: string[] = [];
    for (const text of tried) {
      const code = await client.query(text).then(
        () => 'done',
        (error) => error.code,
      );
      if (code !== '42501') wrong.push(`${text} → ${code}`);
    }
    expect(wrong).toEqual([]);
    const seen = await client.query('select distinct table_schema as name from information_schema.tables');
    // A schema that another test has opened to everybody is no business of this one.
    const ours = seen.rows.map(({ name }) => name).filter((name) => /^(ws_|plinth|graphile)/.test(name));
    expect(ours).toEqual([a.schema]);
    await client.query(`select from ${a.schema}.companies`); // its own is all there
  } finally {
    await client.end();
    await a.sql(`alter role ${role.name} password null`);
  }
});
