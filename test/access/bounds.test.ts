/** What is held against clients that nobody knows: raw sockets against a real server. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../../server/settings.ts';
import { beside, workspace } from '../fixture.ts';

const BOUNDS = { headersTimeoutMs: 400, requestTimeoutMs: 600, keepAliveTimeoutMs: 1_500 };
let url: string;
let key: string;
let port: number;
beforeAll(async () => {
  key = (await workspace()).key;
  url = await beside({}, BOUNDS);
  port = Number(new URL(url).port);
});

/** All that comes back until the server closes. */
async function ended(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => undefined); // cut off, in the middle of what it sends
  if (!socket.closed) await new Promise((settle) => socket.once('close', settle));
  return text;
}

/** Sends one piece after the other, until they end or the server has closed. */
async function dribble(pieces: Iterable<string>, pauseMs: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const began = performance.now();
  const answer = ended(socket);
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    await wait(pauseMs);
  }
  return { text: await answer, ms: performance.now() - began };
}

function* forever(first: string, next: (i: number) => string) {
  yield first;
  for (let i = 0; i < 1_000; i++) yield next(i);
}

describe('a client that takes its time', () => {
  test.each<[string, Iterable<string>]>([
    ['for the headers', forever('GET /rest/companies HTTP/1.1\r\nHost: a\r\n', (i) => `X-${i}: a\r\n`)],
    ['for one header', forever('GET /rest/companies HTTP/1.1\r\nHost: a\r\nX-Long: ', () => 'a')],
    ['for the first line', forever('GET /', () => 'a')],
    ['and sends nothing', forever('', () => '')],
  ])('%s is cut off', async (_what, pieces) => {
    const { text, ms } = await dribble(pieces, 50);
    expect(text).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect(ms).toBeLessThan(3_000);
  });

  test('for the body is cut off', async () => {
    const head = `POST /rest/companies HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`;
    const { text, ms } = await dribble(
      forever(`${head}Content-Length: 100000\r\n\r\n{"name": "`, () => 'a'),
      50,
    );
    expect(text).toBe('');
    expect(ms).toBeLessThan(3_000);
    const chunked = await dribble(
      forever(`${head}Transfer-Encoding: chunked\r\n\r\n`, () => '1\r\na\r\n'),
      50,
    );
    expect(chunked.text).toBe('');
    expect(chunked.ms).toBeLessThan(3_000);
  });

  test('does not keep others waiting', async () => {
    const slow = Array.from({ length: 50 }, () =>
      dribble(
        forever('GET / HTTP/1.1\r\n', (i) => `X-${i}: a\r\n`),
        100,
      ),
    );
    const { status } = await fetch(`${url}/rest/companies`, { headers: { Authorization: `Bearer ${key}` } });
    expect(status).toBe(200);
    await Promise.all(slow);
  });
});

describe('an idle connection', () => {
  const request = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';

  test('stays open for its own time, not that of headers, which counts again with the next request', async () => {
    const socket = connect(port, '127.0.0.1');
    const closed = ended(socket);
    const answers: string[] = [];
    socket.on('data', (data) => answers.push(String(data)));
    socket.write(request);
    await once(socket, 'data');
    await wait(2 * BOUNDS.headersTimeoutMs + 100); // by then it would be closed, were it for the headers' time
    socket.write(request);
    await once(socket, 'data');
    const idleSince = performance.now();
    expect(answers.every((answer) => answer.startsWith('HTTP/1.1 200 '))).toBe(true);
    await closed;
    expect(performance.now() - idleSince).toBeGreaterThan(BOUNDS.keepAliveTimeoutMs - 100);
  });

  test('is cut off when its next request takes its time', async () => {
    const { text, ms } = await dribble(
      forever(`${request}GET / HTTP/1.1\r\n`, (i) => `X-${i}: a\r\n`),
      50,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 408 /s);
    expect(ms).toBeLessThan(3_000);
  });

  test('stays open for longer than load balancers keep theirs, unless set otherwise', async () => {
    expect(readSettings({}).keepAliveTimeoutMs).toBeGreaterThan(60_000);
    expect((await fetch(`${await beside({})}/healthz`)).headers.get('Keep-Alive')).toBe('timeout=65');
  });
});

async function sent(text: string | Buffer): Promise<{ status: number; text: string }> {
  const socket = connect(port, '127.0.0.1');
  const answer = ended(socket);
  socket.write(text);
  const answered = await answer;
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answered)?.[1]), text: answered };
}

describe('a request that is too large or not quite one', () => {
  const head = (more: string) => `GET /rest/companies HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${more}\r\n`;
  test.each<[string, number, string]>([
    ['one header of 20 KB', 431, head(`X: ${'a'.repeat(20_000)}\r\n`)],
    ['a path of 20 KB', 431, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['101 headers', 431, head(Array.from({ length: 101 }, (_, i) => `X-${i}: a\r\n`).join(''))],
    ['no host', 400, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two lengths', 400, head('Content-Length: 1\r\nContent-Length: 2\r\n')],
    ['a length and chunks', 400, head('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')],
    ['a space before the colon', 400, head('X : a\r\n')],
    ['a bare carriage return', 400, head('X: a\rb\r\n')],
    ['another protocol', 400, 'HELO example.com\r\n\r\n'],
  ])('%s: %i', async (_what, status, text) => {
    expect(await sent(text)).toMatchObject({ status });
  });

  test('99 headers are taken', async () => {
    const many = Array.from({ length: 96 }, (_, i) => `X-${i}: a\r\n`).join('');
    expect((await sent(head(`Authorization: Bearer ${key}\r\n${many}`))).status).toBe(200);
  });

  const post = (body: string | Buffer, headers: Record<string, string> = {}, path = '/graphql') =>
    fetch(url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers },
      body: body as string,
    });

  test.each(['/graphql', '/metadata', '/rest/companies', '/rest/metadata/objects'])(
    'what strangers send to %s is not read',
    async (path) => {
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n`;
      const { status, text } = await sent(`${head}{ "this is no JSON, and never ends`);
      expect([status, text]).toEqual([
        /graphql|metadata$/.test(path) ? 200 : 403,
        expect.stringContaining('Missing authentication token'),
      ]);
    },
  );

  test('a small body that is large when unpacked is refused', async () => {
    const bomb = gzipSync(JSON.stringify({ query: ' '.repeat(40_000_000) }));
    expect(bomb.length).toBeLessThan(60_000);
    expect((await post(bomb, { 'Content-Encoding': 'gzip' }, '/rest/companies')).status).toBe(413);
  });

  test('what is nested ten thousand deep is refused, and no failure of ours', async () => {
    const deep = 10_000;
    const query = await post(JSON.stringify({ query: '{a'.repeat(9_000) + '}'.repeat(9_000) }));
    expect(await query.json()).toMatchObject({
      errors: [{ extensions: { code: expect.not.stringMatching(/INTERNAL/) } }],
    });
    const json = `${'['.repeat(deep)}${']'.repeat(deep)}`;
    const bodies: [string, string][] = [
      ['/rest/companies', json],
      ['/rest/companies', `{"name": ${json}}`],
      ['/rest/companies', `{"address": ${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`],
      ['/rest/metadata/objects', `{"nameSingular": ${json}}`],
      ['/rest/metadata/objects', `{"nameSingular": ${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`],
      [
        '/graphql',
        `{"query": "query ($f: CompanyFilterInput) { companies(filter: $f) { totalCount } }", "variables": {"f": ${'{"not":'.repeat(deep)}{}${'}'.repeat(deep)}}}`,
      ],
      [
        '/graphql',
        `{"query": "query ($f: CompanyFilterInput) { companies(filter: $f) { totalCount } }", "variables": {"f": ${json}}}`,
      ],
      [
        '/metadata',
        `{"query": "query ($f: ObjectFilter!) { objects(filter: $f) { totalCount } }", "variables": {"f": ${'{"and":['.repeat(deep)}{}${']}'.repeat(deep)}}}`,
      ],
    ];
    for (const [path, body] of bodies) {
      const response = await post(body, {}, path);
      const text = await response.text();
      expect(response.status, `${path} ${text.slice(0, 200)}`).toBeLessThan(500);
      expect(text).not.toMatch(/INTERNAL_SERVER_ERROR|call stack/);
    }
  });
});
