/** A write that is sent again under the same Idempotency-Key has happened once, and is answered alike. */

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createKey } from '../../server/access/keys.ts';
import { type Answer, server, workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;
type Sent = { readonly method: string; readonly path: string; readonly body?: unknown };

const REPLAYED = 'Idempotent-Replayed';
const create = (name: string): Sent => ({ method: 'POST', path: '/rest/companies', body: { name } });

function send({ rest }: Workspace, key: string, { method, path, body }: Sent): Promise<Answer> {
  return rest(method, path, body, { 'Idempotency-Key': key });
}

async function one({ rest }: Workspace, name: string): Promise<string> {
  return (await rest('POST', '/rest/companies', { name })).body.data.createCompany.id;
}

function count({ sql }: Workspace): Promise<number> {
  return sql('select count(*)::int as count from companies').then(([row]) => row.count);
}

describe('the same request again', () => {
  const UPDATE = { employees: 7 };
  const many = (id: string) => `/rest/companies?filter=id[in]:["${id}"]`;
  test.each<[string, (id: string) => Sent]>([
    ['POST', () => create('a')],
    [
      'POST of a batch',
      () => ({ method: 'POST', path: '/rest/batch/companies', body: [{ name: 'a' }, { name: 'b' }] }),
    ],
    ['PATCH', (id) => ({ method: 'PATCH', path: `/rest/companies/${id}`, body: UPDATE })],
    ['PUT', (id) => ({ method: 'PUT', path: `/rest/companies/${id}`, body: UPDATE })],
    ['PATCH of many', (id) => ({ method: 'PATCH', path: many(id), body: UPDATE })],
    ['DELETE', (id) => ({ method: 'DELETE', path: `/rest/companies/${id}` })],
    ['DELETE of many', (id) => ({ method: 'DELETE', path: many(id) })],
    ['soft DELETE', (id) => ({ method: 'DELETE', path: `/rest/companies/${id}?soft_delete=true` })],
    [
      'a GraphQL mutation',
      () => ({
        method: 'POST',
        path: '/graphql',
        body: {
          query: 'mutation ($name: String) { createCompany(data: { name: $name }) { id name createdAt } }',
          variables: { name: 'a' },
        },
      }),
    ],
  ])('is answered alike and does nothing: %s', async (_name, request) => {
    const space = await workspace();
    const sent = request(await one(space, 'there'));
    const first = await send(space, 'k1', sent);
    expect([first.status, first.body.errors]).toEqual([expect.toBeOneOf([200, 201]), undefined]);
    expect(first.headers.get(REPLAYED)).toBeNull();
    const rows = await space.sql('select xmin, * from companies order by id');
    const again = await send(space, 'k1', sent);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get(REPLAYED)).toBe('true');
    expect(await space.sql('select xmin, * from companies order by id')).toEqual(rows);
  });

  test('is done again without a key, or under another one', async () => {
    const space = await workspace();
    for (const key of ['a', 'b']) expect((await send(space, key, create('x'))).headers.get(REPLAYED)).toBeNull();
    await space.rest('POST', '/rest/companies', { name: 'x' });
    await space.rest('POST', '/rest/companies', { name: 'x' });
    expect(await count(space)).toBe(4);
  });

  test('is one, however often it is sent at the same moment', async () => {
    const space = await workspace();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(space, key, create('x'))));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(answers.filter(({ headers }) => headers.get(REPLAYED) === null)).toHaveLength(1);
    expect(await count(space)).toBe(1);
  });

  test('waits for the first, and takes its place where that fails', async () => {
    const space = await workspace();
    await space.sql(`
      create sequence attempts;
      create function first_fails() returns trigger language plpgsql as $$
        begin
          if nextval('attempts') = 1 then perform pg_sleep(0.3); raise exception 'no'; end if;
          return new;
        end $$;
      alter function first_fails() security definer set search_path from current;
      create trigger first_fails before insert on companies for each row execute function first_fails()`);
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(space, 'k', create('x'))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 400]);
    expect(answers.filter(({ headers }) => headers.get(REPLAYED) === 'true')).toHaveLength(2);
    expect(await count(space)).toBe(1);
  });

  test('is of one API key: others have keys of their own', async () => {
    const space = await workspace();
    const { database } = await server();
    const { token } = await database.asOwner((client) => createKey(client, space.id, 'second'));
    await send(space, 'k', create('x'));
    const other = await space.rest(
      'POST',
      '/rest/companies',
      { name: 'y' },
      {
        'Idempotency-Key': 'k',
        Authorization: `Bearer ${token}`,
      },
    );
    expect([other.status, other.headers.get(REPLAYED)]).toEqual([201, null]);
    expect(await count(space)).toBe(2);
  });

  test('reads what is there now, where it only reads', async () => {
    const space = await workspace();
    const query = { method: 'POST', path: '/graphql', body: { query: '{ companies { totalCount } }' } };
    const list = { method: 'GET', path: '/rest/companies' };
    for (const total of [0, 1]) {
      expect((await send(space, 'q', query)).body).toEqual({ data: { companies: { totalCount: total } } });
      expect((await send(space, 'l', list)).body.totalCount).toBe(total);
      await one(space, 'x');
    }
  });
});

describe('another request under a used key', () => {
  test.each<[string, Sent]>([
    ['another body', create('b')],
    ['another path', { ...create('a'), path: '/rest/people' }],
    ['another query', { ...create('a'), path: '/rest/companies?depth=1' }],
  ])('is refused: %s', async (_name, other) => {
    const space = await workspace();
    await send(space, 'k', create('a'));
    const { status, body, headers } = await send(space, 'k', other);
    expect([status, body.error, headers.get(REPLAYED)]).toEqual([409, 'ConflictException', null]);
    expect(body.messages[0]).toMatch(/Idempotency-Key/);
    expect(await count(space)).toBe(1);
  });

  test('is refused: another method', async () => {
    const space = await workspace();
    const path = `/rest/companies/${await one(space, 'a')}`;
    await send(space, 'k', { method: 'PATCH', path, body: { name: 'b' } });
    expect((await send(space, 'k', { method: 'DELETE', path })).status).toBe(409);
    expect(await count(space)).toBe(1);
  });

  test('is refused in GraphQL with CONFLICT', async () => {
    const space = await workspace();
    const mutation = (name: string) => ({
      method: 'POST',
      path: '/graphql',
      body: { query: `mutation { createCompany(data: { name: "${name}" }) { id } }` },
    });
    await send(space, 'k', mutation('a'));
    const { body } = await send(space, 'k', mutation('b'));
    expect(body.errors).toMatchObject([{ extensions: { code: 'CONFLICT', subCode: 'IDEMPOTENCY_KEY_REUSED' } }]);
    expect(await count(space)).toBe(1);
  });
});

test('a refused request stores nothing: its key can be used for the corrected one', async () => {
  const space = await workspace();
  const bad = { ...create('a'), body: { name: 'a', employees: 'many' } };
  const taken = { ...create('a'), body: { domainName: { primaryLinkUrl: 'a.test' } } };
  await space.rest('POST', taken.path, taken.body);
  expect((await send(space, 'k', bad)).status).toBe(400);
  expect((await send(space, 'k', taken)).status).toBe(400);
  expect((await send(space, 'k', { method: 'DELETE', path: `/rest/companies/${randomUUID()}` })).status).toBe(404);
  expect(
    await space.sql(
      'select from plinth.idempotent_answers where key = $1 and caller_id in (select id from plinth.api_keys where workspace_id = $2)',
      ['k', space.id],
    ),
  ).toEqual([]);
  expect((await send(space, 'k', create('a'))).status).toBe(201);
});

test('of several root fields, one that failed is answered as it was, and the others are not written again', async () => {
  const space = await workspace();
  const half = {
    method: 'POST',
    path: '/graphql',
    body: {
      query:
        'mutation { a: createCompany(data: { name: "a" }) { name } b: createCompany(data: { id: "no" }) { name } }',
    },
  };
  const first = await send(space, 'k', half);
  expect(first.body).toMatchObject({ data: { a: { name: 'a' }, b: null }, errors: [{ path: ['b'] }] });
  const again = await send(space, 'k', half);
  expect([again.body, again.headers.get(REPLAYED)]).toEqual([first.body, 'true']);
  expect(await count(space)).toBe(1);
});

test('a key is 1 to 255 printable characters', async () => {
  const space = await workspace();
  for (const [key, status] of [
    ['', 400],
    ['x'.repeat(256), 400],
    ['caf\u00e9', 400],
    ['x'.repeat(255), 201],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', 201],
  ] as const) {
    expect([key, (await send(space, key, create('a'))).status]).toEqual([key, status]);
  }
});

test('after 24 hours a key is a new one, and later writes delete what has expired', async () => {
  const space = await workspace();
  const mine = 'caller_id in (select id from plinth.api_keys where workspace_id = $1)';
  for (let i = 0; i < 15; i++) await send(space, `k${i}`, create('x'));
  const age = (hours: number) =>
    space.sql(`update plinth.idempotent_answers set created_at = now() - make_interval(hours => $2) where ${mine}`, [
      space.id,
      hours,
    ]);
  await age(23);
  expect((await send(space, 'k0', create('x'))).headers.get(REPLAYED)).toBe('true');
  await age(25);
  expect((await send(space, 'k0', create('x'))).headers.get(REPLAYED)).toBeNull();
  await send(space, 'k1', create('x'));
  expect(await count(space)).toBe(17);
  const left = () => space.sql(`select key from plinth.idempotent_answers where ${mine} order by key`, [space.id]);
  // Other files' writes tidy up too.
  await expect.poll(left).toEqual([{ key: 'k0' }, { key: 'k1' }]);
});

test('an answer that is too large is not kept, but its request is not done again', async () => {
  const space = await workspace();
  const body = Array.from({ length: 60 }, () => ({ name: 'x'.repeat(20_000) }));
  const batch = { method: 'POST', path: '/rest/batch/companies', body };
  expect((await send(space, 'k', batch)).status).toBe(201);
  const again = await send(space, 'k', batch);
  expect([again.status, again.body.messages[0]]).toEqual([409, expect.stringContaining('too large')]);
  expect(await count(space)).toBe(60);
});
