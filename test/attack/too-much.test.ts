/**
 * Requests that ask for too much are refused before anything runs, by every API that takes them, and the refusal names
 * the bound.
 */

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

/** As text: `JSON.stringify` can write none of it. */
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('JSON nested deeply is refused', () => {
  const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const { url, who } = await shared();
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { ...who, 'Content-Type': 'application/json', ...headers },
      body,
    });
    return { status: response.status, text: await response.text() };
  };
  const query = '{ __typename }';
  const idempotent = { 'Idempotency-Key': 'deep' };

  test.each([
    ['to sign in, without a key', '/auth/link', `{"token":${nested(7_000)}}`, { Authorization: '' }],
    ['to sign in by e-mail', '/auth/sign-in/email', `{"email":${nested(7_000)},"password":"x"}`, { Authorization: '' }],
    ['REST', '/rest/companies', `{"name":"x","attachments":${nested(100_000)}}`, {}],
    ['REST with an Idempotency-Key', '/rest/companies', `{"name":"x","attachments":${nested(100_000)}}`, idempotent],
    ['REST metadata', '/rest/metadata/objects', `{"nameSingular":${nested(100_000)}}`, {}],
    ['variables', '/graphql', `{"query":"${query}","variables":{"a":${nested(100_000)}}}`, {}],
    [
      'variables with an Idempotency-Key',
      '/graphql',
      `{"query":"${query}","variables":{"a":${nested(9_000)}}}`,
      idempotent,
    ],
    ['variables of metadata', '/metadata', `{"query":"${query}","variables":{"a":${nested(100_000)}}}`, {}],
    ['what is not read', '/graphql', `{"query":"${query}","extensions":${nested(900_000)}}`, {}],
  ])('%s', async (_what, path, body, headers) => {
    const { status, text } = await post(path, body, headers);
    expect(text).toContain('more than 100 levels of JSON (MAX_JSON_DEPTH)');
    expect(status).toBe(path === '/graphql' || path === '/metadata' ? 200 : 400);
  });

  test('in the URL', async () => {
    const { rest } = await shared();
    const deep = encodeURIComponent(`{"a":${nested(1_500)}}`);
    const { body } = await rest('GET', `/graphql?query=${encodeURIComponent(query)}&variables=${deep}`);
    expect(body.errors).toMatchObject([
      { extensions: { subCode: 'LIMIT_EXCEEDED', limit: { name: 'MAX_JSON_DEPTH' } } },
    ]);
    const grouped = await rest('GET', `/rest/companies/groupBy?group_by=${encodeURIComponent(nested(2_000))}`);
    expect(grouped.body.messages[0]).toContain('MAX_JSON_DEPTH');
    // `qs` reads five levels, and takes the rest for a name.
    expect((await rest('GET', `/rest/companies?filter${'[a]'.repeat(3_000)}=1`)).status).toBe(200);
    const cursor = Buffer.from(`{"id":${nested(3_000)}}`).toString('base64');
    expect((await rest('GET', `/rest/companies?starting_after=${cursor}`)).status).toBe(400);
  });

  test('of a JSON field that is sent as text', async () => {
    const { gql, refused, metadata } = await workspace();
    const { objects } = await metadata('{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }');
    const { id } = objects.edges.map(({ node }: any) => node).find((each: any) => each.nameSingular === 'company');
    await metadata(
      `mutation { createOneField(input: { field: { objectMetadataId: "${id}", type: RAW_JSON, name: "extra", label: "Extra" } }) { id } }`,
    );
    const mutation = 'mutation ($extra: JSON) { createCompany(data: { name: "x", extra: $extra }) { extra } }';
    expect(await gql(mutation, { extra: nested(50) })).toBeDefined();
    expect(await refused(mutation, { extra: nested(100_000) })).toMatchObject({
      extensions: { limit: { name: 'MAX_JSON_DEPTH' } },
    });
  });
});

test('a search of two million characters is refused at once', async () => {
  const { refused } = await shared();
  const query = 'query ($s: String!) { search(searchInput: $s, limit: 10) { edges { node { recordId } } } }';
  const limit = { name: 'MAX_SEARCH_CHARACTERS', max: 1_000, value: 1_900_000 };
  const began = performance.now();
  expect(await refused(query, { s: 'a'.repeat(1_900_000) })).toMatchObject({
    extensions: { subCode: 'INVALID_QUERY_INPUT', limit },
  });
  const filter = 'query ($s: String!) { companies(filter: { searchVector: { search: $s } }) { totalCount } }';
  expect(await refused(filter, { s: 'a'.repeat(1_900_000) })).toMatchObject({ extensions: { limit } });
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('records of many fields each are counted by their values', async () => {
  const { refused } = await shared();
  const fields = many(1_500, (i) => `a${i}: name`);
  const query = `{ companies(first: 100) { edges { node { people(first: 90) { edges { node { ${fields.replaceAll('name', 'jobTitle')} } } } } } } }`;
  expect(await refused(query)).toMatchObject({ extensions: { limit: { name: 'GRAPHQL_MAX_VALUES', max: 500_000 } } });
});

test('objects and fields that lead to each other end at a number of values', { timeout: 120_000 }, async () => {
  const { metadataRefused, metadata } = await shared();
  const levels = 4;
  const query = `{ fields(paging: { first: 1000 }) { edges { node { ${'object { fieldsList { '.repeat(levels)} id ${'} }'.repeat(levels)} } } } }`;
  expect(await metadataRefused(query)).toMatchObject({ extensions: { limit: { name: 'MAX_METADATA_VALUES' } } });
  await metadata('{ fields(paging: { first: 1000 }) { edges { node { object { fieldsList { id } } } } } }');
});

test('an answer of a long text many times over is refused before it is written', async () => {
  const { gql, refused, rest } = await shared();
  const name = 'x'.repeat(1_000_000);
  const { createCompany } = await gql('mutation ($name: String) { createCompany(data: { name: $name }) { id } }', {
    name,
  });
  const query = `query ($id: UUID!) { company(filter: { id: { eq: $id } }) { ${many(110, (i) => `a${i}: name`)} } }`; // a tenth over the bound
  const refusal = { extensions: { subCode: 'ANSWER_TOO_LARGE', limit: { name: 'MAX_ANSWER_CHARACTERS' } } };
  expect(await refused(query, createCompany)).toMatchObject(refusal);
  expect((await rest('GET', `/rest/companies/${createCompany.id}`)).status).toBe(200);
  const { errors } = await overWebSocket(
    await shared(),
    query.replace('$id: UUID!', `$id: UUID = "${createCompany.id}"`),
  );
  expect(errors).toMatchObject([refusal]);
});

test('a pattern of many wildcards is matched in no time', async () => {
  const { metadata } = await shared();
  const pattern = `${'%1%a'.repeat(40)}z`;
  const began = performance.now();
  const query = 'query ($like: UUID) { objects(filter: { id: { like: $like } }) { totalCount } }';
  expect(await metadata(query, { like: pattern })).toEqual({ objects: { totalCount: 0 } });
  expect((await metadata(query, { like: '%-%-4%-%' })).objects.totalCount).toBeGreaterThan(0);
  expect(performance.now() - began).toBeLessThan(5_000);
});

let space: Promise<Space> | undefined;
function shared(): Promise<Space> {
  space ??= workspace();
  return space;
}
