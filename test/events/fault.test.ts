/**
 * Webhooks under fault: receivers that fail, hang, answer slowly and drop connections; processes that are killed, a
 * database that is restarted. Every committed change arrives, in order per record, and none that was rolled back.
 *
 * WEBHOOK_FAULT_WRITES=5000 writes more; the numbers are printed.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { type Embedded, startEmbedded } from '../../db/embedded.ts';
import { migrate } from '../../db/migrate.ts';
import { openDatabase } from '../../db/pool.ts';
import { createWorkspace } from '../../server/changes/workspaces.ts';
import { type Answering, receive } from './receiver.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WRITES = Number(process.env.WEBHOOK_FAULT_WRITES ?? 300);
const RECORDS = 40;
const LANES = 4;
const PATIENCE_MS = 60_000 + WRITES * 40;
const log = pino({ level: 'silent' });

/** What servers said that ended by themselves. */
const unexpected: string[] = [];

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  unexpected.length = 0;
});

/** A server process, which is a worker too. */
async function serve(databaseUrl: string) {
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      PORT: '0',
      PLINTH_DEMO: 'off',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'fatal',
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: '4',
      WEBHOOK_TIMEOUT_MS: '500',
      ALLOW_PRIVATE_WEBHOOK_TARGETS: 'true',
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
  const printed = () => /Plinth is at (\S+)/.exec(text)?.[1] ?? (child.exitCode === null ? null : text);
  await expect.poll(printed, { timeout: 30_000, interval: 20 }).toMatch(/^http/);
  const ended = (code: number | null) => unexpected.push(`a server ended with ${code}: ${text.slice(-2_000)}`);
  child.once('exit', ended);
  return {
    url: printed() as string,
    kill() {
      child.off('exit', ended);
      child.kill('SIGKILL');
    },
  };
}

type Served = Awaited<ReturnType<typeof serve>>;

async function setUp(databaseUrl: string, server: Served, answer?: Answering) {
  const database = openDatabase({ url: databaseUrl, poolSize: 1, statementTimeoutMs: 10_000, log });
  const space = await createWorkspace(database, { name: `fault${randomBytes(4).toString('hex')}` });
  const { rows } = await query(
    databaseUrl,
    `insert into ${space.schema}.companies (name, employees) select 'c', 0 from generate_series(1, ${RECORDS})
    returning id`,
  );
  await database.end();
  const receiver = await receive(answer);
  const headers = { Authorization: `Bearer ${space.apiKey}`, 'Content-Type': 'application/json' };
  const send = async ({ url }: Served, method: string, path: string, body: object): Promise<number | null> => {
    try {
      const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null; // nobody is there
    }
  };
  const hook = { targetUrl: receiver.url, operations: ['company.updated'] };
  expect(await send(server, 'POST', '/rest/metadata/webhooks', hook)).toBe(201);
  return { ...space, ids: rows.map(({ id }) => id as string), receiver, send };
}

type SetUp = Awaited<ReturnType<typeof setUp>>;

/** A connection of its own, that may be lost. */
async function query(databaseUrl: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end().catch(() => undefined);
  }
}

type Fault = { readonly atShare: number; readonly run: () => Promise<void> };

/**
 * Each lane counts its own records up, one by one, whatever becomes of the answers: after a lost one it looks how far
 * the record is. Beside it somebody in psql writes what he rolls back. Faults come one after the other, in the middle
 * of it.
 */
async function writeAll(databaseUrl: string, { ids, schema, send }: SetUp, server: () => Served, faults: Fault[] = []) {
  const deadline = performance.now() + PATIENCE_MS;
  let written = 0;
  let running: Promise<void> | null = null;
  const isOver = () => (written >= WRITES && faults.length === 0 && !running) || performance.now() > deadline;
  function wrote() {
    written++;
    const [next] = faults;
    if (running || !next || written < WRITES * next.atShare) return;
    faults.shift();
    running = next.run().finally(() => {
      running = null;
    });
  }
  const counts = new Map(ids.map((id) => [id, 0]));
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const own = ids.filter((_, i) => i % LANES === lane);
    for (let n = 0; !isOver(); n++) {
      const id = own[n % own.length] as string;
      const next = (counts.get(id) as number) + 1;
      const status = await send(server(), 'PATCH', `/rest/companies/${id}`, { employees: next });
      if (status === 200) {
        counts.set(id, next);
        wrote();
        continue;
      }
      const { rows } = await patiently(() =>
        query(databaseUrl, `select employees from ${schema}.companies where id = '${id}'`),
      );
      if (rows[0].employees === next) wrote();
      counts.set(id, rows[0].employees);
      await wait(20);
    }
  });
  const rolledBack = async () => {
    while (!isOver()) {
      const text = `begin; update ${schema}.companies set employees = -1 where id = '${ids[0]}'; rollback`;
      await query(databaseUrl, text).catch(() => undefined);
      await wait(20);
    }
  };
  await Promise.all([...lanes, rolledBack()]);
  expect(unexpected).toEqual([]);
  expect({ written: Math.min(written, WRITES), left: faults.length }).toEqual({ written: WRITES, left: 0 });
  return counts;
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 600) throw error;
      await wait(50);
    }
  }
}

/** What the receiver took: a request that it failed, dropped or let hang has not arrived. */
function accepted({ arrivals }: SetUp['receiver']) {
  return arrivals.filter(({ isTaken }) => isTaken());
}

/** All that was committed arrives; the first time of each in its order. */
async function checkArrivals(
  what: string,
  { receiver, ids }: SetUp,
  counts: ReadonlyMap<string, number>,
  began: number,
) {
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const firsts = () => {
    const seen = new Map(ids.map((id) => [id, [] as number[]]));
    for (const { body } of accepted(receiver)) {
      const values = seen.get(body.record.id) as number[];
      if (!values.includes(body.record.employees)) values.push(body.record.employees);
    }
    return seen;
  };
  const arrived = () => [...firsts().values()].reduce((sum, { length }) => sum + length, 0);
  await expect.poll(arrived, { timeout: 120_000, interval: 100 }).toBe(total);
  for (const [id, values] of firsts())
    expect(values).toEqual(Array.from({ length: counts.get(id) as number }, (_, n) => n + 1));
  const { arrivals } = receiver;
  process.stdout.write(
    `${what}: ${total} changes committed, ${arrivals.length} requests, ${accepted(receiver).length} accepted, ` +
      `${accepted(receiver).length - total} of them again, after ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
  );
}

async function withPostgres(
  use: (databaseUrl: string, kill: (signal: NodeJS.Signals) => Promise<void>) => Promise<void>,
) {
  const dataDir = await mkdtemp(join(tmpdir(), 'plinth-fault-'));
  await chmod(dataDir, 0o755); // PostgreSQL may run as another user
  const postgres: Embedded = await startEmbedded({ dataDir, log });
  await migrate(postgres.url, log);
  try {
    await use(postgres.url, async (signal) => {
      const pid = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8');
      process.kill(Number.parseInt(pid, 10), signal);
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await postgres.stop();
    await rm(dataDir, { recursive: true });
  }
}

test('two servers, killed in the middle of writes, and the database restarted and killed', {
  timeout: 600_000,
}, async () => {
  await withPostgres(async (databaseUrl, killPostgres) => {
    const servers = [await serve(databaseUrl), await serve(databaseUrl)];
    const space = await setUp(databaseUrl, servers[0] as Served);
    const began = performance.now();
    async function restart(which: number) {
      servers[which]?.kill();
      servers[which] = await serve(databaseUrl);
    }
    let turn = 0;
    const counts = await writeAll(databaseUrl, space, () => servers[turn++ % 2] as Served, [
      { atShare: 0.15, run: () => restart(0) },
      { atShare: 0.3, run: () => restart(1) },
      { atShare: 0.45, run: () => killPostgres('SIGINT') },
      { atShare: 0.6, run: async () => void (await Promise.all([restart(0), restart(1)])) },
      { atShare: 0.8, run: () => killPostgres('SIGKILL') },
    ]);
    await checkArrivals('killed and restarted', space, counts, began);
  });
});

test('a receiver that fails, hangs, answers slowly and drops connections', { timeout: 600_000 }, async () => {
  await withPostgres(async (databaseUrl) => {
    const servers = [await serve(databaseUrl), await serve(databaseUrl)];
    const space = await setUp(databaseUrl, servers[0] as Served, (response, _arrival, count) => {
      switch (count % 40) {
        case 7:
          response.statusCode = 500;
          response.end();
          break;
        case 17: // hangs for as long as it is waited for
          break;
        case 27:
          response.destroy();
          break;
        default:
          if (count % 40 === 37) setTimeout(() => response.end(), 200);
          else response.end();
      }
    });
    const began = performance.now();
    let turn = 0;
    const counts = await writeAll(databaseUrl, space, () => servers[turn++ % 2] as Served);
    await checkArrivals('a bad receiver', space, counts, began);
  });
});
