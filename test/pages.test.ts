/** The documentation and playground pages as HTTP shows them; browser.test.ts uses them. */

import { expect, test } from 'vitest';
import { server, workspace } from './fixture.ts';

const PAGES = ['/docs', '/docs/metadata', '/graphiql', '/graphiql/metadata'];
const OURS = ['page.js', 'docs.js', 'graphiql.js', 'page.css', 'icon.svg'].map((file) => `/assets/${file}`);

async function get(path: string, headers: Record<string, string> = {}) {
  const { url } = await server();
  const response = await fetch(url + path, { headers, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Files of the two bundles that the page names, of which there is no list but the page. */
async function bundleFiles(): Promise<string[]> {
  const { text } = await get('/docs');
  const folder = (name: string) => new RegExp(`data-${name}="(/assets/${name}/\\d[^"/]*/)"`).exec(text)?.[1];
  return [
    `${folder('scalar')}standalone.js`,
    ...['ruru.js', 'ruru.css', 'graphqlWorker.js', 'jsonWorker.js', 'editorWorker.js'].map((f) => folder('ruru') + f),
  ];
}

test.each(PAGES)('%s answers everybody with HTML, under a policy that lets nothing else in', async (path) => {
  const { status, headers, text } = await get(path);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(text).toMatch(/<title>[A-Z][^{}]+ · Plinth<\/title>/);
  expect(text).not.toContain('{{');

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
  for (const sources of policy.values())
    for (const source of sources) expect(source).toMatch(/^('self'|'none'|'unsafe-inline'|data:|blob:)$/);
});

test('the pages name no other host, and neither do their own files', async () => {
  for (const path of [...PAGES, ...OURS]) {
    const { text } = await get(path);
    const named = text.replace('http://www.w3.org/2000/svg', '').match(/(https?:)?\/\/[a-z0-9-]+\.[^\s"']*/gi);
    expect(named, path).toBeNull();
  }
});

test('every file that a page names is served from here', async () => {
  for (const path of PAGES) {
    const { text } = await get(path);
    const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address as string);
    expect(named.length).toBeGreaterThan(3);
    for (const address of named) expect([address, (await get(address)).status]).toEqual([address, 200]);
  }
});

test('files of this version are asked for again, and answered in one line when they are the same', async () => {
  for (const path of [...PAGES, ...OURS]) {
    const { status, headers } = await get(path);
    expect([path, status]).toEqual([path, 200]);
    expect(headers.get('cache-control')).toMatch(/no-cache|max-age=0/);
  }
  for (const path of OURS) {
    const { headers } = await get(path);
    const again = await get(path, {
      'If-None-Match': String(headers.get('etag')),
      'Cache-Control': 'max-age=0', // as browsers do; without it fetch adds no-cache, which asks for the file itself
    });
    expect([path, again.status, again.text]).toEqual([path, 304, '']);
  }
});

test('the bundles are kept for a year, under a path with their version', async () => {
  for (const path of await bundleFiles()) {
    const { status, headers } = await get(path);
    expect([path, status]).toEqual([path, 200]);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-type')).toMatch(path.endsWith('.css') ? /^text\/css/ : /javascript/);
  }
});

test.each(['/assets/page.html', '/assets/', '/assets/../pages.ts', '/assets/%2e%2e%2fpages.ts', '/docs/other'])(
  '%s is not served',
  async (path) => {
    const { key } = await workspace();
    expect((await get(path, { Authorization: `Bearer ${key}` })).status).toBe(404);
  },
);

test('no browser can put a key into an address: its field has no name, and no form may be sent', async () => {
  for (const path of PAGES) {
    const { headers, text } = await get(path);
    expect(headers.get('content-security-policy')).toContain("form-action 'none'");
    expect(text).toMatch(/<input [^>]*type="password"/);
    for (const [tag] of text.matchAll(/<(?:form|input|button)\b[^>]*>/g))
      expect(tag).not.toMatch(/ (name|action|method)=/);
  }
});

test('a key in an address opens nothing', async () => {
  const { key } = await workspace();
  const plain = await get('/docs');
  for (const name of ['key', 'token', 'apiKey']) expect((await get(`/docs?${name}=${key}`)).text).toBe(plain.text);
});
