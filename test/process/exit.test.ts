/** What nothing caught ends the process in order, with an exit code that makes a supervisor start it again. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject, test, vi } from 'vitest';
import { workspace } from '../fixture.ts';
import { serve } from '../server-process.ts';
import { opened, upgradeOf } from './raw.ts';

const HEAP_MB = 400;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PLANTED = ['--import', './test/process/planted-errors.ts'];

/** Can a stranger connect? */
function isAccepting(url: string): Promise<boolean> {
  const socket = opened(url);
  return new Promise<boolean>((settle) => {
    socket.once('connect', () => settle(true)).once('close', () => settle(false));
  }).finally(() => socket.destroy());
}

test.each([
  ['an exception', 'SIGUSR2'],
  ['a rejection', 'SIGPWR'],
] as const)(
  '%s that nothing caught: requests in flight are answered, new connections refused, and the exit code is 1',
  async (_what, signal) => {
    const server = await serve(HEAP_MB, {}, PLANTED);
    const { key, sql } = await workspace();
    await sql(`
    create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(2); return new; end $$;
    create trigger slow before insert on companies for each row execute function slow()`);
    const inFlight = fetch(`${server.url}/rest/companies`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'ESA' }),
    });
    await vi.waitFor(
      async () => {
        expect(
          await sql(
            `select from pg_stat_activity where query ilike '%insert into "companies"%' and wait_event = 'PgSleep'`,
          ),
        ).toHaveLength(1);
      },
      { timeout: 10_000 },
    );
    process.kill(server.pid, signal);
    await vi.waitFor(async () => expect(await isAccepting(server.url)).toBe(false), { timeout: 1_500 });
    expect((await inFlight).status).toBe(201);
    expect(await server.exited).toEqual([1, null]);
    expect(server.printed()).toMatch(/"level":60.*planted/);
    expect(await sql('select name from companies')).toEqual([{ name: 'ESA' }]);
  },
);

test('a WebSocket client that does not answer keeps no server from stopping', async () => {
  const server = await serve(HEAP_MB);
  const socket = opened(server.url);
  socket.write(
    upgradeOf(
      '/graphql',
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n',
    ),
  );
  await once(socket, 'data');
  const began = performance.now(); // the protocol alone would wait for 30 s
  expect(await server.stop('SIGTERM')).toBe(0);
  expect(performance.now() - began).toBeLessThan(20_000);
});

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A server that prints to a file descriptor. */
async function started(stdout: number): Promise<{ url: string; child: ChildProcess }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((settle) => probe.close(settle));
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: ROOT,
    stdio: ['ignore', stdout, 'ignore'],
    env: {
      ...process.env,
      PORT: String(port),
      PLINTH_DEMO: 'off',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'info',
      DATABASE_URL: inject('databaseUrl'),
    },
  });
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), {
    timeout: 30_000,
    interval: 50,
  });
  return { url, child };
}

test('a full disk below the log stops nothing', async () => {
  const { url, child } = await started(openSync('/dev/full', 'w'));
  for (let i = 0; i < 50; i++) expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
