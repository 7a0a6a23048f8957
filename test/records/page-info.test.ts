/** `pageInfo` asked for in part, of connections anywhere and of groups. */

import { beforeAll, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  space = await workspace();
  const { createCompany } = await space.gql(
    'mutation { createCompany(data: { name: "ESA" }) { id } createCompanies(data: [{ name: "NASA" }, { name: "NASA" }]) { id } }',
  );
  await space.gql(
    `mutation { createPeople(data: [{ companyId: "${createCompany.id}" }, { companyId: "${createCompany.id}" }]) { id } }`,
  );
});

const PARTS = [
  'hasPreviousPage',
  'hasNextPage',
  'startCursor',
  'endCursor',
  '__typename',
  'a: hasPreviousPage __typename',
];
const PLACES = [
  ['a list', (part: string) => `{ companies { pageInfo { ${part} } } }`],
  ['a list with its count', (part: string) => `{ companies { totalCount pageInfo { ${part} } } }`],
  [
    'the list of a record',
    (part: string) => `{ company(filter: { name: { eq: "ESA" } }) { name people { pageInfo { ${part} } } } }`,
  ],
  [
    'the list of a record with its count',
    (part: string) =>
      `{ company(filter: { name: { eq: "ESA" } }) { name noteTargets { totalCount @include(if: true) pageInfo { ${part} } } } }`,
  ],
  ['the lists of records', (part: string) => `{ companies { edges { node { people { pageInfo { ${part} } } } } } }`],
  [
    'groups',
    (part: string) => `{ companiesGroupBy(groupBy: [{ name: true }]) { countEmptyName pageInfo { ${part} } } }`,
  ],
  ['a list from its end', (part: string) => `{ companies(last: 2) { pageInfo { ${part} } } }`],
  ['no records', (part: string) => `{ tasks { pageInfo { ${part} } } }`],
] as const;

test.each(PLACES)('of %s', async (_name, query) => {
  const mistakes: string[] = [];
  for (const part of PARTS)
    await space.gql(query(part)).catch((error) => mistakes.push(`${part}: ${String(error.message).slice(0, 300)}`));
  expect(mistakes).toEqual([]);
});
