/** Which index serves which filter and order, on 100,000 rows: by the plans of the statements that the API sends. */

import pg from 'pg';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { workspace } from './fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;

beforeAll(async () => {
  space = await workspace();
  await space.sql(
    `
    insert into companies (id, name, position, employees, created_at, domain_name_primary_link_url)
    select uuid_at(i), case when i % 10 > 0 then 'Company ' || md5(i::text) end, i, i % 5000,
      timestamptz '2026-01-01Z' + i * interval '1 second',
           'c' || i || '.com'
    from generate_series(1, 100000) as i`.replace(
      'uuid_at(i)',
      "('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid",
    ),
  );
  await space.sql(`
    insert into people (company_id, emails_primary_email, position)
    select ('00000000-0000-4000-8000-' || lpad((i * 3)::text, 12, '0'))::uuid, 'p' || i || '@x.com', i
    from generate_series(1, 20000) as i`);
  // As a workspace's owner makes them.
  await space.sql('create index companies_name_idx on companies (name)');
  await space.sql('create index companies_created_at_idx on companies (created_at)');
  await space.sql('create index companies_employees_idx on companies (employees)');
  await space.sql('create extension if not exists pg_trgm schema public');
  await space.sql('create index companies_name_trigrams on companies using gin (name public.gin_trgm_ops)');
  await space.sql('analyze companies');
  await space.sql('analyze people');
});

type Plan = {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly Plans?: readonly Plan[];
};

/** The nodes of the plan of the one statement that a query sends, and the pages of 8 kB that it reads. */
async function planOf(query: string, variables: object) {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await space.gql(query, variables);
    const sent = spy.mock.calls.map(([config]) => config as unknown as { text: string; values: unknown[] });
    const [statement] = sent.filter(({ text }) => /from "(companies|people)" as/.test(text ?? ''));
    if (!statement) throw new Error(`Nothing was asked: ${sent.map(({ text }) => text)}`);
    spy.mockRestore();
    const [row] = await space.sql(`explain (analyze, buffers, format json) ${statement.text}`, statement.values);
    const plan = row['QUERY PLAN'][0].Plan;
    const nodes = (node: Plan): Plan[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
    const all = nodes(plan);
    return {
      text: statement.text,
      rows: all.find((node) => node['Node Type'] === 'Limit')?.['Actual Rows'],
      blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
      indexes: [...new Set(all.flatMap((node) => node['Index Name'] ?? []))].toSorted(),
      scanned: all.filter((node) => node['Node Type'].endsWith('Seq Scan')).map((node) => node['Relation Name']),
    };
  } finally {
    spy.mockRestore();
  }
}

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('a filter is served by an index that each workspace has', () => {
  test.each<[string, object, string[]]>([
    ['Company', { id: { in: [id(5), id(6)] } }, ['companies_pkey']],
    ['Company', { domainName: { primaryLinkUrl: { eq: 'c77.com' } } }, ['companies_domain_name_key']],
    ['Company', { domainName: { primaryLinkUrl: { in: ['c77.com', 'c78.com'] } } }, ['companies_domain_name_key']],
    ['Company', { domainName: { primaryLinkUrl: { startsWith: 'c7777' } } }, ['companies_domain_name_key']],
    ['Company', { position: { gt: 500, lte: 600 } }, ['companies_position_idx']],
    ['Company', { searchVector: { search: 'company c4ca4238' } }, ['companies_search_vector_idx']],
    ['Person', { companyId: { eq: id(300) } }, ['people_company_id_idx']],
    ['Person', { companyId: { in: [id(300), id(600)] } }, ['people_company_id_idx']],
    [
      'Person',
      { company: { domainName: { primaryLinkUrl: { eq: 'c300.com' } } } },
      ['companies_domain_name_key', 'people_company_id_idx'],
    ],
    [
      'Company',
      { people: { some: { emails: { primaryEmail: { eq: 'p100@x.com' } } } } },
      ['companies_pkey', 'people_emails_key'],
    ],
    [
      'Company',
      { or: [{ domainName: { primaryLinkUrl: { eq: 'c77.com' } } }, { position: { eq: 4 } }] },
      ['companies_domain_name_key', 'companies_position_idx'],
    ],
  ])('%s %j', async (type, filter, indexes) => {
    const plural = type === 'Company' ? 'companies' : 'people';
    const query = `query ($filter: ${type}FilterInput) { ${plural}(filter: $filter) { edges { node { id } } } }`;
    const plan = await planOf(query, { filter });
    expect(plan).toMatchObject({ indexes, scanned: [] });
    expect(plan.rows).toBeGreaterThan(0);
  });
});

describe('a filter is served by an index that its owner makes', () => {
  const query = 'query ($filter: CompanyFilterInput) { companies(filter: $filter) { edges { node { id } } } }';
  const NAME = `Company ${'c4ca4238a0b923820dcc509a6f75849b'}`;
  test.each<[object, string]>([
    [{ name: { eq: NAME } }, 'companies_name_idx'],
    [{ name: { in: [NAME, 'x'] } }, 'companies_name_idx'],
    [{ name: { startsWith: 'Company c4c' } }, 'companies_name_idx'],
    [{ name: { like: 'Company c4c%' } }, 'companies_name_idx'],
    [{ name: { gte: 'Company c4c', lt: 'Company c4d' } }, 'companies_name_idx'],
    [{ name: { ilike: '%Y C4CA4238%' } }, 'companies_name_trigrams'],
    [{ employees: { eq: 7 } }, 'companies_employees_idx'],
    [{ createdAt: { eq: '2026-01-01T00:01:00Z' } }, 'companies_created_at_idx'],
    [{ createdAt: { gte: '2026-01-01T00:01:00Z', lt: '2026-01-01T00:02:00Z' } }, 'companies_created_at_idx'],
    [{ createdAt: { in: ['2026-01-01T00:01:00Z', '2026-01-01T00:02:00Z'] } }, 'companies_created_at_idx'],
  ])('%j', async (filter, index) => {
    const plan = await planOf(query, { filter });
    expect(plan).toMatchObject({ indexes: [index], scanned: [] });
    expect(plan.rows).toBeGreaterThan(0);
  });
});

describe('page 1,000 costs what page 1 costs', () => {
  const query = `query ($orderBy: [CompanyOrderByInput], $after: String, $before: String) {
    companies(orderBy: $orderBy, after: $after, before: $before) { edges { node { id } } pageInfo { hasNextPage } } }`;
  const created = (row: any) => ({ createdAt: `${row.created_at}`, id: row.id });
  const named = (row: any) => ({ name: row.name, id: row.id });
  test.each<[object, string, string, (row: any) => object]>([
    [{ id: 'AscNullsFirst' }, 'id', 'companies_pkey', ({ id }) => ({ id })],
    [{ id: 'DescNullsLast' }, 'id desc', 'companies_pkey', ({ id }) => ({ id })],
    [{ position: 'AscNullsFirst' }, 'position, id', 'companies_position_idx', ({ position, id }) => ({ position, id })],
    [
      { position: 'DescNullsLast' },
      'position desc, id',
      'companies_position_idx',
      ({ position, id }) => ({ position, id }),
    ],
    [{ createdAt: 'AscNullsLast' }, 'created_at, id', 'companies_created_at_idx', created],
    [{ createdAt: 'DescNullsLast' }, 'created_at desc, id', 'companies_created_at_idx', created],
    [{ name: 'AscNullsFirst' }, 'name nulls first, id', 'companies_name_idx', named],
    [{ name: 'AscNullsLast' }, 'name, id', 'companies_name_idx', named],
    [{ name: 'DescNullsFirst' }, 'name desc, id', 'companies_name_idx', named],
    [{ name: 'DescNullsLast' }, 'name desc nulls last, id', 'companies_name_idx', named],
  ])('in the order of %j', async (order, sqlOrder, index, cursorOf) => {
    const [row] = await space.sql(
      `select id, name, position, created_at::text from companies order by ${sqlOrder} offset 60000 limit 1`,
    );
    const cursor = Buffer.from(JSON.stringify(cursorOf(row))).toString('base64');
    const first = await planOf(query, { orderBy: [order] });
    const deep = await planOf(query, { orderBy: [order], after: cursor });
    const back = await planOf(query, { orderBy: [order], before: cursor });
    for (const plan of [first, deep, back]) {
      expect(plan, plan.text).toMatchObject({ rows: 61, scanned: [] });
      expect(plan.indexes).toContain(index);
      // Of the 3,100 of the table; 61 rows lie on as many, in the worst order, and each run of them is read.
      expect(plan.blocks, plan.text).toBeLessThan(600);
    }
  });
});
