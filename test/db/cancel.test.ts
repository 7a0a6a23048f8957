/** A cancellation ends the statements of its own request, and never those of whoever has the connection next. */

import { setTimeout as after } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, expect, inject, test } from 'vitest';
import type { Client } from '../../db/client.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';

const opened: Database[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.end();
});

function open(poolSize: number) {
  const database = openDatabase({
    url: inject('databaseUrl'),
    poolSize,
    statementTimeoutMs: 10_000,
    log: pino({ level: 'silent' }),
  });
  opened.push(database);
  return database;
}

const who = { schema: 'plinth', role: new URL(inject('databaseUrl')).username };
const asleep = (seconds: number) => (client: Client) => client.rows(sql`select pg_sleep(${sql.value(seconds)})`);
const CANCELLED = { code: '57014' };

test('a statement is cancelled, and its connection is not used again', async () => {
  const database = open(1);
  const ending = new AbortController();
  const pidOf = async (client: Client) =>
    (await client.rows<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid;
  let pid: number | undefined;
  const began = performance.now();
  const cancelled = database.withConnection(
    who,
    async (client) => {
      pid = await pidOf(client);
      setTimeout(() => ending.abort(new Error('gone')), 20);
      await asleep(5)(client);
    },
    ending.signal,
  );
  await expect(cancelled).rejects.toMatchObject(CANCELLED);
  expect(performance.now() - began).toBeLessThan(4_500);
  expect(await database.withConnection(who, pidOf)).not.toBe(pid);
});

test('what comes after the end of the signal, or waits for a connection, is refused with its reason', async () => {
  const database = open(1);
  const reason = new Error('gone');
  await expect(database.withConnection(who, asleep(0), AbortSignal.abort(reason))).rejects.toBe(reason);
  const ending = new AbortController();
  const first = database.withConnection(who, asleep(0.2));
  const waiting = database.withConnection(who, asleep(0), ending.signal);
  ending.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await first;
});

test('several statements that were sent together all end', async () => {
  const database = open(1);
  const ending = new AbortController();
  const began = performance.now();
  const cancelled = database.withConnection(
    who,
    (client) => {
      setTimeout(() => ending.abort(), 20);
      return Promise.allSettled([1, 2, 3].map(() => asleep(3)(client)));
    },
    ending.signal,
  );
  expect(await cancelled).toMatchObject([1, 2, 3].map(() => ({ status: 'rejected', reason: CANCELLED })));
  expect(performance.now() - began).toBeLessThan(8_000);
});

test('one that comes late, or between two, hits nobody else: 150 at every moment of a short statement', async () => {
  const database = open(1); // so that who comes next would have the very same connection
  for (let i = 0; i < 150; i++) {
    const ending = new AbortController();
    setTimeout(() => ending.abort(new Error('gone')), i % 6);
    const [own, next] = await Promise.allSettled([
      database.withConnection(who, asleep(0.003), ending.signal),
      database.withConnection(who, asleep(0.004)),
    ]);
    if (own.status === 'rejected' && own.reason.message !== 'gone') expect(own.reason).toMatchObject(CANCELLED);
    expect(next).toMatchObject({ status: 'fulfilled' });
    await after(i % 3);
  }
});

test('a transaction has begun before it is cancelled, so nothing is written outside of it', async () => {
  const database = open(1);
  await database.asOwner((client) => client.run('create table plinth.cancelled (n integer)'));
  const ending = new AbortController();
  const [ahead, written] = await database.withConnection(
    who,
    (client) => {
      const before = asleep(0.3)(client); // holds `begin` up, which is too short to be met by itself
      client.begin();
      ending.abort();
      return Promise.allSettled([
        before,
        client.rows(sql`insert into plinth.cancelled select 1 from pg_sleep(${sql.value(5)})`),
      ]);
    },
    ending.signal,
  );
  const rows = await database.asOwner((client) => client.rows(sql`select from plinth.cancelled`));
  await database.asOwner((client) => client.run('drop table plinth.cancelled'));
  expect([ahead.status, written, rows]).toMatchObject(['fulfilled', { status: 'rejected', reason: CANCELLED }, []]);
});
