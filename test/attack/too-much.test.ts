/** Requests that ask for too much are refused before anything runs, by every API that takes them, and the refusal names the bound. */

import { createClient } from 'graphql-ws';
import { getIntrospectionQuery } from 'postgraphile/grafast/graphql';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { workspace } from '../fixture.ts';

type Space = Awaited<ReturnType<typeof workspace>>;
type Answer = { readonly data?: any; readonly errors?: any[] };

const DOORS: Readonly<Record<string, (space: Space, query: string) => Promise<Answer>>> = {
  '/graphql': async ({ rest }, query) => (await rest('POST', '/graphql', { query })).body,
  '/metadata': async ({ rest }, query) => (await rest('POST', '/metadata', { query })).body,
  WebSocket: overWebSocket,
};

/** The first answer, or the errors of what is refused. */
async function overWebSocket({ url, key }: Pick<Space, 'url' | 'key'>, query: string): Promise<Answer> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  try {
    return await new Promise((settle) => {
      client.subscribe(
        { query },
        {
          next: settle as never,
          error: (errors) => settle({ errors: errors as any[] }),
          complete: () => settle({}),
        },
      );
    });
  } finally {
    await client.dispose();
  }
}

const many = (count: number, write: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => write(i)).join(' ');

/** 2^count selections, were each spread followed. */
const bomb = (count: number, operation = '{ ...f0 }', on = 'Query') =>
  `${operation} ${many(count, (i) => `fragment f${i} on ${on} { ...f${i + 1} ...f${i + 1} }`)} fragment f${count} on ${on} { __typename }`;

/** What is refused, by the bound that its refusal names. */
const ATTACKS: readonly (readonly [what: string, query: string, bound: string])[] = [
  ['spreads that double', bomb(40), 'GRAPHQL_MAX_FIELDS'],
  ['spreads that double in a fragment that is not used', bomb(40, '{ __typename }'), 'GRAPHQL_MAX_FIELDS'],
  ['spreads that double inside an introspection', bomb(40, '{ __schema { ...f0 } }', '__Schema'), 'GRAPHQL_MAX_FIELDS'],
  [
    'spreads that are not on the way to it',
    `{ __typename } query other { ...f0 } ${bomb(40, '').trim()}`,
    'GRAPHQL_MAX_FIELDS',
  ],
  ['many __typename', `{ ${many(4_900, (i) => `a${i}:__typename`)} }`, 'GRAPHQL_MAX_FIELDS'],
  ['many inline fragments', `{ ${many(2_100, () => '... { __typename }')} }`, 'GRAPHQL_MAX_FIELDS'],
  [
    'one introspected field under many names',
    `{ __schema { types { fields { type { fields { ${many(6_000, (i) => `a${i}:name`)} } } } } } }`,
    'GRAPHQL_MAX_FIELDS',
  ],
  [
    'one introspected field under some names',
    `{ __schema { types { fields { type { fields { ${many(1_500, (i) => `a${i}:name`)} } } } } } }`,
    'MAX_WHOLE_INTROSPECTIONS',
  ],
  [
    'one name under many names',
    `{ __schema { types { ${many(1_900, (i) => `a${i}:name`)} } } }`,
    'MAX_WHOLE_INTROSPECTIONS',
  ],
  [
    'the schema many times',
    `{ ${many(400, (i) => `a${i}:__schema { types { name } }`)} }`,
    'MAX_SCHEMA_INTROSPECTIONS',
  ],
  ['selections nested deeply', `${'{ a'.repeat(150)} ${'}'.repeat(150)}`, 'MAX_DOCUMENT_DEPTH'],
  ['selections nested very deeply', `${'{ a'.repeat(9_000)} ${'}'.repeat(9_000)}`, 'MAX_DOCUMENT_DEPTH'],
  [
    'fragments nested deeply',
    `{ ...f0 } ${many(1_500, (i) => `fragment f${i} on Query { ...f${i + 1} }`)} fragment f1500 on Query { __typename }`,
    'MAX_DOCUMENT_DEPTH',
  ],
  [
    'fragments nested deeply, the last one first',
    `fragment f300 on Query { __typename } ${many(300, (i) => `fragment f${299 - i} on Query { ...f${300 - i} }`)} { ...f0 }`,
    'MAX_DOCUMENT_DEPTH',
  ],
  ['a value nested deeply', `{ __type(name: ${'['.repeat(150)}${']'.repeat(150)}) { name } }`, 'MAX_DOCUMENT_DEPTH'],
  ['a value nested very deeply', `{ __type(name: ${'['.repeat(9_000)}) { name } }`, 'MAX_DOCUMENT_DEPTH'],
  ['many operations', many(60, (i) => `query q${i} { __typename }`), 'MAX_OPERATIONS'],
  ['many variables', `query (${many(1_100, (i) => `$v${i}: Int`)}) { __typename }`, 'MAX_VARIABLES'],
  ['many directives', `{ __typename ${'@skip(if: false) '.repeat(1_100)} }`, 'MAX_DIRECTIVES'],
  ['many tokens', `{ __typename(${'a:1 '.repeat(8_000)}) }`, 'MAX_DOCUMENT_TOKENS'],
  [
    'many fragments of a thousand fields each',
    `{ __typename } ${many(30, (i) => `fragment f${i} on Query { ...g }`)} fragment g on Query { ${many(1_000, (i) => `a${i}:__typename`)} }`,
    'MAX_DOCUMENT_OPERATIONS_WORTH',
  ],
];

describe.each(Object.entries(DOORS))('%s refuses', (_door, ask) => {
  test.each(ATTACKS)('%s', async (_what, query, bound) => {
    const { errors } = await ask(await shared(), query);
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', subCode: 'TOO_COMPLEX_QUERY', limit: { name: bound } } },
    ]);
    expect(errors?.[0].message).toContain(bound);
  });

  test('or answers soon a document with hundreds of fields of one name', async () => {
    const same = `{ __schema { ${'queryType { fields { name args { name } } } '.repeat(300)} } }`;
    const began = performance.now();
    await ask(await shared(), same);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('no introspection of a client generator', async () => {
    const query = getIntrospectionQuery({
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
      typeDepth: 9,
    } as never);
    const { data, errors } = await ask(await shared(), query);
    expect(errors).toBeUndefined();
    expect(data.__schema.types.length).toBeGreaterThan(50);
  });
});

test('a subscription is counted like any other operation', async () => {
  const query = bomb(40, 'subscription { companyChanged { ...f0 } }', 'CompanyChange');
  const { errors } = await overWebSocket(await shared(), query);
  expect(errors).toMatchObject([{ extensions: { limit: { name: 'GRAPHQL_MAX_FIELDS' } } }]);
});

let space: Promise<Space> | undefined;
function shared(): Promise<Space> {
  space ??= workspace();
  return space;
}
