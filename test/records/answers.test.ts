/**
 * How operations become statements: how many, how often they are made anew, and that none remembers what it should not.
 */

import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { openDatabase } from '../../db/pool.ts';
import { queryClient } from '../../server/records/adaptor.ts';
import { workspace } from '../fixture.ts';
import { statementsOf } from '../statements.ts';

test('a mutation that is sent again answers the record that it wrote this time', async () => {
  const { gql } = await workspace();
  const create = 'mutation { createCompany(data: { name: "ESA" }) { id name } }';
  const [first, second] = [await gql(create), await gql(create)];
  expect(second.createCompany).toMatchObject({ name: 'ESA' });
  expect(second.createCompany.id).not.toBe(first.createCompany.id);
});

test('each way of reading is one statement', async () => {
  const { gql, rest } = await workspace();
  const { createCompany } = await gql('mutation { createCompany(data: { name: "ESA" }) { id } }');
  await gql(`mutation { createPerson(data: { companyId: "${createCompany.id}" }) { id } }`);
  const person = '{ id name { firstName } company { id } }';
  const reads: Record<string, () => Promise<unknown>> = {
    'find one': () => gql('query ($id: UUID) { company(filter: { id: { eq: $id } }) { id name } }', createCompany),
    'find many': () =>
      gql('{ companies(first: 2) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }'),
    'three levels': () =>
      gql(`{ companies { totalCount edges { node { people { totalCount edges { node ${person} } } } } } }`),
    aggregates: () => gql('{ companies { totalCount sumEmployees maxCreatedAt countEmptyName } }'),
    'group by': () =>
      gql(
        `{ companiesGroupBy(groupBy: [{ name: true }]) { totalCount edges { node { people { edges { node ${person} } } } } } }`,
      ),
    duplicates: () =>
      gql('query ($ids: [UUID]) { companyDuplicates(ids: $ids) { totalCount edges { node { id } } } }', {
        ids: [createCompany.id],
      }),
    search: () =>
      gql('{ search(searchInput: "esa", limit: 5) { edges { node { recordId } } pageInfo { hasNextPage } } }'),
    'several root fields': () => gql('{ companies { totalCount } company(filter: { name: { eq: "ESA" } }) { id } }'),
    'REST page': () => rest('GET', '/rest/companies?depth=1&limit=5'),
    'REST record': () => rest('GET', `/rest/companies/${createCompany.id}?depth=1`),
    'REST groups': () => rest('GET', '/rest/companies/groupBy?group_by=[{"name":true}]&include_records_sample=true'),
  };
  for (const [name, read] of Object.entries(reads)) {
    const sent = await statementsOf('companies', read);
    expect(
      sent.map(({ text }) => text),
      name,
    ).toHaveLength(1);
  }
});

test('a statement whose values are all in the operation has no parameters, so that Postgres plans it once', async () => {
  const { gql, rest } = await workspace();
  const reads: Record<string, () => Promise<unknown>> = {
    'a page': () =>
      gql('query ($first: Int) { companies(first: $first) { edges { node { domainName { secondaryLinks } } } } }', {
        first: 20,
      }),
    'its ends and totals': () => gql('{ companies(last: 5) { totalCount pageInfo { hasNextPage endCursor } } }'),
    'three levels': () =>
      gql('{ companies { edges { node { people(first: 3) { edges { node { company { id } } } } } } } }'),
    'a REST page': () => rest('GET', '/rest/companies?depth=1&limit=5'),
  };
  for (const [name, read] of Object.entries(reads)) {
    const [sent] = await statementsOf('companies', read);
    expect(sent?.text, name).not.toMatch(/\$\d/);
  }
});

test.each([
  ['prepared by name', true, '1'],
  ['sent whole, where a pooler cannot have names', false, '0'],
])('statements are %s', async (_name, isPreparing, expected) => {
  const { schema, sql } = await workspace();
  const [{ role }] = (await sql('select role_name as role from plinth.workspaces where schema_name = $1', [
    schema,
  ])) as [{ role: string }];
  const log = pino({ level: 'silent' });
  const options = { url: inject('databaseUrl'), poolSize: 1, statementTimeoutMs: 5_000, isPreparing, log };
  const database = openDatabase(options);
  database.shareWhere(async () => true);
  const count = { text: 'select count(*)::text from pg_prepared_statements', values: [] };
  const ask = () => queryClient(database, { schema, role })((client) => client.ask(count));
  for (let i = 0; i < 2; i++) await ask();
  expect(await ask()).toEqual([[expected]]);
  await database.end();
});
