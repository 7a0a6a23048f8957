/** The document as it is served: to whom, how often, and what of it. Contract: core.md 4 */

import { expect, test } from 'vitest';
import { beside, workspace } from '../fixture.ts';

const PATHS = ['/rest/open-api/core', '/open-api/core'];

test('a document that has not changed is not sent again; one of a changed model is', async () => {
  const { rest, metadata } = await workspace();
  const first = await rest('GET', '/rest/open-api/core');
  const etag = String(first.headers.get('etag'));
  expect(first.status).toBe(200);
  expect(first.headers.get('content-encoding')).toBe('gzip');
  const ask = () => rest('GET', '/rest/open-api/core', undefined, { 'If-None-Match': etag });
  expect(await ask()).toMatchObject({ status: 304, body: null });

  const input = { object: { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'R', labelPlural: 'Rs' } };
  await metadata('mutation ($input: CreateOneObjectInput!) { createOneObject(input: $input) { id } }', { input });
  const next = await ask();
  expect(next.status).toBe(200);
  expect(next.body.paths).toHaveProperty('/rockets');
  expect(next.headers.get('etag')).not.toBe(etag);
});

test('workspaces of one model share a document; who takes no compressed answer gets the same', async () => {
  const [one, other] = [await workspace(), await workspace()];
  const plain = await other.rest('GET', '/open-api/core', undefined, { 'Accept-Encoding': 'identity' });
  expect(plain.headers.get('content-encoding')).toBeNull();
  const { body, headers } = await one.rest('GET', '/rest/open-api/core');
  expect(plain.body).toEqual(body);
  expect(plain.headers.get('etag')).toBe(headers.get('etag'));
});

test.each(PATHS)('%s without a key, or with one in the URL, is a skeleton', async (path) => {
  const { url, key } = await workspace();
  const asked = [
    fetch(url + path),
    fetch(`${url}${path}?token=${key}`),
    fetch(url + path, { headers: { Authorization: 'Bearer nonsense' } }),
  ];
  for (const answer of await Promise.all(asked)) {
    expect(answer.status).toBe(200);
    const document = (await answer.json()) as any;
    expect(Object.keys(document.paths)).toEqual(['/open-api/core']);
    expect(Object.keys(document.components)).toEqual(['securitySchemes']);
    expect(document).not.toHaveProperty('tags');
    expect(JSON.stringify(document)).not.toContain(key);
  }
});

test.each([...PATHS, '/rest/open-api/metadata', '/open-api/metadata'])(
  '%s refuses a key over its rate limit instead of answering the skeleton',
  async (path) => {
    const [{ key }, url] = [await workspace(), await beside({ RATE_LIMIT: '1' })];
    const ask = () => fetch(url + path, { headers: { Authorization: `Bearer ${key}` } });
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    for (const answer of answers) {
      const body = (await answer.json()) as any;
      if (answer.status === 200) expect(Object.keys(body.paths).length).toBeGreaterThan(1);
      else expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    }
  },
);
