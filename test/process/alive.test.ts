/** The process survives whatever a stranger sends, and whatever breaks where express catches nothing. */

import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { workspace } from '../fixture.ts';
import { serve } from '../server-process.ts';
import { opened, raw, upgradeOf } from './raw.ts';

const HEAP_MB = 400;
let server: Awaited<ReturnType<typeof serve>>;

describe('requests from strangers', () => {
  beforeAll(async () => {
    server = await serve(HEAP_MB);
  });

  async function isAlive(): Promise<void> {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(server.printed()).not.toMatch(/uncaught|nothing caught/i);
  }

  test.each<[string, number, string]>([
    ['two slashes', 400, upgradeOf('//')],
    ['a bad host', 400, upgradeOf('http://[bad')],
    ['a bad host behind two slashes', 400, upgradeOf('//[bad')],
    ['a bad port', 400, upgradeOf('http://host:99999999/graphql')],
    ['an asterisk', 400, upgradeOf('*')],
    ['no target', 400, upgradeOf('')],
    ['another scheme', 400, upgradeOf('ftp://host/graphql')],
    ['no scheme', 400, upgradeOf('graphql')],
    ['a broken percent encoding', 400, upgradeOf('/%')],
    ['a percent encoding that is not UTF-8', 400, upgradeOf('/%ff')],
    ['bytes that are not ASCII', 400, upgradeOf('/\xff\xfe')],
    ['a very long target', 431, upgradeOf(`/${'a'.repeat(100_000)}`)],
    ['a long target', 404, upgradeOf(`/${'a'.repeat(10_000)}`)],
    ['an unknown path', 404, upgradeOf('/nothing')],
    ['a path below a known one', 404, upgradeOf('/graphql/nothing')],
    ['a known path behind another host', 404, upgradeOf('//host/graphql')],
    ['an unknown absolute target', 404, upgradeOf('http://host/nothing')],
    ['no key', 400, upgradeOf('/graphql', '')],
    ['a bad key', 400, upgradeOf('/graphql', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n')],
    ['another version', 400, upgradeOf('/graphql', 'Sec-WebSocket-Version: 1\r\n')],
    ['another method', 405, upgradeOf('/graphql').replace('GET', 'POST')],
    ['a method that does not exist', 400, upgradeOf('/graphql').replace('GET', 'NONSENSE')],
  ])('an upgrade with %s is answered %i', async (_what, status, bytes) => {
    expect(await raw(server.url, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await isAlive();
  });

  test.each(['/graphql', '/graphql?x=//', 'http://plinth.test/graphql', 'HTTP://[::1]:80/graphql'])(
    'an upgrade of %s is accepted',
    async (target) => {
      const socket = opened(server.url);
      socket.write(
        upgradeOf(
          target,
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n',
        ),
      );
      const [answer] = await once(socket, 'data');
      socket.destroy();
      expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
    },
  );

  test.each([
    ['a frame that is too long', 1009, (socket: WebSocket) => socket.send('x'.repeat(2 * 2 ** 20 + 1))],
    ['a frame without a mask', 1002, (socket: WebSocket) => socket.send('x', { mask: false })],
    ['a text that is not UTF-8', 1007, (socket: WebSocket) => socket.send(Buffer.of(0xff), { binary: false })],
    ['what is not JSON', 4400, (socket: WebSocket) => socket.send('x')],
  ])('%s closes a WebSocket with %i, and prints no stack', async (_what, code, send) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const closed = once(socket, 'close');
    send(socket);
    expect((await closed)[0]).toBe(code);
    expect(server.printed()).not.toMatch(/internal error|at .*\.js:\d/i);
    await isAlive();
  });

  test.each([
    '//',
    '//[bad',
    'http://[bad',
    'http://host:99999999/',
    '*',
    '/%',
    '/%ff/%',
    'nothing',
    '/rest//',
    '/rest/%',
    '/auth//[',
    '/auth/%',
    '/rest/companies?%',
    '/%2e%2e/%2e%2e',
  ])('a request for %s is not a failure of the server', async (target) => {
    const request = `GET ${target} HTTP/1.1\r\nHost: plinth.test\r\nConnection: close\r\n\r\n`;
    for (const bytes of [request, request.replace('GET', 'OPTIONS'), request.replace('GET', 'POST')])
      expect(await raw(server.url, bytes)).toMatch(/^HTTP\/1\.1 [2-4]\d\d /);
    await isAlive();
  });

  test('a request that offers another protocol is served without it', async () => {
    const offer = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const answer = await raw(server.url, `GET /healthz HTTP/1.1\r\nHost: plinth.test\r\n${offer}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a refused upgrade whose client does not close is closed', async () => {
    const socket = opened(server.url);
    socket.write(upgradeOf('/nothing'));
    // It never ends its own side.
    await once(socket.resume(), 'end');
    await expect
      .poll(
        async () => {
          socket.write('x');
          return socket.destroyed;
        },
        { timeout: 5_000 },
      )
      .toBe(true);
  });

  const PHASES: Readonly<Record<string, string>> = {
    nothing: '',
    'half a line': 'GET /gra',
    'half the headers': 'GET /graphql HTTP/1.1\r\nHost: a\r\n',
    'a request': 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
    'many requests': 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20),
    'half a body':
      'POST /auth/link HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    'a bad request': 'NONSENSE\r\n\r\n',
    'a refused upgrade': upgradeOf('/nothing'),
    'a bad upgrade': upgradeOf('//['),
    'an upgrade without a key': upgradeOf('/graphql', ''),
    'an upgrade': upgradeOf('/graphql'),
    'an upgrade and half a frame': `${upgradeOf('/graphql')}\x81\xfe`,
    'an upgrade and a bad frame': `${upgradeOf('/graphql')}\xff\xff\xff\xff`,
    'an upgrade and a message': `${upgradeOf('/graphql')}\x81\x82\0\0\0\0{}`,
  };

  test.each(Object.entries(PHASES))(
    'connections that are reset after %s are nothing',
    async (_what, bytes) => {
      const reset = async (i: number) => {
        const socket = opened(server.url);
        await once(socket, 'connect').catch(() => undefined);
        if (bytes !== '') socket.write(bytes, 'latin1');
        // At once, in the next turns, or some milliseconds later: each hits another moment of the server.
        if (i % 4 > 0) await wait((i % 4) - 1);
        socket.resetAndDestroy();
      };
      for (let round = 0; round < 8; round++) await Promise.all(Array.from({ length: 50 }, (_, i) => reset(i)));
      await isAlive();
    },
    30_000,
  );

  test('notifications that mean nothing to it are ignored', async () => {
    const { sql, key } = await workspace();
    const headers = { Authorization: `Bearer ${key}` };
    // It listens for events from the first reader on. Afterwards there is none.
    const reading = new AbortController();
    const stream = await fetch(`${server.url}/rest/companies/changes`, { headers, signal: reading.signal });
    expect(stream.status).toBe(200);
    const listening = `select substring(query from '(?i)^listen "?([a-z_:]+)') as channel from pg_stat_activity
    where query ~* '^listen'`;
    await expect.poll(() => sql(`${listening} and application_name = 'plinth events'`)).not.toEqual([]);
    reading.abort();
    const channels = (await sql(listening)).map(({ channel }) => channel);
    const payloads = ['error', '', '__proto__', 'newListener', '{', 'null', '[]', '{"breaking":1}', 'x'.repeat(7_000)];
    for (const channel of ['plinth_model', 'plinth_access', 'jobs:insert', 'worker:migrate', ...channels])
      for (const payload of payloads) await sql('select pg_notify($1, $2)', [channel, payload]);
    expect((await fetch(`${server.url}/rest/companies`, { headers })).status).toBe(200);
    await isAlive();
  });
});
