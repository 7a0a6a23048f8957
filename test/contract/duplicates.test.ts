/** Find duplicates, in both APIs. Contract: core.md 2.14, 3.9 */

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

const SHOWN =
  '{ totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } }';

type Workspace = Awaited<ReturnType<typeof workspace>>;

async function people({ gql }: Workspace, data: object[]): Promise<string[]> {
  const { createPeople } = await gql('mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }', {
    data,
  });
  return createPeople.map(({ id }: { id: string }) => id);
}

async function foundFor({ gql }: Workspace, argument: { ids: string[] } | { data: object[] }): Promise<string[][]> {
  const [[name, value]] = Object.entries(argument) as [[string, unknown]];
  const type = name === 'ids' ? '[UUID]' : '[PersonCreateInput]';
  const { personDuplicates } = await gql(`query ($value: ${type}) { personDuplicates(${name}: $value) ${SHOWN} }`, {
    value,
  });
  return personDuplicates.map(({ edges }: any) => edges.map(({ node }: any) => node.id));
}

describe('records are duplicates', () => {
  const cases: [string, object, object, boolean][] = [
    [
      'of one name',
      { name: { firstName: 'Ada', lastName: 'Lovelace' } },
      { name: { firstName: 'Ada', lastName: 'Lovelace' } },
      true,
    ],
    [
      'of half a name',
      { name: { firstName: 'Ada', lastName: 'Lovelace' } },
      { name: { firstName: 'Ada', lastName: 'Byron' } },
      false,
    ],
    ['of half a name, the rest empty', { name: { firstName: 'Ada' } }, { name: { firstName: 'Ada' } }, false],
    [
      'of names too short to tell',
      { name: { firstName: 'Al', lastName: 'Gore' } },
      { name: { firstName: 'Al', lastName: 'Gore' } },
      false,
    ],
    [
      'of one link',
      { linkedinLink: { primaryLinkUrl: 'https://in.com/ada' } },
      { linkedinLink: { primaryLinkUrl: 'https://IN.com/ada/' } },
      true,
    ],
    ['of no link', { linkedinLink: { primaryLinkUrl: '' } }, { linkedinLink: { primaryLinkUrl: '' } }, false],
    [
      'of one e-mail, written otherwise',
      { emails: { primaryEmail: 'ada@x.com' } },
      { emails: { primaryEmail: 'ADA@x.com ' } },
      true,
    ],
    [
      'by any group',
      { name: { firstName: 'Ada' }, emails: { primaryEmail: 'ada@x.com' } },
      { name: { firstName: 'Bob' }, emails: { primaryEmail: 'ada@x.com' } },
      true,
    ],
    ['of what is no criterion', { jobTitle: 'Countess' }, { jobTitle: 'Countess' }, false],
  ];
  test('by any group of criteria, on all its columns', async () => {
    const here = await workspace();
    for (const [name, existing, asked, isDuplicate] of cases) {
      const ids = await people(here, [existing]);
      expect([name, await foundFor(here, { data: [asked] })]).toEqual([name, [isDuplicate ? ids : []]]);
      await here.sql('delete from people');
    }
  });
});

test('by id, a record is not its own duplicate, and each input has its connection in order', async () => {
  const here = await workspace();
  const ada = { name: { firstName: 'Ada', lastName: 'Lovelace' } };
  const [one, two, three, other] = (await people(here, [ada, ada, ada, {}])) as [string, string, string, string];
  await here.gql(`mutation { deletePerson(id: "${three}") { id } }`);
  const unknown = randomUUID();
  expect(await foundFor(here, { ids: [two, other, unknown, one.toUpperCase(), three, two] })).toEqual([
    [one],
    [],
    [],
    [two],
    [],
    [one],
  ]);
  expect(await foundFor(here, { data: [{ id: one, ...ada }, { jobTitle: 'x' }, ada] })).toEqual([
    [two],
    [],
    [one, two],
  ]);
});

test('at most 200 records come, all are counted, and nothing says that more follow', async () => {
  const here = await workspace();
  await here.sql(`insert into companies (name) select 'Acme' from generate_series(1, 205)`);
  const { companyDuplicates } = await here.gql(
    `{ companyDuplicates(data: [{ name: "Acme" }, { name: "Nobody" }]) ${SHOWN} }`,
  );
  const [full, empty] = companyDuplicates;
  const ids = full.edges.map(({ node }: any) => node.id);
  expect(ids).toHaveLength(200);
  expect(ids).toEqual([...ids].sort());
  expect(full).toMatchObject({
    totalCount: 205,
    pageInfo: {
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: full.edges[0].cursor,
      endCursor: full.edges[199].cursor,
    },
  });
  expect(empty).toEqual({
    totalCount: 0,
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    edges: [],
  });
  // Counting alone, and what is inside the records.
  const counted = await here.gql('{ companyDuplicates(data: [{ name: "Acme" }]) { totalCount } }');
  expect(counted).toEqual({ companyDuplicates: [{ totalCount: 205 }] });
  const nested = await here.gql(
    '{ companyDuplicates(data: [{ name: "Acme" }]) { edges { node { name people { totalCount } } } } }',
  );
  expect(nested.companyDuplicates[0].edges[0]).toEqual({ node: { name: 'Acme', people: { totalCount: 0 } } });
});

test('no ids have no duplicates', async () => {
  const { gql } = await workspace();
  expect(await gql('{ personDuplicates(ids: []) { totalCount } }')).toEqual({ personDuplicates: [] });
});

describe('what is asked must be clear', () => {
  const id = randomUUID();
  const cases: [string, string][] = [
    ['', 'INVALID_QUERY_INPUT'],
    [`(ids: ["${id}"], data: [{}])`, 'ARGS_CONFLICT'],
    ['(ids: [], data: [])', 'ARGS_CONFLICT'],
    ['(data: [])', 'INVALID_ARGS_DATA'],
    ['(ids: [null])', 'INVALID_ARGS_DATA'],
    ['(data: [null])', 'INVALID_ARGS_DATA'],
    ['(data: [{ emails: { additionalEmails: 1 } }])', 'INVALID_ARGS_DATA'],
    [`(ids: [${Array(61).fill(`"${id}"`)}])`, 'TOO_MANY_RECORDS_TO_UPDATE'],
  ];
  test('each mistake has its code', async () => {
    const { refused } = await workspace();
    for (const [given, subCode] of cases) {
      const { extensions } = await refused(`{ personDuplicates${given} { totalCount } }`);
      expect([given, extensions.code, extensions.subCode]).toEqual([given, 'BAD_USER_INPUT', subCode]);
    }
  });
});

describe('over REST', () => {
  test('each input has its element in order, with as much of the records as is asked for', async () => {
    const here = await workspace();
    const { body } = await here.rest('POST', '/rest/companies?fields=id', { name: 'ACME' });
    const companyId = body.data.createCompany.id;
    const ada = { name: { firstName: 'Ada', lastName: 'Lovelace' }, companyId };
    const [one, two] = (await people(here, [ada, ada])) as [string, string];
    const ask = async (query: string, given: object) => {
      const answer = await here.rest('POST', `/rest/people/duplicates${query}`, given);
      expect(answer).toMatchObject({ status: 200 });
      return answer.body;
    };
    const byIds = await ask('?fields=companyId', { ids: [two, randomUUID()] });
    const cursor = expect.stringMatching(/^\S+$/);
    expect(byIds).toEqual({
      data: [
        {
          totalCount: 1,
          pageInfo: { hasNextPage: false, startCursor: cursor, endCursor: cursor },
          personDuplicates: [{ id: one, companyId }],
        },
        { totalCount: 0, pageInfo: { hasNextPage: false, startCursor: null, endCursor: null }, personDuplicates: [] },
      ],
    });
    const byData = await ask('?depth=1', { data: [{ name: ada.name }, { jobTitle: 'x' }] });
    expect(byData.data.map(({ totalCount }: any) => totalCount)).toEqual([2, 0]);
    expect(byData.data[0].personDuplicates[0]).toMatchObject({ id: one, company: { name: 'ACME' }, noteTargets: [] });
    const [whole] = (await ask('', { data: [{ name: ada.name }] })).data[0].personDuplicates;
    expect(whole).toEqual((await here.rest('GET', `/rest/people/${one}`)).body.data.person);
    expect(await ask('', { ids: [] })).toEqual({ data: [] });
  });

  test.each<[string, unknown, string, RegExp]>([
    ['neither', {}, '', /Either ids or data must be given/],
    ['nulls', { ids: null, data: null }, '', /Either ids or data must be given/],
    ['both', { ids: [], data: [{}] }, '', /cannot be given together/],
    ['no records', { data: [] }, '', /data must have at least one record/],
    ['a record alone', { data: {} }, '', /data must be a JSON array/],
    ['an id alone', { ids: randomUUID() }, '', /ids must be a JSON array/],
    ['an id that is none', { ids: ['x'] }, '', /"x" is not a valid UUID/],
    ['something else', { id: [] }, '', /not "id"/],
    ['nothing', undefined, '', /The body must be a JSON object with ids, data/],
    [
      'a field that there is not',
      { data: [{ wings: 2 }] },
      '',
      /Record 0: Object person doesn't have any "wings" field/,
    ],
    ['a depth that there is not', { ids: [] }, '?depth=2', /depth '2' is invalid/],
    ['too many', { ids: Array(61).fill(randomUUID()) }, '', /at most 60 records/],
  ])('%s is refused', async (_name, body, query, message) => {
    const { rest } = await shared();
    expect(await rest('POST', `/rest/people/duplicates${query}`, body)).toMatchObject({
      status: 400,
      body: { statusCode: 400, error: 'BadRequestException', messages: [expect.stringMatching(message)] },
    });
  });
  let space: Promise<Workspace> | undefined;
  function shared(): Promise<Workspace> {
    space ??= workspace();
    return space;
  }

  test('objects without criteria are told so; nothing but POST finds duplicates', async () => {
    const { rest } = await shared();
    expect(await rest('POST', '/rest/opportunities/duplicates', { ids: [] })).toMatchObject({
      status: 400,
      body: { messages: ['Object opportunity has no duplicate criteria'] },
    });
    const answer = await rest('GET', '/rest/people/duplicates');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

test('objects without criteria have neither duplicates nor merge; a hand-made table may have criteria', async () => {
  const { gql, sql } = await workspace();
  await sql(`
    create table rockets (id uuid primary key default gen_random_uuid(), maker text, thrust integer, serial text);
    comment on table rockets is E'@duplicates maker+thrust serial'`);
  await sql(
    `insert into rockets (maker, thrust, serial) values ('Aster', 7, 'A-1'), ('Aster', 7, 'A-2'), ('Aster', 8, 'A-1')`,
  );
  const names = async () => {
    const { __schema } = await gql('{ __schema { queryType { fields { name } } } }');
    return __schema.queryType.fields.map(({ name }: any) => name).filter((name: string) => /Duplicates$/.test(name));
  };
  await expect.poll(names, { timeout: 8_000 }).toEqual(['companyDuplicates', 'personDuplicates', 'rocketDuplicates']);
  const { rocketDuplicates } = await gql(
    '{ rocketDuplicates(data: [{ maker: "Aster", thrust: 7 }, { serial: "A-1" }, { thrust: 8 }]) { totalCount } }',
  );
  expect(rocketDuplicates.map(({ totalCount }: any) => totalCount)).toEqual([2, 2, 0]);
});
