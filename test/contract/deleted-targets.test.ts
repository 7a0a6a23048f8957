/** A to-one relation whose target is soft-deleted: no record in answers, filters, groups and orders; its id stays. */

import { beforeAll, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;
let gone: string;
let kept: string;

beforeAll(async () => {
  space = await workspace();
  const { createCompanies } = await space.gql(
    'mutation { createCompanies(data: [{ name: "Gone" }, { name: "Kept" }]) { id } }',
  );
  [gone, kept] = createCompanies.map(({ id }: any) => id);
  await space.gql('mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }', {
    data: [
      { jobTitle: 'of gone', companyId: gone },
      { jobTitle: 'of kept', companyId: kept },
    ],
  });
  await space.gql('mutation ($id: UUID!) { deleteCompany(id: $id) { id } }', { id: gone });
});

const people = (more: string) =>
  space.gql(
    `{ people(orderBy: [{ jobTitle: AscNullsLast }]${more}) { edges { node { jobTitle companyId company { name } } } } }`,
  );

test('GraphQL and REST answer null for the record, and its id', async () => {
  const { people: found } = await people('');
  expect(found.edges.map(({ node }: any) => node)).toEqual([
    { jobTitle: 'of gone', companyId: gone, company: null },
    { jobTitle: 'of kept', companyId: kept, company: { name: 'Kept' } },
  ]);
  const { body } = await space.rest('GET', '/rest/people?depth=1&order_by=jobTitle');
  expect(body.data.people.map(({ companyId, company }: any) => [companyId, company?.name ?? null])).toEqual([
    [gone, null],
    [kept, 'Kept'],
  ]);
});

test('filters through it match nothing of the deleted record', async () => {
  const titles = async (filter: string) =>
    (await people(`, filter: ${filter}`)).people.edges.map(({ node }: any) => node.jobTitle);
  expect(await titles('{ company: { name: { like: "%" } } }')).toEqual(['of kept']);
  expect(await titles('{ not: { company: { name: { like: "%" } } } }')).toEqual(['of gone']);
  expect(await titles(`{ companyId: { eq: "${gone}" } }`)).toEqual(['of gone']);
  const { body } = await space.rest('GET', '/rest/people?filter=company.name[like]:"%25"&depth=0');
  expect(body.data.people.map(({ jobTitle }: any) => jobTitle)).toEqual(['of kept']);
});

test('groups and orders by its fields take it for none', async () => {
  const { peopleGroupBy } = await space.gql(
    '{ peopleGroupBy(groupBy: [{ company: { name: true } }]) { groupByDimensionValues totalCount } }',
  );
  expect(peopleGroupBy.map(({ groupByDimensionValues: [name] }: any) => name).sort()).toEqual(['Kept', null].sort());
  const { people: ordered } = await space.gql(
    '{ people(orderBy: [{ company: { name: AscNullsFirst } }]) { edges { node { jobTitle } } } }',
  );
  expect(ordered.edges.map(({ node }: any) => node.jobTitle)).toEqual(['of gone', 'of kept']);
});

test('restored, it is the relation again', async () => {
  await space.gql('mutation ($id: UUID!) { restoreCompany(id: $id) { id } }', { id: gone });
  const { people: found } = await people(`, filter: { companyId: { eq: "${gone}" } }`);
  expect(found.edges[0].node.company).toEqual({ name: 'Gone' });
  await space.gql('mutation ($id: UUID!) { deleteCompany(id: $id) { id } }', { id: gone });
});
