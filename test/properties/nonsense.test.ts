/**
 * Whatever a client puts into a filter or a cursor, it is answered or told that it is wrong: nothing fails. Contract:
 * core.md 2.9, 2.11
 */

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { patiently, runs } from '../property-runs.ts';
import { cursorNames, leafPaths, orderBy, orders, thingsIn } from './things.ts';

let space: Awaited<ReturnType<typeof thingsIn>>;
beforeAll(async () => {
  space = await thingsIn(5);
});

const OPERATORS =
  'eq neq in gt gte lt lte is like ilike startsWith endsWith containsAny containsIlike isEmptyArray search regex'.split(
    ' ',
  );

const nonsense = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      '',
      ' ',
      '\0',
      '\ud800',
      'NaN',
      'Infinity',
      '-infinity',
      '1e999',
      '1e-999',
      '0x10',
      '1_000',
      '٣',
      '9'.repeat(400),
      'x'.repeat(9000),
    ],
    ...[
      'epoch',
      'now',
      '2026-02-30',
      '2026-13-01',
      '10000-01-01',
      '0001-01-01 BC',
      '2026-01-01T25:00',
      '2026-01-01T00:00:00+99:99',
    ],
    ...[
      '{',
      '{}',
      '{"a":"\\u0000"}',
      '[[[',
      '{a,b}',
      '{"a',
      "'",
      "' or true --",
      '$1',
      '%',
      '\\',
      'a\\',
      '\u202e',
      '\ufffe',
    ],
    ...[-0, 5e-324, 1.7e308, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 2 ** 63, 1e21, true, null],
    ...[[], [[]], [null], {}, { eq: 1 }, ['a', 1, null], [[['deep']]], '00000000-0000-0000-0000-00000000000G'],
  ),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Answered, or refused as the client's mistake. */
async function ask(variables: object) {
  const query = `query ($filter: ThingFilterInput, $orderBy: [ThingOrderByInput], $after: String, $before: String) {
    things(filter: $filter, orderBy: $orderBy, after: $after, before: $before) { totalCount edges { cursor node { id } } } }`;
  const { status, body } = await space.rest('POST', '/graphql', { query, variables });
  const codes = (body.errors ?? []).map(({ extensions }: any) => extensions.code);
  expect({ status, codes }).toEqual({ status: 200, codes: codes.map(() => 'BAD_USER_INPUT') });
  return body;
}

test('a filter of nonsense', patiently, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...leafPaths),
      fc.constantFrom(...OPERATORS),
      nonsense,
      async (path, operator, value) => {
        await ask({ filter: path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), { [operator]: value }) });
        const written = `${path.join('.')}[${operator}]:${typeof value === 'string' ? value : JSON.stringify(value)}`;
        const { status } = await space.rest(
          'GET',
          `/rest/things?${new URLSearchParams({ filter: written.toWellFormed() })}`,
        );
        expect([200, 400]).toContain(status);
      },
    ),
    runs(200),
  );
});

test('a cursor of nonsense', patiently, async () => {
  await fc.assert(
    fc.asyncProperty(
      orders,
      fc.array(nonsense, { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      async (keys, values, isId) => {
        const names = cursorNames(keys);
        const entries = names.map((name, i): [string, unknown] => [name, values[i]]);
        if (isId) entries[names.length - 1] = ['id', '00000000-0000-4000-8000-000000000102'];
        const cursor = Buffer.from(JSON.stringify(Object.fromEntries(entries))).toString('base64');
        for (const at of ['after', 'before']) {
          const { errors } = await ask({ orderBy: orderBy(keys), [at]: cursor });
          for (const { extensions } of errors ?? []) expect(extensions.subCode).toBe('INVALID_CURSOR');
        }
      },
    ),
    runs(150),
  );
});
