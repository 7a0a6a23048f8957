/**
 * Two workspaces with the same model share one GraphQL schema and the same connections, and never see each other's
 * rows.
 */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { server, workspace } from './fixture.ts';
import { makeObject, ROCKET } from './metadata/asking.ts';
import { exported, imported } from './rest/transfer/files.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

async function withDeals(space: Workspace, prefix: string): Promise<void> {
  const stages = ['NEW', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER'];
  await space.gql('mutation ($data: [OpportunityCreateInput!]!) { createOpportunities(data: $data) { id } }', {
    data: Array.from({ length: 50 }, (_, i) => ({ name: `${prefix} ${i}`, stage: stages[i % stages.length] })),
  });
}

test('hundreds of interleaved requests stay in their workspaces', async () => {
  const [a, b] = [await workspace(), await workspace()];
  const { models } = await server();
  expect(await models.get(a.schema)).toBe(await models.get(b.schema));
  await Promise.all([withDeals(a, 'a'), withDeals(b, 'b')]);

  // Enum filters and enum writes on purpose: a prepared statement would keep the other workspace's type.
  const read = async (space: Workspace, prefix: string, stage: string) => {
    const { opportunities } = await space.gql(
      'query ($stage: OpportunityStageEnum) { opportunities(filter: { stage: { eq: $stage } }, first: 200) { totalCount edges { node { name stage } } } }',
      { stage },
    );
    expect(opportunities.totalCount).toBeGreaterThanOrEqual(10);
    for (const { node } of opportunities.edges)
      expect(node).toMatchObject({ name: expect.stringMatching(new RegExp(`^${prefix} `)), stage });
  };
  const write = async (space: Workspace, prefix: string, i: number) => {
    const { createOpportunity } = await space.gql(
      'mutation ($data: OpportunityCreateInput!) { createOpportunity(data: $data) { name stage } }',
      { data: { name: `${prefix} written ${i}`, stage: i % 2 === 0 ? 'MEETING' : 'CUSTOMER' } },
    );
    expect(createOpportunity.name).toBe(`${prefix} written ${i}`);
  };
  const readOverRest = async (space: Workspace, prefix: string) => {
    const { body } = await space.rest('GET', '/rest/opportunities?filter=stage[in]:[NEW,SCREENING]&limit=200');
    for (const record of body.data.opportunities) expect(record.name).toMatch(new RegExp(`^${prefix} `));
  };
  const requests = Array.from({ length: 80 }, (_, i) => [
    () => read(a, 'a', 'NEW'),
    () => write(b, 'b', i),
    () => readOverRest(b, 'b'),
    () => read(b, 'b', 'PROPOSAL'),
    () => write(a, 'a', i),
    () => readOverRest(a, 'a'),
  ]).flat();
  for (let i = 0; i < requests.length; i += 48)
    await Promise.all(requests.slice(i, i + 48).map((request) => request()));

  for (const [space, prefix] of [
    [a, 'a'],
    [b, 'b'],
  ] as const) {
    const rows = await space.sql(
      'select count(*)::int as all, count(*) filter (where name like $1)::int as own from opportunities',
      [`${prefix} %`],
    );
    expect(rows).toEqual([{ all: 130, own: 130 }]);
  }
});

test('ids of another workspace mean nothing', async () => {
  const [a, b] = [await workspace(), await workspace()];
  const { createCompany } = await a.gql('mutation { createCompany(data: { name: "Secret" }) { id } }');
  const { id } = createCompany;
  expect(await b.refused(`{ company(filter: { id: { eq: "${id}" } }) { name } }`)).toMatchObject({
    extensions: { code: 'NOT_FOUND' },
  });
  expect(await b.refused(`mutation { updateCompany(id: "${id}", data: { name: "x" }) { id } }`)).toMatchObject({
    extensions: { code: 'NOT_FOUND' },
  });
  expect(await b.refused(`mutation { destroyCompany(id: "${id}") { id } }`)).toMatchObject({
    extensions: { code: 'NOT_FOUND' },
  });
  expect(await b.refused(`mutation { createPerson(data: { companyId: "${id}" }) { id } }`)).toMatchObject({
    extensions: { code: 'BAD_USER_INPUT' },
  });
  expect((await b.rest('GET', `/rest/companies/${id}`)).status).toBe(404);
  expect(await a.sql('select name from companies')).toEqual([{ name: 'Secret' }]);
});

describe('what another workspace has made is not there, whatever way it is asked for', () => {
  type Secrets = {
    readonly [Key in 'one' | 'two' | 'object' | 'field' | 'key' | 'upload' | 'cursor' | 'tag' | 'own']: string;
  };
  const SHARED = '01940000-0000-7000-8000-000000000001'; // a record of either workspace
  const ONCE = { 'Idempotency-Key': 'once' };
  const BOTH = { name: 'Secret of both' };
  let a: Workspace;
  let b: Workspace;
  let secret: Secrets;

  const objectsOf = async (space: Workspace) => (await space.rest('GET', '/rest/metadata/objects?limit=100')).body.data;
  const idOf = async (space: Workspace, name: string) =>
    (await objectsOf(space)).find(({ nameSingular }: any) => nameSingular === name).id;

  beforeAll(async () => {
    [a, b] = [await workspace(), await workspace()];
    const [one, two, upload] = [randomUUID(), randomUUID(), randomUUID()];
    const { id: object, fieldsList } = await makeObject(a, {
      ...ROCKET,
      nameSingular: 'secretRocket',
      namePlural: 'secretRockets',
    });
    for (const id of [one, two]) await a.rest('POST', '/rest/companies', { id, name: 'Secret' });
    for (const space of [a, b]) await space.rest('POST', '/rest/companies', { id: SHARED, name: 'Known' });
    await a.rest('POST', '/rest/people', { companyId: one });
    await b.rest('POST', '/rest/people', { companyId: SHARED });
    await a.rest('POST', '/rest/companies', BOTH, ONCE);
    await imported(a, `/rest/companies/import?import=${upload}`, 'ndjson', '{"name":"Secret"}\n');
    await a.sql(
      "insert into plinth.model_jobs (workspace_id, kind, table_key, key, name, state) values ($1, 'make', '', '', 'secret', 'done')",
      [a.id],
    );
    const { headers } = await a.rest('GET', `/rest/companies/${SHARED}`);
    const { body } = await a.rest('GET', '/rest/companies?order_by=name&limit=1');
    const keys = await a.rest('GET', '/rest/metadata/apiKeys');
    secret = {
      one,
      two,
      object,
      upload,
      field: fieldsList[0].id,
      key: keys.body.data[0].id,
      cursor: body.pageInfo.endCursor,
      tag: headers.get('etag') as string,
      own: await idOf(b, 'company'),
    };
  });

  const LABELS = { name: 'stolen', label: 'Stolen' };
  test.each<[string, number, (of: Secrets) => [method: string, path: string, body?: unknown, headers?: object]]>([
    ['records, merged', 404, ({ one, two }) => ['PATCH', '/rest/companies/merge', merging(one, two)]],
    ['a record, merged into one’s own', 404, ({ one }) => ['PATCH', '/rest/companies/merge', merging(SHARED, one)]],
    ['an ETag', 412, ({ tag }) => ['PATCH', `/rest/companies/${SHARED}`, { name: 'x' }, { 'If-Match': tag }]],
    ['an import', 404, ({ upload }) => ['GET', `/rest/companies/import?import=${upload}`]],
    ['an object, exported', 400, () => ['GET', '/rest/secretRockets/export']],
    ['an object, grouped', 400, () => ['GET', '/rest/secretRockets/groupBy']],
    ['an object of the model', 404, ({ object }) => ['GET', `/rest/metadata/objects/${object}`]],
    ['… changed', 404, ({ object }) => ['PATCH', `/rest/metadata/objects/${object}`, { isActive: false }]],
    ['… removed', 404, ({ object }) => ['DELETE', `/rest/metadata/objects/${object}`]],
    ['… with a new field', 404, ({ object }) => ['POST', '/rest/metadata/fields', textField(object)]],
    ['… with a relation to it', 400, ({ own, object }) => ['POST', '/rest/metadata/fields', relationTo(own, object)]],
    ['a field', 404, ({ field }) => ['GET', `/rest/metadata/fields/${field}`]],
    ['… changed', 404, ({ field }) => ['PATCH', `/rest/metadata/fields/${field}`, { label: 'Stolen' }]],
    ['… planned to be removed', 404, ({ field }) => ['DELETE', `/rest/metadata/fields/${field}?dry_run=true`]],
    ['an API key', 404, ({ key }) => ['GET', `/rest/metadata/apiKeys/${key}`]],
    ['… and a token of it', 404, ({ key }) => ['POST', `/rest/metadata/apiKeys/${key}/tokens`, {}]],
    ['… removed', 404, ({ key }) => ['DELETE', `/rest/metadata/apiKeys/${key}`]],
  ])('%s: %i', async (_what, status, request) => {
    const [method, path, body, headers] = request(secret);
    const answer = await b.rest(method, path, body, headers as Record<string, string>);
    expect(answer).toMatchObject({ status });
    expect(JSON.stringify(answer.body)).not.toMatch(/secret(?!Rockets)/i);
  });

  test.each<[string, (of: Secrets) => string, RegExp]>([
    [
      'a page after its cursor',
      ({ cursor }) => `/rest/companies?order_by=name&starting_after=${cursor}`,
      /"totalCount":1/,
    ],
    ['a filter by its id', ({ one }) => `/rest/companies?filter=id[eq]:${one}`, /"companies":\[\]/],
    ['an export', () => '/rest/companies/export', /^\{.*"Known".*\}\n$/],
    ['groups', () => '/rest/companies/groupBy?group_by=[{"name":true}]', /"Known"/],
    ['groups by a relation', () => '/rest/people/groupBy?group_by=[{"company":{"name":true}}]', /"Known"/],
    ['the core schema', () => '/graphql/schema.graphql', /type Company /],
    ['the core document', () => '/rest/open-api/core', /\/companies/],
    ['the metadata document', () => '/rest/open-api/metadata', /\/objects/],
    ['the model', () => '/rest/metadata/model', /"company"/],
    ['the objects', () => '/rest/metadata/objects?limit=100', /"company"/],
    ['the fields', () => '/rest/metadata/fields?limit=1000', /"domainName"/],
    ['the jobs', () => '/rest/metadata/modelJobs', /\{"data":\[\]\}/],
    ['the drift', () => '/rest/metadata/drift', /\{"data":\[\]\}/],
  ])('nothing of it is in %s', async (_what, path, own) => {
    const text = await exported(b, path(secret));
    expect(text).toMatch(own);
    expect(text.replaceAll('"secret"', '')).not.toMatch(/secret/i); // a property that webhooks have
  });

  test('nothing of it is in a search, nor after a cursor of one', async () => {
    const search = '{ search(searchInput: "secret", limit: 5) { edges { node { label } cursor } } }';
    const [hit] = (await a.gql(search)).search.edges;
    expect((await b.gql(search)).search.edges).toEqual([]);
    const after = await b.gql(
      `{ search(searchInput: "", limit: 5, after: "${hit.cursor}", includedObjectNameSingulars: ["company"]) { edges { node { label } } } }`,
    );
    expect(after.search.edges).toEqual([{ node: { label: 'Known' } }]);
  });

  test('an Idempotency-Key and the id of an import are each workspace’s own', async () => {
    const written = await b.rest('POST', '/rest/companies', BOTH, ONCE);
    expect([written.status, written.headers.get('Idempotent-Replayed')]).toEqual([201, null]);
    const events = await imported(b, `/rest/companies/import?import=${secret.upload}`, 'ndjson', '{"name":"Own"}\n');
    expect(events.map(({ event, line }) => `${event} ${line}`)).toEqual(['started 0', 'progress 1', 'done 1']);
    expect(await b.sql('select name from companies order by name')).toEqual(
      ['Known', 'Own', BOTH.name].map((name) => ({ name })),
    );
  });

  const merging = (...ids: string[]) => ({ ids, conflictPriorityIndex: 0 });
  const textField = (objectMetadataId: string) => ({ objectMetadataId, type: 'TEXT', ...LABELS });
  const relationTo = (objectMetadataId: string, targetObjectMetadataId: string) => ({
    objectMetadataId,
    type: 'RELATION',
    ...LABELS,
    relationCreationPayload: { type: 'MANY_TO_ONE', targetObjectMetadataId, targetFieldLabel: 'Thieves' },
  });
});

test('a key opens its own workspace, and nothing when it is tampered with', async () => {
  const { url, key } = await workspace();
  const ask = async (authorization?: string) => {
    const response = await fetch(`${url}/rest/companies`, authorization ? { headers: { authorization } } : {});
    return { status: response.status, body: (await response.json()) as any };
  };
  expect((await ask(`Bearer ${key}`)).status).toBe(200);
  expect(await ask()).toMatchObject({
    status: 403,
    body: { error: 'FORBIDDEN_EXCEPTION', messages: ['Missing authentication token'] },
  });
  for (const wrong of [
    'nonsense',
    `${key}x`,
    key.slice(0, -1),
    key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
    key.replace('plinth_', 'plinth_x'),
  ]) {
    expect(await ask(`Bearer ${wrong}`)).toMatchObject({
      status: 401,
      body: { error: 'UNAUTHENTICATED', messages: ['Token invalid.'] },
    });
  }
});

test('the role of a workspace reaches no other schema', async () => {
  const [a, b] = [await workspace(), await workspace()];
  const { database } = await server();
  const asB = <T>(text: string): Promise<T> =>
    database.withConnection({ schema: b.schema, role: b.schema }, async ({ raw }) => (await raw.query(text)) as T);
  await expect(asB(`select * from ${a.schema}.companies`)).rejects.toMatchObject({ code: '42501' });
  await expect(asB('select * from plinth.api_key_tokens')).rejects.toMatchObject({ code: '42501' });
  await expect(asB('drop table companies')).rejects.toMatchObject({ code: '42501' });
});

const HOSTILE = [
  "'; drop table companies; --",
  '"; drop table companies; --',
  "\\'; drop table companies; --",
  '$1',
  '${1+1}',
  "' or '1'='1",
  '%',
  '_',
  '\u0001',
  '🚀',
];

test('a value that looks like SQL stays a value, in every argument', async () => {
  const { gql, refused, rest, sql } = await workspace();
  for (const [i, value] of HOSTILE.entries()) {
    const { createCompany } = await gql(
      'mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id name } }',
      {
        data: {
          name: value,
          domainName: {
            primaryLinkUrl: `${i}.example`,
            primaryLinkLabel: value,
            secondaryLinks: [{ url: value, label: value }],
          },
          address: { addressCity: value },
        },
      },
    );
    expect(createCompany.name).toBe(value);
    const found = await gql(
      'query ($name: String, $city: String) { companies(filter: { name: { eq: $name }, address: { addressCity: { in: [$city] } } }) { edges { node { id } } } }',
      { name: value, city: value },
    );
    expect(found.companies.edges).toEqual([{ node: { id: createCompany.id } }]);
    await gql(
      'query ($v: String) { companies(filter: { or: [{ name: { like: $v } }, { name: { ilike: $v } }, { name: { startsWith: $v } }, { name: { endsWith: $v } }, { searchVector: { search: $v } }] }) { totalCount } }',
      { v: value },
    );
    await gql('mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data, upsert: true) { id } }', {
      data: [{ name: value, domainName: { primaryLinkUrl: `${i}.example` } }],
    });
    await refused('query ($after: String) { companies(after: $after) { totalCount edges { cursor } } }', {
      after: value,
    });
    const overRest = await rest(
      'GET',
      `/rest/companies?filter=name[eq]:${encodeURIComponent(`"${value.replaceAll('"', '')}"`)}`,
    );
    expect([200, 400]).toContain(overRest.status);
    expect((await rest('GET', `/rest/companies?order_by=${encodeURIComponent(value)}`)).status).toBe(400);
    expect([400, 404]).toContain((await rest('GET', `/rest/companies/${encodeURIComponent(value)}`)).status);
    expect([400, 404]).toContain((await rest('GET', `/rest/${encodeURIComponent(value)}`)).status);
  }
  expect(await sql('select count(*)::int from companies')).toEqual([{ count: HOSTILE.length }]);
});
