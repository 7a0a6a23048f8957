/** Two workspaces with the same model share one GraphQL schema and the same connections, and never see each other's rows. */

import { expect, test } from 'vitest';
import { server, workspace } from './fixture.ts';

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
