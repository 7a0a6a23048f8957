/** Whatever is sent, what a server remembers of it has a bound. */

import { expect, test } from 'vitest';
import { workspace } from './fixture.ts';
import { serve } from './server-process.ts';

// The server needs some 100 MB of it, and what it keeps of documents is at most 200 MB. Without bounds one of these
// documents took 7 MB.
const HEAP_MB = 500;

// Two models and what the server needs take 130 MB. If all of these models were kept, they would take 400 MB more.
const CHANGES_HEAP_MB = 220;
const CHANGES = 40;

test('documents that are long and all different do not fill the heap', { timeout: 180_000 }, async () => {
  const { key } = await workspace();
  const server = await serve(HEAP_MB);
  const post = async (query: string) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as { data?: unknown; errors?: { extensions: { subCode: string } }[] };
  };
  const fields = (count: number, n: number, name: string) =>
    Array.from({ length: count }, (_, i) => `a${n}x${i}:${name}`).join(' ');

  // Refused by their size.
  for (let n = 0; n < 100; n++)
    expect((await post(`{ ${fields(4_900, n, '__typename')} }`)).errors?.[0]?.extensions.subCode).toBe(
      'TOO_COMPLEX_QUERY',
    );
  // As large as may be: 2.4 MB each with its plan.
  for (let n = 0; n < 180; n++)
    expect(
      (await post(`{ companies(first: 1) { edges { node { ${fields(1_900, n, 'name')} } } } }`)).errors,
    ).toBeUndefined();
  // Not valid, and not even a document.
  for (let n = 0; n < 20; n++) {
    expect((await post(`{ x${n}${'x'.repeat(1_900_000)} }`)).errors).toHaveLength(1);
    expect((await post(`{ y${n}${'x'.repeat(1_900_000)}(`)).errors).toHaveLength(1);
  }
  expect(await post('{ companies { totalCount } }')).toEqual({ data: { companies: { totalCount: 0 } } });
  await server.stop('SIGTERM');
});

test('models that were changed are forgotten, with what was compiled for them', { timeout: 180_000 }, async () => {
  const { key } = await workspace();
  const server = await serve(CHANGES_HEAP_MB, { SCHEMA_CACHE_SIZE: '2' });
  const ask = async (path: string, query: string) => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return response.json();
  };
  for (let n = 0; n < CHANGES; n++) {
    const object = `{ nameSingular: "rocket${n}", namePlural: "rocket${n}s", labelSingular: "Rocket", labelPlural: "Rockets" }`;
    const created = await ask(
      '/metadata',
      `mutation { createOneObject(input: { object: ${object} }) { nameSingular } }`,
    );
    expect(created).toEqual({ data: { createOneObject: { nameSingular: `rocket${n}` } } });
    expect(await ask('/graphql', `{ rocket${n}s { totalCount } }`)).toEqual({
      data: { [`rocket${n}s`]: { totalCount: 0 } },
    });
  }
  await server.stop('SIGTERM');
});
