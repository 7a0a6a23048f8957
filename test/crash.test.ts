/**
 * Processes that are killed: the server in the middle of batches, PostgreSQL under the server. Nothing partial is left.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Embedded, startEmbedded } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { openDatabase } from '../db/pool.ts';
import { createWorkspace, deleteWorkspace, type NewWorkspace } from '../server/changes/workspaces.ts';
import { wayTo } from './network.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const log = pino({ level: 'silent' });

const BATCH = 60;
const LANES = 4;
// After the first answer of each life of the server.
const KILL_AFTER_MS = [0, 40, 110];

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL'); // of a test that failed
});

/** A server process on a free port; its connections are found in PostgreSQL by `application`. */
async function serve(databaseUrl: string) {
  const application = `crash-${randomBytes(4).toString('hex')}`;
  const url = new URL(databaseUrl);
  url.searchParams.set('application_name', application);
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      PORT: '0',
      PLINTH_DEMO: 'off',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'fatal',
      DATABASE_URL: url.href,
    },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const printed = () => /Plinth is at (\S+)/.exec(text)?.[1] ?? (child.exitCode === null ? null : text);
  await expect.poll(printed, { timeout: 15_000, interval: 20 }).toMatch(/^http/);
  return {
    url: printed() as string,
    application,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop(signal: NodeJS.Signals) {
      child.kill(signal);
      return exited;
    },
  };
}

type Served = Awaited<ReturnType<typeof serve>>;

async function on<T>(databaseUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/**
 * What there is to do with a workspace of a server that may be gone: the status, or null where nothing was answered.
 */
function clientOf({ apiKey }: NewWorkspace) {
  async function send({ url }: Served, method: string, path: string, body?: unknown): Promise<number | null> {
    const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
    try {
      const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null;
    }
  }
  const batch = Array.from({ length: BATCH }, (_, i) => ({ name: `c${i}` }));
  return {
    send,
    read: (served: Served) => send(served, 'GET', '/rest/companies?limit=1'),
    write: (served: Served) => send(served, 'POST', '/rest/batch/companies', batch),
  };
}

async function makeWorkspace(databaseUrl: string): Promise<NewWorkspace> {
  const database = openDatabase({ url: databaseUrl, poolSize: 1, statementTimeoutMs: 10_000, log });
  const made = await createWorkspace(database, { name: `crash${randomBytes(4).toString('hex')}` });
  await database.end();
  return made;
}

/** How many records there are, once nobody writes any more. */
async function count(databaseUrl: string, { application }: Served, { schema }: NewWorkspace): Promise<number> {
  return on(databaseUrl, async (client) => {
    const isActive = 'select from pg_stat_activity where application_name = $1';
    await expect.poll(async () => (await client.query(isActive, [application])).rowCount, { timeout: 30_000 }).toBe(0);
    const { rows } = await client.query(`select count(*)::int from ${schema}.companies`);
    return rows[0].count;
  });
}

describe('with a server', () => {
  const databaseUrl = inject('databaseUrl');
  let space: NewWorkspace;

  beforeAll(async () => {
    space = await makeWorkspace(databaseUrl);
    // A batch takes some 60 ms then, so that kills fall into it, and not always between two.
    await on(databaseUrl, (client) =>
      client.query(`
        create function ${space.schema}.slow() returns trigger language plpgsql as
          $$ begin perform pg_sleep(0.001); return new; end $$;
        create trigger slow before insert
        on ${space.schema}.companies for each row execute function ${space.schema}.slow()`),
    );
  });
  afterAll(async () => {
    const database = openDatabase({ url: databaseUrl, poolSize: 1, statementTimeoutMs: 10_000, log });
    await deleteWorkspace(database, space.name);
    await database.end();
  });

  test('killed in the middle of batches: each is there as a whole or not at all', { timeout: 120_000 }, async () => {
    const { write, read } = clientOf(space);
    let answered = 0;
    let cut = 0;
    for (const killAfterMs of KILL_AFTER_MS) {
      const served = await serve(databaseUrl);
      expect(await read(served)).toBe(200);
      const first = Promise.withResolvers<void>();
      const lanes = Array.from({ length: LANES }, async () => {
        for (;;) {
          if ((await write(served)) !== 201) break;
          answered++;
          first.resolve();
        }
        cut++;
      });
      await first.promise;
      await wait(killAfterMs);
      expect(await served.stop('SIGKILL')).toBeNull();
      await Promise.all(lanes);
      const there = await count(databaseUrl, served, space);
      expect(there % BATCH).toBe(0);
      // What was answered is there; of what was cut off, each may have come to its end.
      expect(there / BATCH).toBeGreaterThanOrEqual(answered);
      expect(there / BATCH).toBeLessThanOrEqual(answered + cut);
    }
    expect(cut).toBe(LANES * KILL_AFTER_MS.length);
  });

  test('whose connections are ended again and again: it serves on', { timeout: 120_000 }, async () => {
    const { write, read, send } = clientOf(space);
    const network = await wayTo(databaseUrl);
    const served = await serve(network.url);
    await on(databaseUrl, async (client) => {
      const endAll = () =>
        client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
          served.application,
        ]);
      for (const ms of [5, 30, 60]) {
        const lanes = Array.from({ length: LANES }, () => write(served));
        await wait(ms);
        await endAll();
        for (const status of await Promise.all(lanes)) expect(status).toBeOneOf([201, 503]);
        await expect.poll(() => read(served), { timeout: 30_000 }).toBe(200);
      }

      // A change of the model too, while it waits for a table that somebody else has.
      const { rows } = await client.query(`
        select o.id from plinth.objects as o join plinth.workspaces as w on w.id = o.workspace_id
        where w.schema_name = '${space.schema}' and o.name_singular = 'company'`);
      const field = { objectMetadataId: rows[0].id, type: 'TEXT', name: 'motto', label: 'Motto' };
      const change = await on(databaseUrl, async (other) => {
        await other.query(`begin; lock table ${space.schema}.companies in access exclusive mode`);
        const sent = send(served, 'POST', '/rest/metadata/fields', field);
        const isWaiting = `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`;
        await expect.poll(async () => (await client.query(isWaiting, [served.application])).rowCount).toBe(1);
        await endAll();
        return sent;
      });
      expect(change).toBe(503);
      expect(await send(served, 'POST', '/rest/metadata/fields', field)).toBe(201);
    });

    // While the database is away that is what is said, also by what comes before records: keys, which are known for a
    // second.
    network.close();
    await wait(1_100);
    expect(await read(served)).toBe(503);
    expect(await send(served, 'GET', '/readyz')).toBe(503);
    expect(await send(served, 'GET', '/healthz')).toBe(200);
    network.open();
    await expect.poll(() => read(served), { timeout: 30_000 }).toBe(200);
    expect(await write(served)).toBe(201);
    expect(await served.stop('SIGTERM')).toBe(0);
    await network.end();
    expect((await count(databaseUrl, served, space)) % BATCH).toBe(0);
  });
});

describe('with PostgreSQL', () => {
  let dataDir: string;
  let postgres: Embedded;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'plinth-crash-'));
    await chmod(dataDir, 0o755); // PostgreSQL may run as another user
    postgres = await startEmbedded({ dataDir, log });
    await migrate(postgres.url, log);
  });
  afterAll(async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true });
  });

  test('restarted and killed under the server: it serves again by itself', { timeout: 120_000 }, async () => {
    const space = await makeWorkspace(postgres.url);
    const { write, read } = clientOf(space);
    const served = await serve(postgres.url);
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      expect(await write(served)).toBe(201);
      const statuses: (number | null)[] = [];
      let isOver = false;
      const lanes = Array.from({ length: LANES }, async () => {
        while (!isOver) {
          statuses.push(await write(served));
          await wait(20);
        }
      });
      await wait(100);
      // A fast shutdown, then a crash; the test's own `startEmbedded` starts it again.
      const pid = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8');
      process.kill(Number.parseInt(pid, 10), signal);
      await expect.poll(() => statuses.includes(503), { timeout: 30_000 }).toBe(true);
      isOver = true;
      await Promise.all(lanes);
      for (const status of statuses) expect(status).toBeOneOf([201, 503]);
      await expect.poll(() => read(served), { timeout: 30_000 }).toBe(200);
    }
    expect(await write(served)).toBe(201);
    expect(served.isRunning()).toBe(true);
    expect(await served.stop('SIGTERM')).toBe(0);
    expect((await count(postgres.url, served, space)) % BATCH).toBe(0);
  });
});
