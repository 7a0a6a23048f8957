/** The pools when the database goes away: whoever asks hears of it in time, and it is found again when it is back. */

import pg from 'pg';
import { pino } from 'pino';
import { afterEach, describe, expect, inject, test } from 'vitest';
import type { Client } from '../../db/client.ts';
import { isConnectionLoss } from '../../db/connection-loss.ts';
import { openDatabase } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { wayTo } from '../network.ts';

const log = pino({ level: 'silent' });
const SECOND = 1_000;

const opened: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.end();
});

function open(url: string, options: { poolSize?: number; statementTimeoutMs?: number } = {}) {
  const database = openDatabase({ url, poolSize: 2, statementTimeoutMs: 10 * SECOND, log, ...options });
  opened.push(database);
  return database;
}

async function way() {
  const it = await wayTo(inject('databaseUrl'));
  opened.push(it);
  return it;
}

// The login role is one too: what is tested here is the pool.
const who = { schema: 'plinth', role: new URL(inject('databaseUrl')).username };
const one = (client: Client) => client.rows<{ one: number }>(sql`select 1 as one`);
const asleep = (seconds: number) => (client: Client) => client.rows(sql`select pg_sleep(${sql.value(seconds)})`);

async function terminate({ raw }: Client): Promise<void> {
  const killer = new pg.Client({ connectionString: inject('databaseUrl') });
  await killer.connect();
  await killer.query('select pg_terminate_backend($1)', [(raw as unknown as { processID: number }).processID]);
  await killer.end();
}

function settled(ms: number): Promise<void> {
  return new Promise((settle) => setTimeout(settle, ms));
}

describe('a connection that is ended from the other side', () => {
  // An event that nobody hears ends the process: here it would fail the run.
  test.each([
    ['in a query', async (client: Client) => asleep(5)(client)],
    ['between two queries', async (client: Client) => settled(100).then(() => one(client))],
  ])('is an error for the owner %s, and no more', async (_name, use) => {
    const database = open(inject('databaseUrl'));
    for (const run of [database.asOwner, database.transaction]) {
      const broken = run(async (client) => {
        const used = use(client);
        await Promise.all([terminate(client), used]);
      });
      await expect(broken).rejects.toSatisfy(isConnectionLoss);
      await settled(50);
      expect(await run(one)).toEqual([{ one: 1 }]);
    }
  });

  test('is an error for its request, and for nobody after it', async () => {
    const database = open(inject('databaseUrl'), { poolSize: 1 });
    const broken = database.withConnection(who, async (client) => {
      await Promise.all([asleep(5)(client), settled(50).then(() => terminate(client))]);
    });
    const next = database.withConnection(who, one);
    await expect(broken).rejects.toSatisfy(isConnectionLoss);
    expect(await next).toEqual([{ one: 1 }]);
  });
});

describe('a database that is away', () => {
  test('is an error while it is, also for those who wait, and is found when it is back', async () => {
    const network = await way();
    const database = open(network.url);
    await database.withConnection(who, one);
    network.close();
    await settled(50);
    const asked = [...Array(8)].map(() => database.withConnection(who, one));
    for (const each of asked) await expect(each).rejects.toSatisfy(isConnectionLoss);
    await expect(database.asOwner(one)).rejects.toSatisfy(isConnectionLoss);
    network.open();
    expect(await database.withConnection(who, one)).toEqual([{ one: 1 }]);
    expect(await database.asOwner(one)).toEqual([{ one: 1 }]);
  });

  test('is given up when it says nothing', async () => {
    const network = await way();
    const database = open(network.url, { statementTimeoutMs: 100 });
    await Promise.all([database.withConnection(who, one), database.asOwner(one)]);
    network.silence();
    const began = performance.now();
    const asked = [database.withConnection(who, one), database.asOwner(one), database.transaction(one)];
    network.open();
    for (const each of asked.slice(0, 2)) await expect(each).rejects.toSatisfy(isConnectionLoss);
    await Promise.allSettled(asked);
    expect(performance.now() - began).toBeLessThan(4 * SECOND);
    expect(await database.withConnection(who, one)).toEqual([{ one: 1 }]);
    expect(await database.asOwner(one)).toEqual([{ one: 1 }]);
  });
});

test('a transaction that waits only a moment for tables waits at its commit as long as that takes', async () => {
  const database = open(inject('databaseUrl'));
  const other = new pg.Client({ connectionString: inject('databaseUrl') });
  await other.connect();
  opened.push(other);
  await other.query('select pg_advisory_lock(20261124)');
  const committed = database.transaction(async (client) => {
    await client.run(`
      create temp table late (id int) on commit drop;
      create function pg_temp.wait() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(20261124); return null; end $$;
      create constraint trigger wait after insert
      on late deferrable initially deferred for each row execute function pg_temp.wait();
      set local lock_timeout = 20;
      insert into late values (1)`);
    return 'done';
  });
  await expect
    .poll(
      async () =>
        (await other.query("select from pg_locks where locktype = 'advisory' and objid = 20261124 and not granted"))
          .rowCount,
    )
    .toBe(1);
  await settled(100);
  await other.query('select pg_advisory_unlock(20261124)');
  expect(await committed).toBe('done');
});

test('what a session needs holds, whatever options the URL has', async () => {
  const url = new URL(inject('databaseUrl'));
  url.searchParams.set('options', '-c TimeZone=Asia/Tokyo -c statement_timeout=7s');
  const database = open(url.href);
  for (const run of [database.asOwner, (use: typeof one) => database.withConnection(who, use)]) {
    const rows = await run(
      async (client) =>
        client.rows(sql`
      select current_setting('TimeZone') as zone, current_setting('jit') as jit`) as any,
    );
    expect(rows).toEqual([{ zone: 'UTC', jit: 'off' }]);
  }
});

describe('closing', () => {
  test('waits for what is in flight, and refuses what comes later or waits', async () => {
    const database = open(inject('databaseUrl'), { poolSize: 1 });
    const inFlight = [database.withConnection(who, asleep(0.3)), database.asOwner(asleep(0.3))];
    const waiting = expect(database.withConnection(who, one)).rejects.toThrow('closed');
    await settled(100);
    let isOver = false;
    void Promise.all(inFlight).then(() => {
      isOver = true;
    });
    await Promise.all([database.end(), database.end()]);
    expect(isOver).toBe(true);
    await waiting;
    await expect(database.withConnection(who, one)).rejects.toThrow('closed');
    await expect(database.asOwner(one)).rejects.toThrow();
  });
});
