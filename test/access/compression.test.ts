/** Answers over a kilobyte are compressed for whoever accepts that, and nothing else about them changes. */

import { get, type IncomingMessage, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

type Space = Awaited<ReturnType<typeof workspace>>;

let space: Space;
let path: string;
beforeAll(async () => {
  space = await workspace();
  const companies = Array.from({ length: 30 }, (_, index) => ({ name: `Company ${index} ${'long '.repeat(300)}` }));
  const { body } = await space.rest('POST', '/rest/batch/companies', companies);
  path = `/rest/companies/${body.data.createCompanies[0].id}`;
});

/** As it comes: `fetch` would decompress it. */
async function answer(at: string, headers: Record<string, string> = {}, method = 'GET') {
  const given = { method, headers: { Authorization: `Bearer ${space.key}`, ...headers } };
  const response = await new Promise<IncomingMessage>((settle, fail) => {
    request(space.url + at, given, settle)
      .on('error', fail)
      .end();
  });
  const body = Buffer.concat(await response.toArray());
  return { status: response.statusCode, headers: response.headers, body };
}

test.each([
  ['gzip', gunzipSync],
  ['br', brotliDecompressSync],
])('%s holds what the plain answer does', async (coding, open) => {
  for (const at of ['/rest/companies', '/rest/companies/export', '/rest/metadata/objects', '/graphql/schema.graphql']) {
    const plain = await answer(at);
    const small = await answer(at, { 'Accept-Encoding': coding });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(small.headers).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding' });
    expect(plain.headers.vary).toBe('Accept-Encoding');
    expect(open(small.body).equals(plain.body)).toBe(true);
    expect(small.body.length).toBeLessThan(plain.body.length / 2);
  }
});

test('what is short, refused by the client, or a head alone stays as it is', async () => {
  for (const [at, accepted, method] of [
    ['/rest/companies?limit=1&fields=id', 'gzip'],
    ['/rest/companies', 'identity'],
    ['/rest/companies', 'gzip;q=0'],
    ['/rest/companies', 'zstd'],
    ['/rest/companies', 'gzip', 'HEAD'],
  ] as const) {
    const { status, headers } = await answer(at, { 'Accept-Encoding': accepted }, method);
    expect([at, accepted, status, headers['content-encoding']]).toEqual([at, accepted, 200, undefined]);
  }
});

test('a compressed record has a weak ETag, which conditions take', async () => {
  const plain = await answer(path);
  const small = await answer(path, { 'Accept-Encoding': 'gzip' });
  expect(small.headers['content-encoding']).toBe('gzip');
  expect(small.headers.etag).toBe(`W/${plain.headers.etag}`);
  const again = await answer(path, { 'Accept-Encoding': 'gzip', 'If-None-Match': String(small.headers.etag) });
  expect([again.status, again.body.length, again.headers['content-encoding']]).toEqual([304, 0, undefined]);
  const changed = await space.rest('PATCH', path, { employees: 1 }, { 'If-Match': String(small.headers.etag) });
  expect(changed.status).toBe(200);
});

test('streams of changes and of progress are never compressed, so that no line waits for others', async () => {
  const headers = { Authorization: `Bearer ${space.key}`, 'Accept-Encoding': 'gzip, br' };
  const changes = await new Promise<IncomingMessage>((settle, fail) => {
    get(`${space.url}/rest/companies/changes`, { headers }, settle).on('error', fail);
  });
  expect([changes.statusCode, changes.headers['content-encoding']]).toEqual([200, undefined]);
  expect(changes.headers['cache-control']).toContain('no-transform');
  changes.destroy();
  // The file is not sent to its end: the first line comes before that.
  const sent = request(`${space.url}/rest/companies/import`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/x-ndjson' },
  });
  const answered = new Promise<IncomingMessage>((settle, fail) => sent.on('response', settle).on('error', fail));
  sent.write('{"name":"first"}\n');
  const progress = await answered;
  expect(progress.headers['content-encoding']).toBeUndefined();
  const [line] = await progress.take(1).toArray();
  expect(JSON.parse(String(line).split('\n')[0] ?? '')).toMatchObject({ event: 'started' });
  sent.destroy();
});
