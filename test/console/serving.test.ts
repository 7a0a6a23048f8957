/** The console over HTTP: its paths, cache headers, compression and content security policy. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, inject, test } from 'vitest';
import { builtConsole } from '../../server/boot/console-build.ts';
import { server } from '../fixture.ts';

const PATHS = ['/', '/sign-in', '/set-up', '/accept-invitation', '/settings/apis/keys', '/settings/data-model/company'];

/** The limit for the JavaScript of the first page that a person opens. */
const MAX_FIRST_LOAD_BYTES = 200_000;

async function get(path: string, headers: Record<string, string> = {}) {
  const { url } = await server();
  const response = await fetch(url + path, { headers, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test.each(PATHS)('%s serves the console with a policy that forbids inline scripts', async (path) => {
  const { status, headers, text } = await get(path);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(text).toContain('<div id="root">');
  expect(text).not.toMatch(/<script(?![^>]* src=)/);
  const policy = new Map(
    (headers.get('content-security-policy') ?? '').split(';').map((line) => {
      const [directive, ...sources] = line.trim().split(' ');
      return [directive, sources];
    }),
  );
  expect(policy.get('default-src')).toEqual(["'self'"]);
  expect(policy.get('script-src')).toEqual(["'self'"]);
  expect(policy.get('connect-src')).toEqual(["'self'"]);
  expect(policy.get('object-src')).toEqual(["'none'"]);
  expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
  for (const sources of policy.values())
    for (const source of sources) expect(source).toMatch(/^('self'|'none'|'unsafe-inline'|data:|blob:)$/);
});

test('API paths and unknown paths do not serve the console', async () => {
  const { url } = await server();
  for (const [path, status] of [
    ['/rest/companies', 403],
    ['/rest/open-api/core', 200],
    ['/healthz', 200],
    ['/nowhere', 404],
    ['/assets/nothing.js', 404],
    ['/assets/../package.json', 404],
    ['/assets/%2e%2e/index.html', 404],
    ['/index.html', 404],
  ] as const) {
    const answer = await get(path);
    expect([path, answer.status]).toEqual([path, status]);
    expect(answer.headers.get('content-type'), path).toContain('application/json');
  }
  expect((await fetch(`${url}/settings/apis/keys`, { method: 'POST' })).status).toBe(404);
});

test('assets of the console are immutable and compressed', async () => {
  const { text } = await get('/sign-in');
  const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string);
  expect(named.length).toBeGreaterThanOrEqual(3);
  for (const path of named) {
    const plain = await get(path, { 'Accept-Encoding': 'identity' });
    expect([path, plain.status]).toEqual([path, 200]);
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('vary')).toContain('Accept-Encoding');
    expect(plain.headers.get('content-encoding')).toBeNull();
    if (plain.text.length < 1_000) continue;
    for (const coding of ['br', 'gzip']) {
      const answer = await get(path, { 'Accept-Encoding': coding });
      expect([path, answer.headers.get('content-encoding')]).toEqual([path, coding]);
      expect(answer.headers.get('content-type')).toBe(plain.headers.get('content-type'));
      expect(answer.text).toBe(plain.text);
    }
  }
});

test('the page of the console is revalidated: 304 if it is unchanged', async () => {
  const { headers } = await get('/');
  const since = String(headers.get('last-modified'));
  // As browsers do. Without an explicit Cache-Control, fetch adds no-cache, which disables revalidation.
  expect((await get('/', { 'If-Modified-Since': since, 'Cache-Control': 'max-age=0' })).status).toBe(304);
});

test.each(['pages/sign-in.tsx', 'pages/apis/keys.tsx'])(
  '%s loads in less than 200 KB of JavaScript',
  async (source) => {
    const chunks = await manifest();
    const files = new Set<string>();
    const visit = (key: string) => {
      const chunk = chunks[key];
      if (!chunk || files.has(chunk.file)) return;
      files.add(chunk.file);
      for (const each of chunk.imports ?? []) visit(each);
    };
    for (const each of ['index.html', source, 'languages/en.ts']) visit(each);
    expect(files.size).toBeGreaterThan(5);
    let bytes = 0;
    for (const file of files) bytes += await gzipped(`/${file}`);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(MAX_FIRST_LOAD_BYTES);
  },
);

test('the console is not built again while its sources are unchanged', async () => {
  const page = join(inject('consoleDir') as string, 'index.html');
  const { mtimeMs } = await stat(page);
  expect(await builtConsole()).toBe(inject('consoleDir'));
  expect((await stat(page)).mtimeMs).toBe(mtimeMs);
});

type Chunk = { readonly file: string; readonly imports?: readonly string[] };

async function manifest(): Promise<Record<string, Chunk>> {
  return JSON.parse(await readFile(`${inject('consoleDir')}/.vite/manifest.json`, 'utf8'));
}

async function gzipped(path: string): Promise<number> {
  const file = `${inject('consoleDir')}${path}`;
  const packed = await readFile(`${file}.gz`).catch(() => null);
  if (packed) expect(gunzipSync(packed).length).toBeGreaterThan(packed.length);
  return (packed ?? (await readFile(file))).length;
}
