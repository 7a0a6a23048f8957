/**
 * What keys ask of the APIs, and how much of it fails: counted exactly, by however many processes, with no write per
 * request.
 */

import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { Database } from '../../db/pool.ts';
import { createKey } from '../../server/access/keys.ts';
import { forgetOldUsage, openUsage } from '../../server/access/usage.ts';
import { beside, server, workspace } from '../fixture.ts';
import { serve } from '../server-process.ts';

type Space = Awaited<ReturnType<typeof workspace>>;

const log = pino({ level: 'silent' });
const PATIENCE = { timeout: 20_000, interval: 100 };

/** With a second key, by which the usage is read, so that reading it changes nothing of the first. */
async function watched() {
  const space = await workspace();
  const [key] = (await space.rest('GET', '/rest/metadata/apiKeys')).body.data;
  const { id, token } = await anotherKey(space, 'Watcher');
  const watcher = space.as({ Authorization: `Bearer ${token}` });
  return { space, keyId: key.id as string, watcherId: id, watcher };
}

async function anotherKey(space: Space, name: string) {
  const { database } = await server();
  return database.asOwner((client) => createKey(client, space.id, name));
}

async function usageOf({ watcher }: Pick<Awaited<ReturnType<typeof watched>>, 'watcher'>, keyId: string): Promise<any> {
  const { body } = await watcher.rest('GET', '/rest/metadata/apiUsage');
  return body.keys.find(({ id }: any) => id === keyId);
}

const counts = (requests: number, clientErrors = 0, serverErrors = 0) => ({ requests, clientErrors, serverErrors });

describe('counted exactly', () => {
  test('requests and errors of two keys, by API', async () => {
    const it = await watched();
    const { space, keyId, watcher, watcherId } = it;
    const other = await anotherKey(space, 'Other');
    const { rest } = space;
    const graphql = async (path: string, query: string) => (await rest('POST', path, { query })).body;
    const { rest: otherRest } = space.as({ Authorization: `Bearer ${other.token}` });
    // What fails for the server's part: a table that raises what nobody knows.
    await space.sql(`create function broken() returns trigger language plpgsql as $$
      begin if new.name = 'broken' then raise exception 'x' using errcode = 'XX001'; end if; return new; end $$`);
    await space.sql('create trigger broken before insert on companies for each row execute function broken()');

    await Promise.all(Array.from({ length: 7 }, () => rest('GET', '/rest/companies?limit=1')));
    expect((await rest('GET', `/rest/companies/${randomUUID()}`)).status).toBe(404);
    expect((await rest('GET', '/rest/companies?filter=name[is]:1')).status).toBe(400);
    expect((await rest('POST', '/rest/companies', { name: 'broken' })).status).toBe(500);
    await Promise.all(Array.from({ length: 3 }, () => graphql('/graphql', '{ companies { totalCount } }')));
    expect((await graphql('/graphql', '{ nothing }')).errors).toHaveLength(1);
    const broken = 'mutation { createCompany(data: { name: "broken" }) { id } }';
    expect((await graphql('/graphql', broken)).errors).toHaveLength(1);
    await rest('GET', '/rest/metadata/objects');
    expect((await rest('GET', `/rest/metadata/objects/${randomUUID()}`)).status).toBe(404);
    await rest('GET', '/rest/webhooks');
    await graphql('/metadata', '{ objects { totalCount } }');
    await graphql('/metadata', '{ object(id: "x") { id } }');
    await Promise.all(Array.from({ length: 5 }, () => otherRest('GET', '/rest/people')));

    // Its very first request asked for the keys.
    await expect
      .poll(() => usageOf(it, keyId), PATIENCE)
      .toMatchObject({
        ...counts(21, 5, 2),
        apis: [
          { api: 'GRAPHQL_CORE', ...counts(5, 1, 1) },
          { api: 'GRAPHQL_METADATA', ...counts(2, 1) },
          { api: 'REST_CORE', ...counts(10, 2, 1) },
          { api: 'REST_METADATA', ...counts(4, 1) },
        ],
      });
    await expect.poll(() => usageOf(it, other.id), PATIENCE).toMatchObject({ name: 'Other', ...counts(5) });
    const usage = await usageOf(it, keyId);
    expect(usage.buckets.reduce((sum: number, { requests }: any) => sum + requests, 0)).toBe(21);
    expect(usage.buckets.length).toBeLessThanOrEqual(2); // the hour may have changed meanwhile
    const query = `query ($input: ApiUsageInput!) { apiUsage(input: $input) { keys {
      id name revokedAt requests clientErrors serverErrors buckets { start requests clientErrors serverErrors }
      apis { api requests clientErrors serverErrors } } } }`;
    const { apiUsage } = await watcher.metadata(query, { input: { apiKeyId: keyId } });
    expect(apiUsage.keys).toEqual([usage]);
    const ofApi = await watcher.metadata(query, { input: { api: 'GRAPHQL_CORE' } });
    expect(ofApi.apiUsage.keys).toMatchObject([{ id: keyId, ...counts(5, 1, 1) }]);
    expect(await usageOf(it, watcherId)).toMatchObject({ name: 'Watcher', clientErrors: 0 });
  });

  test('what was refused for its rate', async () => {
    const it = await watched();
    const url = await beside({ RATE_LIMIT: '2' });
    const ask = () => fetch(`${url}/rest/companies`, { headers: { Authorization: `Bearer ${it.space.key}` } });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    const refused = answers.filter(({ status }) => status === 429).length;
    expect(refused).toBeGreaterThan(0);
    await expect.poll(() => usageOf(it, it.keyId), PATIENCE).toMatchObject(counts(21, refused));
  });

  test('operations over WebSocket', async () => {
    const it = await watched();
    const client = createClient({
      url: `${it.space.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${it.space.key}` },
      lazy: false,
    });
    const ask = (query: string) =>
      new Promise((settle) => {
        client.subscribe({ query }, { next: settle, error: settle, complete: () => settle(null) });
      });
    await ask('{ companies { totalCount } }');
    await ask('{ nothing }');
    await ask('mutation { deleteCompany(id: "6d9d2f66-6f0f-4f0e-9a58-0a1c3e9f3a11") { id } }');
    await client.dispose();
    await expect
      .poll(async () => (await usageOf(it, it.keyId)).apis, PATIENCE)
      .toContainEqual({ api: 'GRAPHQL_CORE', ...counts(3, 2) });
  });

  test('by two processes together, one of which stops', { timeout: 120_000 }, async () => {
    const it = await watched();
    const [going, staying] = await Promise.all([serve(512), serve(512)]);
    const ask = (url: string, path: string) =>
      fetch(url + path, { headers: { Authorization: `Bearer ${it.space.key}` } }).then((answer) => answer.text());
    await Promise.all(
      [going, staying].flatMap(({ url }) => [
        ...Array.from({ length: 30 }, () => ask(url, '/rest/companies?limit=1')),
        ...Array.from({ length: 10 }, () => ask(url, '/rest/nothing')),
      ]),
    );
    await going.stop('SIGTERM');
    await expect.poll(() => usageOf(it, it.keyId), PATIENCE).toMatchObject(counts(81, 20));
    await staying.stop('SIGTERM');
  });
});

describe('told', () => {
  /** A database that only counts, and fails as often as it is told to. */
  function counting(failures: number) {
    const told: string[] = [];
    const database = {
      async asOwner(run: (client: unknown) => unknown) {
        if (failures-- > 0) throw new Error('away');
        return run({ rows: async () => told.push('statement') });
      },
    } as unknown as Database;
    return { database, told };
  }

  test('in one statement, however many requests there were', async () => {
    const { database, told } = counting(0);
    const usage = openUsage({ database, log });
    for (let i = 0; i < 1_000; i++) usage.count({ apiKey: { id: randomUUID(), name: 'x' } }, 'REST_CORE')(200);
    await usage.stop();
    expect(told).toHaveLength(1);
  });

  test('later, where the database was away', async () => {
    const { database, told } = counting(1);
    const usage = openUsage({ database, log });
    usage.count({ apiKey: { id: randomUUID(), name: 'x' } }, 'REST_CORE');
    await usage.stop();
    expect(told).toHaveLength(0);
    await usage.stop();
    expect(told).toHaveLength(1);
  });

  test('without the keys that are gone, whose workspace was deleted', async () => {
    const it = await watched();
    const { database } = await server();
    const usage = openUsage({ database, log });
    usage.count({ apiKey: { id: randomUUID(), name: 'gone' } }, 'REST_CORE');
    usage.count({ apiKey: { id: it.keyId, name: 'here' } }, 'GRAPHQL_METADATA');
    await usage.stop();
    await expect.poll(() => usageOf(it, it.keyId), PATIENCE).toMatchObject(counts(2));
  });
});

describe('read', () => {
  /** So many requests in the hours that begin then. */
  async function used({ space, keyId }: Awaited<ReturnType<typeof watched>>, hours: Record<string, number>) {
    for (const [hour, requests] of Object.entries(hours))
      await space.sql(
        `insert into plinth.api_usage (api_key_id, hour, api, requests, client_errors)
        values ($1, $2, 'REST_CORE', $3, 1)`,
        [keyId, hour, requests],
      );
  }

  test('by hours or days of a zone, from the beginning of the first', async () => {
    const it = await watched();
    await used(it, {
      '2026-03-01T15:00:00Z': 1,
      '2026-03-01T16:00:00Z': 2,
      '2026-03-02T15:00:00Z': 4,
      '2026-03-02T16:00Z': 8,
    });
    const read = async (query: string) => {
      const { status, body } = await it.watcher.rest('GET', `/rest/metadata/apiUsage?${query}`);
      expect(status).toBe(200);
      return [body.from, ...(body.keys[0]?.buckets ?? []).map(({ start, requests }: any) => `${start} ${requests}`)];
    };
    expect(await read('from=2026-03-01T16:30:00Z&to=2026-03-02T16:00:00Z')).toEqual([
      '2026-03-01T16:00:00.000Z',
      '2026-03-01T16:00:00.000Z 2',
      '2026-03-02T15:00:00.000Z 4',
    ]);
    expect(
      await read('from=2026-03-01T16:30:00Z&to=2026-03-03T00:00:00Z&granularity=DAY&timeZone=Asia/Taipei'),
    ).toEqual(['2026-03-01T16:00:00.000Z', '2026-03-01T16:00:00.000Z 6', '2026-03-02T16:00:00.000Z 8']);
    expect(await read('from=2026-03-01T16:30:00Z&to=2026-03-02T16:00:01Z&granularity=DAY')).toEqual([
      '2026-03-01T00:00:00.000Z',
      '2026-03-01T00:00:00.000Z 3',
      '2026-03-02T00:00:00.000Z 12',
    ]);
    expect(await read('from=2025-03-01T16:30:00Z&to=2025-03-02T16:00:01Z')).toEqual(['2025-03-01T16:00:00.000Z']);
  });

  test.each([
    ['a moment that is none', 'from=yesterday', 'from: "yesterday" is not a date'],
    ['a time that runs backwards', 'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'from is after to'],
    ['more than 1,000 hours', 'from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z', 'at most 1000 HOURs'],
    ['a zone that is none', 'timeZone=Middle/Earth', "Time zone 'Middle/Earth' is unknown"],
    ['a granularity that is none', 'granularity=WEEK', 'granularity'],
    ['a key that is none', 'apiKeyId=x', 'Invalid UUID'],
    ['what there is not', 'colour=red', 'property colour should not exist'],
  ])('%s is refused', async (_what, query, message) => {
    const { rest } = await workspace();
    const { status, body } = await rest('GET', `/rest/metadata/apiUsage?${query}`);
    expect([status, body.messages[0]]).toEqual([400, expect.stringContaining(message)]);
  });

  test('with API_KEYS_AND_WEBHOOKS, in one workspace, for as long as it is kept', async () => {
    const [it, other] = [await watched(), await watched()];
    const { database } = await server();
    const hour = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    await used(it, { [hour(10)]: 1, [hour(20)]: 1 });
    const [member] = await it.space.sql(`select id from plinth.roles where workspace_id = $1 and label = 'Member'`, [
      it.space.id,
    ]);
    const { token } = await database.asOwner((client) => createKey(client, it.space.id, 'x', { roleId: member.id }));
    const limited = it.space.as({ Authorization: `Bearer ${token}` });
    expect((await limited.rest('GET', '/rest/metadata/apiUsage')).status).toBe(403);
    expect((await limited.metadataRefused('{ apiUsage { to } }')).extensions.code).toBe('FORBIDDEN');
    const { body } = await other.watcher.rest('GET', `/rest/metadata/apiUsage?apiKeyId=${it.keyId}`);
    expect(body.keys).toEqual([]);
    const path = `/rest/metadata/apiUsage?from=${hour(30)}&granularity=DAY&apiKeyId=${it.keyId}&api=REST_CORE`;
    expect((await it.watcher.rest('GET', path)).body.keys).toMatchObject([counts(2, 2)]);
    await forgetOldUsage(database, 15);
    expect((await it.watcher.rest('GET', path)).body.keys).toMatchObject([counts(1, 1)]);
  });
});
