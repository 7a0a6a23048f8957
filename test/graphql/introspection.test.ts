/**
 * What generators of clients ask a schema: its text, and the introspection query in all its forms. Contract: core.md
 * 2.1
 */

import { buildClientSchema, buildSchema, getIntrospectionQuery, printSchema } from 'postgraphile/grafast/graphql';
import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

async function document({ url, key }: Workspace, path: string, headers = { Authorization: `Bearer ${key}` }) {
  const response = await fetch(url + path, { headers });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

// Everything that the query can be made to ask.
const EVERYTHING = getIntrospectionQuery({
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
});

describe.each(['/graphql', '/metadata'])('%s', (endpoint) => {
  test('has its schema as text, which is the schema that introspection tells of', async () => {
    const space = await workspace();
    const { status, type, text } = await document(space, `${endpoint}/schema.graphql`);
    expect([status, type]).toEqual([200, 'text/plain; charset=utf-8']);
    const byPost = await space.rest('POST', endpoint, { query: EVERYTHING });
    const byGet = await space.rest('GET', `${endpoint}?query=${encodeURIComponent(EVERYTHING)}`);
    expect(byGet.body).toEqual(byPost.body);
    expect(byPost.body.errors).toBeUndefined();
    expect(printSchema(buildClientSchema(byPost.body.data))).toBe(text);
    expect(printSchema(buildSchema(text))).toBe(text);
  });

  test('is introspected by the shortest and by the default query', async () => {
    const { rest } = await workspace();
    for (const query of ['{ __schema { queryType { name } } }', getIntrospectionQuery()]) {
      const { body } = await rest('POST', endpoint, { query, operationName: null, variables: null });
      expect(body).toMatchObject({ data: { __schema: { queryType: { name: 'Query' } } } });
    }
  });

  test('shows its schema to nobody without a key', async () => {
    const space = await workspace();
    for (const [headers, status] of [
      [{}, 403],
      [{ Authorization: 'Bearer nonsense' }, 401],
    ] as const) {
      const refused = await document(space, `${endpoint}/schema.graphql`, headers as never);
      expect([refused.status, JSON.parse(refused.text).statusCode]).toEqual([status, status]);
      const { body } = await space.rest('POST', endpoint, { query: EVERYTHING }, { Authorization: '', ...headers });
      expect(body.data).toBeUndefined();
    }
  });
});

test('the text is that of the model as it is now', async () => {
  const space = await workspace();
  const before = await document(space, '/graphql/schema.graphql');
  expect(before.text).toContain('type Company ');
  expect(before.text).not.toContain('Rocket');
  await space.rest('POST', '/rest/metadata/objects', {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
  });
  const { text } = await document(space, '/graphql/schema.graphql');
  const mutations = buildSchema(text).getMutationType()?.getFields() ?? {};
  expect(Object.keys(mutations)).toEqual(expect.arrayContaining(['createRocket', 'destroyRockets']));
});
