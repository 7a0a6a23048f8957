/** One workspace asks for more than the server can do; another is answered as if it were alone. */

import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { createKey } from '../server/access/keys.ts';
import { beside, server, workspace } from './fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Holds what a statement locks until the test is over. */
async function locked(space: Workspace, statement: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  closing.push(() => client.end());
  await client.query(`begin; set local search_path to ${pg.escapeIdentifier(space.schema)}`);
  await client.query(statement, values);
}

/**
 * Whoever reads companies waits until the test is over: a policy takes a lock that the test holds. To lock the table
 * would keep its model from being read, too.
 */
async function heldCompanies(): Promise<Workspace> {
  const space = await workspace();
  await space.rest('POST', '/rest/companies', { name: 'one' });
  await space.sql(`
    create function held() returns boolean language plpgsql as $$
      begin perform pg_advisory_xact_lock_shared(hashtext('${space.schema}')); return true; end $$;
    alter table companies enable row level security;
    create policy held on companies using (held())`);
  await locked(space, 'select pg_advisory_xact_lock(hashtext($1))', [space.schema]);
  return space;
}

/** A request that is broken off when the test is over. */
function sent({ key, url }: Pick<Workspace, 'key' | 'url'>, method: string, path: string, body?: object) {
  const client = new AbortController();
  closing.push(() => client.abort());
  const answer = fetch(url + path, {
    method,
    signal: client.signal,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  answer.catch(() => undefined);
  return { answer, hangUp: () => client.abort() };
}

/** So many requests that hang: as many as its share is run, and all others wait. */
async function flooded(requests: number) {
  const space = await heldCompanies();
  const at = { ...space, url: await beside({ MAX_REQUESTS_IN_FLIGHT: 'off' }) };
  const body = { query: '{ companies { totalCount } }' };
  const answers = Array.from({ length: requests }, () => sent(at, 'POST', '/graphql', body).answer);
  await untilWaiting(space, 3);
  return { space, answers };
}

/** So many statements of this file's server wait for companies, or more. */
async function untilWaiting({ sql }: Workspace, atLeast: number): Promise<void> {
  const { application } = await server();
  const waiting = async () => {
    const rows = await sql(
      `select from pg_locks join pg_stat_activity using (pid)
       where not granted and application_name = $1 and locktype = 'advisory'`,
      [application],
    );
    return rows.length;
  };
  await expect.poll(waiting, { timeout: 10_000, interval: 20 }).toBeGreaterThanOrEqual(atLeast);
}

const BUSY = {
  message: expect.stringContaining('busy'),
  extensions: expect.objectContaining({ code: 'TOO_MANY_REQUESTS', subCode: 'WORKSPACE_BUSY' }),
};

describe('a workspace whose reads hang', () => {
  test('has its share of the connections, and no more', async () => {
    const other = await workspace();
    await other.gql('{ companies { totalCount } }');
    await flooded(100);
    const answers = await Promise.all([
      other.rest('GET', '/rest/companies'),
      other.rest('POST', '/rest/companies', { name: 'x' }),
      other.rest('GET', '/rest/metadata/objects'),
      other.rest('GET', '/rest/metadata/drift'),
      other.rest('GET', '/readyz'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 200, 200, 200]);
  });

  test('is told that it is busy, in each API, and its neighbour is not', async () => {
    const other = await workspace();
    const { space, answers } = await flooded(310);
    expect((await Promise.race(answers)).status).toBe(503); // the line is full, and whoever comes then is refused at once
    const rest = await space.rest('GET', '/rest/people');
    expect(rest).toMatchObject({ status: 503, body: { messages: [expect.stringContaining('busy')] } });
    expect(rest.headers.get('Retry-After')).toBe('1');
    const core = await space.rest('POST', '/graphql', { query: '{ people { totalCount } }' });
    expect(core).toMatchObject({ status: 503, body: { errors: [BUSY] } });
    expect(core.headers.get('Retry-After')).toBe('1');
    expect(await overWebSocket(space, '{ people { totalCount } }')).toMatchObject({ errors: [BUSY] });
    expect((await other.rest('GET', '/rest/people')).status).toBe(200);
    // Its metadata and its key need none of these connections.
    expect((await space.rest('GET', '/rest/metadata/objects')).status).toBe(200);
  });
});

describe('a workspace whose changes hang', () => {
  test('keeps nobody else from changes, drift, or being known', async () => {
    const [space, other] = [await workspace(), await workspace()];
    await locked(space, 'select from plinth.workspaces where id = $1 for update', [space.id]);
    const restoring = Array.from({ length: 30 }, () => sent(space, 'POST', '/rest/metadata/drift/restore').answer);
    for (let i = 0; i < 10; i++) sent(space, 'POST', '/rest/metadata/objects', object(`thing${i}`));
    const refused = await Promise.race(restoring);
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '1']);
    expect(((await refused.json()) as any).messages[0]).toContain('busy');
    const fresh = await newKey(other);
    const answers = await Promise.all([
      fresh.rest('GET', '/rest/companies'),
      other.rest('GET', '/rest/metadata/drift'),
      other.rest('GET', '/rest/metadata/apiKeys'),
      other.rest('POST', '/rest/metadata/objects', object('rocket')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 201]);
    expect(await space.metadataRefused('{ modelDrift { place } }')).toMatchObject(BUSY);
  });
});

test('a key whose row others hold is known all the same', async () => {
  const space = await workspace();
  const { rest, id } = await newKey(space);
  await locked(space, 'select from plinth.api_key_tokens where api_key_id = $1 for update', [id]);
  expect((await rest('GET', '/rest/companies')).status).toBe(200);
});

describe('requests in flight', () => {
  test('of a key are bounded, and those that end make room, however they end', async () => {
    const space = await heldCompanies();
    const at = { ...space, url: await beside({ MAX_REQUESTS_IN_FLIGHT: '3' }) };
    const ask = async (path = '/rest/metadata/apiKeys') => {
      const answer = await sent(at, 'GET', path).answer;
      return { status: answer.status, retryAfter: answer.headers.get('Retry-After'), text: await answer.text() };
    };
    overWebSocket(at, '{ companies { totalCount } }').catch(() => undefined);
    await untilWaiting(space, 1);
    const streams = [1, 2].map(() => sent(at, 'GET', '/rest/people/changes'));
    for (const { answer } of streams) expect((await answer).status).toBe(200);
    expect(await ask()).toMatchObject({ status: 429, retryAfter: '1', text: expect.stringContaining('3 requests') });
    expect(await overWebSocket(at, '{ people { totalCount } }')).toMatchObject({
      errors: [{ extensions: { subCode: 'TOO_MANY_IN_FLIGHT' } }],
    });
    const metadata = await fetch(`${at.url}/metadata`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${space.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: '{ objects { totalCount } }' }),
    });
    expect(metadata.status).toBe(429);
    // Another key of the same workspace has a bound of its own.
    const { key } = await newKey(space);
    expect((await sent({ ...at, key }, 'GET', '/rest/metadata/objects').answer).status).toBe(200);
    streams[0]?.hangUp();
    await expect.poll(async () => (await ask()).status, { timeout: 5_000, interval: 20 }).toBe(200);
    for (let i = 0; i < 5; i++) expect((await ask('/rest/metadata/nothing')).status).toBe(404);
  });
});

function object(name: string) {
  return { nameSingular: name, namePlural: `${name}s`, labelSingular: name, labelPlural: `${name}s` };
}

async function newKey(space: Workspace) {
  const { database } = await server();
  const { id, token } = await database.transaction((client) => createKey(client, space.id, 'another'));
  return { id, key: token, ...space.as({ Authorization: `Bearer ${token}` }) };
}

/** The first answer of an operation; the connection is closed when the test is over. */
function overWebSocket({ url, key }: Pick<Workspace, 'url' | 'key'>, query: string): Promise<object> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  closing.push(() => client.dispose());
  return new Promise((next, error) => {
    client.subscribe(
      { query },
      {
        next: next as () => void,
        error: (reason) => (Array.isArray(reason) ? next({ errors: reason }) : error(reason)),
        complete: () => undefined,
      },
    );
  });
}
