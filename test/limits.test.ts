/** What is refused before anything runs: too much asked for, too often. */

import { describe, expect, test } from 'vitest';
import { workspace } from './fixture.ts';

const TOO_COMPLEX = { extensions: { code: 'BAD_USER_INPUT', subCode: 'TOO_COMPLEX_QUERY' } };

describe('a GraphQL operation', () => {
  test('nests records eight levels deep at the most', async () => {
    const { gql, refused } = await workspace();
    const nested = (levels: number): string =>
      levels === 0
        ? 'id'
        : `company { people(first: 1) { edges { node { id } } } ${levels > 1 ? `accountOwner { ${nested2(levels - 2)} }` : 'id'} }`;
    const nested2 = (levels: number): string =>
      levels <= 0
        ? 'id'
        : `assignedTasks(first: 1) { edges { node { ${levels > 1 ? `assignee { ${nested2(levels - 2)} }` : 'id'} } } }`;
    await gql(`{ people(first: 1) { edges { node { ${nested(4)} } } } }`);
    expect(await refused(`{ people(first: 1) { edges { node { ${nested(12)} } } } }`)).toMatchObject(TOO_COMPLEX);
  });

  test('has twenty root fields at the most', async () => {
    const { gql, refused } = await workspace();
    const roots = (count: number) =>
      `{ ${Array.from({ length: count }, (_, i) => `a${i}: companies(first: 1) { totalCount }`).join(' ')} }`;
    await gql(roots(20));
    expect(await refused(roots(21))).toMatchObject(TOO_COMPLEX);
  });

  test('asks for so many rows at the most, by its text or by its variables', async () => {
    const { gql, refused } = await workspace();
    const query =
      'query ($n: Int) { companies(first: $n) { edges { node { people(first: $n) { edges { node { id } } } } } } }';
    await gql(query, { n: 100 });
    expect(await refused(query, { n: 200 })).toMatchObject(TOO_COMPLEX);
    expect(
      await refused('{ companies(first: 200) { edges { node { people(first: 200) { edges { node { id } } } } } } }'),
    ).toMatchObject(TOO_COMPLEX);
  });

  test('cannot hide its size in fragments', async () => {
    const { refused } = await workspace();
    const levels = Array.from(
      { length: 12 },
      (_, i) => `fragment F${i + 1} on Company { ${'...F'.concat(String(i))} a${i}: name ...F${i} }`,
    ).join('\n');
    const query = `{ companies(first: 1) { edges { node { ...F12 } } } }\nfragment F0 on Company { id }\n${levels}`;
    expect(await refused(query)).toMatchObject(TOO_COMPLEX);
  });

  test('writes sixty records at the most', async () => {
    const { gql, refused, rest, sql } = await workspace();
    const many = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `c${i}` }));
    const mutation = 'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { name } }';
    expect((await gql(mutation, { data: many(60) })).createCompanies.map(({ name }: any) => name)).toEqual(
      many(60).map(({ name }) => name),
    );
    expect(await refused(mutation, { data: many(61) })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', subCode: 'TOO_MANY_RECORDS_TO_UPDATE' },
    });
    expect((await rest('POST', '/rest/batch/companies', many(61))).status).toBe(400);
    await gql('mutation { createCompany(data: { name: "c0" }) { id } }');
    expect(
      await refused(
        'mutation { updateCompanies(filter: { name: { startsWith: "c" } }, data: { employees: 1 }) { id } }',
      ),
    ).toMatchObject({ extensions: { subCode: 'TOO_MANY_RECORDS_TO_UPDATE' } });
    expect(await sql('select count(*)::int, count(employees)::int as employees from companies')).toEqual([
      { count: 61, employees: 0 },
    ]);
  });

  test('a body over the limit is refused by name', async () => {
    const { rest } = await workspace();
    expect(await rest('POST', '/rest/companies', { name: 'x'.repeat(3_000_000) })).toMatchObject({ status: 413 });
  });
});
