/** The search of all objects, and the `search` operator of filters. Contract: core.md 2.9 (9), 2.16 */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const SEARCH = `query ($searchInput: String!, $limit: Int!, $after: String, $included: [String!], $excluded: [String!], $filter: ObjectRecordFilterInput) {
  search(searchInput: $searchInput, limit: $limit, after: $after, includedObjectNameSingulars: $included, excludedObjectNameSingulars: $excluded, filter: $filter) {
    edges { node { recordId objectNameSingular objectLabelSingular label imageUrl tsRankCD tsRank } cursor }
    pageInfo { endCursor hasNextPage }
  }
}`;

async function search({ gql }: Workspace, searchInput: string, more: object = {}) {
  const { search: found } = await gql(SEARCH, { searchInput, limit: 60, ...more });
  const nodes = found.edges.map(({ node }: any) => node);
  return { ...found, nodes, labels: nodes.map(({ label }: any) => label) };
}

async function made({ rest }: Workspace, plural: string, records: object[]): Promise<string[]> {
  const { body } = await rest('POST', `/rest/batch/${plural}?fields=id`, records);
  const [created] = Object.values(body.data ?? {}) as { id: string }[][];
  if (!created) throw new Error(JSON.stringify(body));
  return created.map(({ id }) => id);
}

const named = (firstName: string, lastName: string) => ({ name: { firstName, lastName } });

test('the schema has it, by the names that clients know', async () => {
  const { gql } = await workspace();
  const type = (name: string) =>
    gql(`{ __type(name: "${name}") { fields { name type { name ofType { name } } } inputFields { name } } }`);
  const names = async (name: string) => (await type(name)).__type.fields.map((field: any) => field.name);
  const { __schema } = await gql(
    '{ __schema { queryType { fields { name args { name type { kind name ofType { kind name ofType { kind name } } } } type { name } } } } }',
  );
  const field = __schema.queryType.fields.find(({ name }: any) => name === 'search');
  const shown = ({ kind, name, ofType }: any): string =>
    kind === 'NON_NULL' ? `${shown(ofType)}!` : kind === 'LIST' ? `[${shown(ofType)}]` : name;
  expect(field.type.name).toBe('SearchResultConnection');
  expect(field.args.map((arg: any) => `${arg.name}: ${shown(arg.type)}`)).toEqual([
    'searchInput: String!',
    'limit: Int!',
    'after: String',
    'includedObjectNameSingulars: [String!]',
    'excludedObjectNameSingulars: [String!]',
    'filter: ObjectRecordFilterInput',
  ]);
  expect(await names('SearchResultConnection')).toEqual(['edges', 'pageInfo']);
  expect(await names('SearchResultEdge')).toEqual(['node', 'cursor']);
  expect(await names('SearchRecord')).toEqual([
    'recordId',
    'objectNameSingular',
    'objectLabelSingular',
    'label',
    'imageUrl',
    'tsRankCD',
    'tsRank',
  ]);
  const { inputFields } = (await type('ObjectRecordFilterInput')).__type;
  expect(inputFields.map(({ name }: any) => name)).toEqual([
    'and',
    'or',
    'not',
    'id',
    'createdAt',
    'updatedAt',
    'deletedAt',
  ]);
});

describe('words find a text', () => {
  const cases: [searched: string, text: string, isFound: boolean][] = [
    ['acme', 'ACME Corp', true],
    ['acme corp', 'Corp of Acme', true],
    ['ac co', 'ACME Corp', true],
    ['acme corp', 'ACME', false],
    ['cme', 'ACME', false],
    ['elan', 'Élan', true],
    ['ÉLAN', 'elan', true],
    ['Soren lodz', 'Søren of Łódź', true],
    ['москва', 'МОСКВА', true],
    ['東京', '東京 タワー', true],
    ['ada@x.com', 'ada@x.com', true],
    ['ada@x', 'ada@x.com', true],
    ['x.com', 'ada@x.com', true],
    ['@x', 'ada@x.com', true],
    ['acme.com/about', 'https://www.acme.com/about-us', true],
    ['jones', 'Smith-Jones', true],
    ['smith-jones', 'Smith Jones', true],
    ['c++', 'C++ and Rust', true],
    ["o'neil", "O'Neil", true],
    ['b', '<b>bold</b>', true],
    ['12', '+33 6 12-34', true],
    ["' | ! & <-> :* \\\\ (", 'anything', false],
    ['!!!', 'anything!!!', false],
  ];
  test('the same by the operator of filters and by the search of all objects', async () => {
    const space = await workspace();
    for (const [searched, name, isFound] of cases) {
      const [id] = await made(space, 'companies', [{ name }]);
      const { companies } = await space.gql(
        'query ($search: String) { companies(filter: { searchVector: { search: $search } }) { edges { node { id } } } }',
        { search: searched },
      );
      const { nodes } = await search(space, searched);
      const expected = isFound ? [id] : [];
      expect([
        searched,
        name,
        companies.edges.map(({ node }: any) => node.id),
        nodes.map(({ recordId }: any) => recordId),
      ]).toEqual([searched, name, expected, expected]);
      await space.sql('delete from companies');
    }
  });
});

test('no words find every record that has some, by the search of all objects; a hand-made column may keep accents', async () => {
  const space = await workspace();
  const [one, two] = await made(space, 'companies', [{ name: 'x' }, {}]);
  for (const nothing of ['', '  '])
    expect((await search(space, nothing)).nodes.map(({ recordId }: any) => recordId)).toEqual([one, two]);
  await space.sql(`
    create table probes (id uuid primary key default gen_random_uuid(), maker text,
      words tsvector generated always as (to_tsvector('simple', maker)) stored);
    comment on table probes is E'@search\\n@label maker';
    insert into probes (maker) values ('Élan of info@acme.com')`);
  for (const searched of ['élan', 'info@acme', 'ÉLAN info'])
    await expect
      .poll(() => search(space, searched).then(({ labels }) => labels), { timeout: 8_000 })
      .toEqual(['Élan of info@acme.com']);
});

describe('the best come first', () => {
  test('all words near each other, then more of them, then by object, then by id', async () => {
    const space = await workspace();
    const note = (title: string, markdown = '') => ({ title, bodyV2: { markdown } });
    await made(space, 'notes', [
      note('far Ada', 'x y z w v u Lovelace'),
      note('Ada Lovelace, once'),
      note('Ada Lovelace', 'Ada'),
    ]);
    const { labels, nodes } = await search(space, 'ada lovelace');
    expect(labels).toEqual(['Ada Lovelace', 'Ada Lovelace, once', 'far Ada']);
    const ranks = nodes.map(({ tsRankCD, tsRank }: any) => [tsRankCD, tsRank]);
    expect(ranks).toEqual([...ranks].sort(([a, b], [c, d]) => c - a || d - b));

    await space.sql('delete from notes');
    const [first, second] = await made(space, 'companies', [{ name: 'Orbit' }, { name: 'Orbit' }]);
    const [person] = await made(space, 'people', [named('Orbit', '')]);
    const [task] = await made(space, 'tasks', [{ title: 'Orbit' }]);
    const [member] = await space.sql(
      `insert into workspace_members (name_first_name, user_id) values ('Orbit', gen_random_uuid()) returning id`,
    );
    // Equally well found: people's objects by name, before the system's.
    expect((await search(space, 'orbit')).nodes.map(({ recordId }: any) => recordId)).toEqual([
      ...[first, second].sort(),
      person,
      task,
      member.id,
    ]);
  });

  test('a hit says what it is', async () => {
    const space = await workspace();
    const [id] = await made(space, 'people', [
      { ...named('Ada', 'Lovelace'), avatarUrl: 'https://x.com/ada.png', jobTitle: 'Countess' },
    ]);
    await made(space, 'companies', [{ name: 'Countess Ltd' }]);
    await space.sql(
      `insert into workspace_members (name_first_name, name_last_name, user_email, user_id)
      values ('', 'Countess', 'c@x.com', gen_random_uuid())`,
    );
    const { nodes, edges } = await search(space, 'countess');
    expect(Object.fromEntries(nodes.map((node: any) => [node.objectNameSingular, node]))).toEqual({
      person: {
        recordId: id,
        objectNameSingular: 'person',
        objectLabelSingular: 'Person',
        label: 'Ada Lovelace',
        imageUrl: 'https://x.com/ada.png',
        tsRankCD: expect.any(Number),
        tsRank: expect.any(Number),
      },
      company: expect.objectContaining({ objectLabelSingular: 'Company', label: 'Countess Ltd', imageUrl: null }),
      workspaceMember: expect.objectContaining({
        objectLabelSingular: 'Workspace Member',
        label: 'Countess',
        imageUrl: null,
      }),
    });
    expect(JSON.parse(Buffer.from(edges[0].cursor, 'base64').toString())).toEqual({
      lastRanks: { tsRankCD: nodes[0].tsRankCD, tsRank: nodes[0].tsRank },
      lastRecordIdsPerObject: { [nodes[0].objectNameSingular]: nodes[0].recordId },
    });
  });
});

describe('what is searched', () => {
  test('active objects with words, custom and hand-made ones too; inactive ones no more', async () => {
    const space = await workspace();
    const { createOneObject } = await space.metadata(
      'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }',
      { object: { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' } },
    );
    await made(space, 'rockets', [{ name: 'Orbit' }]);
    await made(space, 'attachments', [{ name: 'Orbit' }]); // has no words
    await space.sql(`
      create table probes (id uuid primary key default gen_random_uuid(), number integer, maker text,
        words tsvector generated always as (to_tsvector('simple', maker)) stored);
      comment on table probes is E'@search\\n@label number';
      insert into probes (number, maker) values (7, 'Orbit')`);
    const found = async (more: object = {}) =>
      (await search(space, 'orbit', more)).nodes.map(
        ({ objectNameSingular, label }: any) => `${objectNameSingular} ${label}`,
      );
    await expect.poll(() => found(), { timeout: 8_000 }).toEqual(['probe 7', 'rocket Orbit']);
    // The table has no createdAt: nothing is known of it, so nothing is found by it.
    expect(await found({ filter: { createdAt: { gt: '2020-01-01T00:00:00Z' } } })).toEqual(['rocket Orbit']);
    await space.metadata(
      `mutation { updateOneObject(input: { id: "${createOneObject.id}", update: { isActive: false } }) { id } }`,
    );
    await expect.poll(() => found(), { timeout: 8_000 }).toEqual(['probe 7']);
    expect(await space.refused(SEARCH, { searchInput: '', limit: 1, included: ['rocket'] })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_QUERY_INPUT' },
      message: expect.stringMatching(/There is no object "rocket"; these can be searched: company, /),
    });
  });

  test('objects included, objects left out, and a filter', async () => {
    const space = await workspace();
    const [company, gone] = await made(space, 'companies', [{ name: 'Orbit' }, { name: 'Orbit gone' }]);
    await made(space, 'people', [named('Orbit', '')]);
    await made(space, 'tasks', [{ title: 'Orbit', createdAt: '2001-01-01T00:00:00Z' }]);
    await space.rest('DELETE', `/rest/companies/${gone}?soft_delete=true`);
    const found = async (more: object) =>
      (await search(space, 'orbit', more)).nodes.map(({ objectNameSingular }: any) => objectNameSingular).sort();
    expect(await found({})).toEqual(['company', 'person', 'task']);
    expect(await found({ included: ['person', 'note'] })).toEqual(['person']);
    expect(await found({ included: [] })).toEqual([]);
    expect(await found({ included: ['attachment'] })).toEqual([]);
    expect(await found({ excluded: ['person', 'attachment'] })).toEqual(['company', 'task']);
    expect(await found({ included: ['person', 'task'], excluded: ['task'] })).toEqual(['person']);
    expect(await found({ filter: { id: { in: [company] } } })).toEqual(['company']);
    expect(await found({ filter: { not: { id: { eq: company } } } })).toEqual(['person', 'task']);
    expect(await found({ filter: { createdAt: { lt: '2002-01-01T00:00:00Z' } } })).toEqual(['task']);
    expect(
      await found({
        filter: { or: [{ id: { eq: company } }, { and: [{ createdAt: { lt: '2002-01-01T00:00:00Z' } }] }] },
      }),
    ).toEqual(['company', 'task']);
    expect(await found({ filter: { deletedAt: { is: 'NOT_NULL' } } })).toEqual(['company']);
    expect(await found({ filter: { not: { deletedAt: { is: 'NULL' } } } })).toEqual(['company']);
    expect(await found({ filter: {} })).toEqual(['company', 'person', 'task']);
    expect(await found({ filter: null, included: null, excluded: null, after: null })).toEqual([
      'company',
      'person',
      'task',
    ]);
    expect(await found({ after: '' })).toEqual(['company', 'person', 'task']);
  });
});

describe('what is refused', () => {
  let space: Workspace;
  beforeAll(async () => {
    space = await workspace();
  });
  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
  const ranks = { tsRankCD: 0.1, tsRank: 0.1 };
  test.each<[string, object, string, RegExp]>([
    ['an unknown object', { included: ['rocket'] }, 'INVALID_QUERY_INPUT', /There is no object "rocket"/],
    [
      'an unknown object to be left out',
      { excluded: ['companies'] },
      'INVALID_QUERY_INPUT',
      /There is no object "companies"/,
    ],
    ['a negative limit', { limit: -1 }, 'INVALID_QUERY_INPUT', /limit must not be negative/],
    [
      'too many words',
      { searchInput: 'x '.repeat(101) },
      'INVALID_QUERY_INPUT',
      /^Invalid query input: 101 words .* at most 100/,
    ],
    ['a filter without a value', { filter: { id: { eq: null } } }, 'INVALID_ARGS_FILTER', /needs a value/],
    ['a cursor that is none', { after: 'x' }, 'INVALID_CURSOR', /^Invalid cursor/],
    ['a cursor of something else', { after: cursor({ id: randomUUID() }) }, 'INVALID_CURSOR', /^Invalid cursor/],
    [
      'a cursor without ranks',
      { after: cursor({ lastRecordIdsPerObject: { company: randomUUID() } }) },
      'INVALID_CURSOR',
      /^Invalid cursor/,
    ],
    [
      'a cursor with ranks that are none',
      {
        after: cursor({
          lastRanks: { tsRankCD: '1', tsRank: 1e300 },
          lastRecordIdsPerObject: { company: randomUUID() },
        }),
      },
      'INVALID_CURSOR',
      /^Invalid cursor/,
    ],
    [
      'a cursor of an unknown object',
      { after: cursor({ lastRanks: ranks, lastRecordIdsPerObject: { rocket: randomUUID() } }) },
      'INVALID_CURSOR',
      /^Invalid cursor/,
    ],
    [
      'a cursor of no record',
      { after: cursor({ lastRanks: ranks, lastRecordIdsPerObject: { company: 'x' } }) },
      'INVALID_CURSOR',
      /^Invalid cursor/,
    ],
  ])('%s', async (_name, given, subCode, message) => {
    const { extensions, message: said } = await space.refused(SEARCH, { searchInput: 'x', limit: 1, ...given });
    expect({ subCode: extensions.subCode, said }).toEqual({ subCode, said: expect.stringMatching(message) });
  });

  test('nothing that a search can be is too much for it', async () => {
    for (const searchInput of [
      'x'.repeat(100_000),
      'x.'.repeat(50_000),
      "a'b\\c:*&|!()<->",
      '\ud800',
      'a\0b',
      '(((((',
      '-',
      '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
      '\u0301',
    ])
      expect(
        (await space.rest('POST', '/graphql', { query: SEARCH, variables: { searchInput, limit: 1 } })).body.errors?.[0]
          ?.extensions.code ?? 'found',
      ).toMatch(/found|BAD_USER_INPUT/);
  });
});

describe('pages', () => {
  test('are as long as is asked for, 200 at most, and say whether more follow', async () => {
    const space = await workspace();
    await space.sql(`insert into companies (name) select 'Orbit ' || g from generate_series(1, 205) g`);
    const sizes = async (limit: number) => {
      const { edges, pageInfo } = await search(space, 'orbit', { limit });
      return [edges.length, pageInfo.hasNextPage, pageInfo.endCursor === (edges.at(-1)?.cursor ?? null)];
    };
    expect(await sizes(0)).toEqual([0, true, true]);
    expect(await sizes(7)).toEqual([7, true, true]);
    expect(await sizes(1_000)).toEqual([200, true, true]);
    await space.sql(`delete from companies where name > 'Orbit 5'`);
    expect((await search(space, 'orbit', { limit: 200 })).pageInfo.hasNextPage).toBe(false);
  });

  test('walk every hit exactly once, in one order, whatever their size', async () => {
    const space = await workspace();
    const words = ['ada', 'adam', 'bob', 'orbit'];
    const texts = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((list) => list.join(' '));
    const things = fc.record({
      companies: fc.array(texts, { maxLength: 12 }),
      notes: fc.array(texts, { maxLength: 12 }),
      tasks: fc.array(texts, { maxLength: 12 }),
    });
    const searched = fc.constantFrom('', 'a', 'ada', 'adam bob', 'orbit o', 'bob ada orbit');
    await fc.assert(
      fc.asyncProperty(
        things,
        searched,
        fc.integer({ min: 1, max: 7 }),
        async ({ companies, notes, tasks }, input, limit) => {
          await space.sql('delete from companies; delete from notes; delete from tasks');
          await space.sql(`insert into companies (name) select unnest($1::text[])`, [companies]);
          await space.sql(`insert into notes (title) select unnest($1::text[])`, [notes]);
          await space.sql(`insert into tasks (title) select unnest($1::text[])`, [tasks]);
          const asked = input.split(' ').filter(Boolean);
          const expected = [...companies, ...notes, ...tasks].filter((text) =>
            asked.every((prefix) => text.split(' ').some((word) => word.startsWith(prefix))),
          );
          const { nodes: whole } = await search(space, input, { limit: 200 });
          expect(whole.map(({ label }: any) => label).sort()).toEqual(expected.sort());
          const walked: unknown[] = [];
          for (let after: string | null = null; ; ) {
            const { nodes, pageInfo }: any = await search(space, input, { limit, after });
            walked.push(...nodes);
            if (!pageInfo.hasNextPage) break;
            expect(nodes).toHaveLength(limit);
            after = pageInfo.endCursor;
          }
          expect(walked).toEqual(whole);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('are found by the index of the words', async () => {
    const space = await workspace();
    await space.sql('insert into companies (name) select md5(g::text) from generate_series(1, 20000) g');
    await space.sql('vacuum analyze companies');
    const { application } = await server();
    /** A connection tells of what it has read when it ends. */
    const end = () =>
      space.sql('select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1', [
        application,
      ]);
    const scans = async () => {
      const [row] = await space.sql(
        `select idx_scan::int from pg_stat_user_indexes
        where schemaname = current_schema() and indexrelname = 'companies_search_vector_idx'`,
      );
      return row.idx_scan;
    };
    await end();
    const before = await scans();
    const { labels } = await search(space, 'c4ca4238');
    expect(labels).toEqual(['c4ca4238a0b923820dcc509a6f75849b']);
    await end();
    await expect.poll(scans, { timeout: 8_000 }).toBe(before + 1);
  });
});

test('a hit is called by the label of its object', async () => {
  const space = await workspace();
  await space.gql('mutation { createCompany(data: { name: "Countess" }) { id } }');
  const { objects } = await space.metadata(
    '{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }',
  );
  const { id } = objects.edges.find(({ node }: any) => node.nameSingular === 'company').node;
  await space.metadata(
    'mutation ($id: UUID!, $update: UpdateObjectPayload!) { updateOneObject(input: { id: $id, update: $update }) { id } }',
    { id, update: { labelSingular: 'Account', labelPlural: 'Accounts', description: 'Whom we sell to' } },
  );
  const { search } = await space.gql(
    '{ search(searchInput: "countess", limit: 1) { edges { node { objectLabelSingular } } } }',
  );
  expect(search.edges[0].node.objectLabelSingular).toBe('Account');
  const [{ comment }] = await space.sql("select obj_description('companies'::regclass) as comment");
  expect(comment).toContain('@labelSingular Account\n@labelPlural Accounts\n');
  expect(comment).toMatch(/\nWhom we sell to$/);
});
