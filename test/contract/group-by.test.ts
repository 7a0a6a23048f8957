/** Group-by, in both APIs: one row of the contract's tables, one test. Contract: core.md 2.13, 3.11 */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { statementsOf } from '../statements.ts';
import { crafts, createCrafts, type Space } from './crafts.ts';

const UUID = '6f8b2c1e-4d3a-4b7f-9c55-1e2d3c4b5a69';

describe('by a field of each type', () => {
  let space: Space;
  beforeAll(async () => {
    space = await crafts();
    const full = {
      title: 'Ariane',
      weight: 1.5,
      seats: 2,
      distance: '9007199254740993',
      code: UUID,
      colour: 'RED',
      stars: 'RATING_1',
      colours: ['RED', 'BLUE'],
      words: ['a', 'b'],
      isReady: true,
      day: '2026-02-01',
      moment: '2026-02-01T10:00:00.123Z',
      position: 2.5,
      extra: { b: 1, a: [2] },
      price: { amountMicros: '9223372036854775807', currencyCode: 'EUR' },
      place: { addressCity: 'Kourou', addressLat: 5.25 },
      pilot: { firstName: 'Ada', lastName: 'Lovelace' },
      mails: { primaryEmail: 'a@b.co', additionalEmails: ['c@d.co'] },
      calls: { primaryPhoneNumber: '612345678', primaryPhoneCountryCode: 'FR' },
      sites: { primaryLinkUrl: 'a.co' },
      story: { markdown: 'Once' },
    };
    await createCrafts(space, [full, full, { title: '', words: [], colours: [], pilot: { firstName: '' } }]);
    await space.sql('update crafts set mass = 1.5 where seats = 2');
  });

  test.each<[string, unknown]>([
    ['{ title: true }', 'Ariane'],
    ['{ weight: true }', 1.5],
    ['{ seats: true }', 2],
    ['{ distance: true }', '9007199254740993'],
    ['{ mass: true }', 1.5],
    ['{ code: true }', UUID],
    ['{ colour: true }', 'RED'],
    ['{ stars: true }', 'RATING_1'],
    ['{ colours: true }', ['RED', 'BLUE']],
    ['{ words: true }', ['a', 'b']],
    ['{ day: { granularity: NONE } }', '2026-02-01'],
    ['{ moment: { granularity: NONE } }', '2026-02-01T10:00:00.123Z'],
    ['{ moment: { } }', '2026-02-01'],
    ['{ extra: true }', { a: [2], b: 1 }],
    ['{ price: { amountMicros: true } }', '9223372036854775807'],
    ['{ price: { currencyCode: true } }', 'EUR'],
    ['{ place: { addressCity: true } }', 'Kourou'],
    ['{ place: { addressLat: true } }', 5.25],
    ['{ pilot: { firstName: true } }', 'Ada'],
    ['{ mails: { primaryEmail: true } }', 'a@b.co'],
    ['{ mails: { additionalEmails: true } }', ['c@d.co']],
    ['{ calls: { primaryPhoneCallingCode: true } }', '+33'],
    ['{ sites: { primaryLinkUrl: true } }', 'a.co'],
    ['{ story: { markdown: true } }', 'Once'],
  ])('%s: two records, and one that has none', async (element, value) => {
    const { craftsGroupBy } = await space.gql(
      `{ craftsGroupBy(groupBy: [${element}], orderBy: [{ aggregate: { totalCount: DescNullsLast } }]) { groupByDimensionValues totalCount } }`,
    );
    expect(craftsGroupBy).toEqual([
      { groupByDimensionValues: [value], totalCount: 2 },
      { groupByDimensionValues: [null], totalCount: 1 },
    ]);
  });

  test.each<[string, unknown[]]>([
    ['{ isReady: true }', [true, false]],
    ['{ createdBy: { source: true } }', ['API']],
    ['{ createdAt: { granularity: YEAR } }', [`${new Date().getUTCFullYear()}-01-01`]],
  ])('%s', async (element, values) => {
    const { craftsGroupBy } = await space.gql(
      `{ craftsGroupBy(groupBy: [${element}], orderBy: [{ aggregate: { totalCount: DescNullsLast } }]) { groupByDimensionValues } }`,
    );
    expect(craftsGroupBy.map(({ groupByDimensionValues: [value] }: any) => value)).toEqual(values);
  });

  test.each(['papers', 'searchVector', 'noteTargets'])('%s is not there', async (field) => {
    expect(await space.refused(`{ craftsGroupBy(groupBy: [{ ${field}: true }]) { totalCount } }`)).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  test('the types have the names of the contract', async () => {
    const { __schema } = await space.gql(
      '{ __schema { types { name inputFields { name type { name } } enumValues { name } } } }',
    );
    const fieldsOf = (type: string) =>
      Object.fromEntries(
        __schema.types
          .find(({ name }: any) => name === type)
          .inputFields.map(({ name, type }: any) => [name, type.name]),
      );
    const valuesOf = (type: string) =>
      __schema.types.find(({ name }: any) => name === type).enumValues.map(({ name }: any) => name);
    expect(fieldsOf('PersonGroupByInput')).toMatchObject({
      jobTitle: 'Boolean',
      name: 'FullNameGroupByInput',
      createdAt: 'GroupByDateGranularityInput',
      company: 'CompanyGroupByInput',
      companyId: 'Boolean',
    });
    expect(fieldsOf('PersonOrderByWithGroupByInput')).toMatchObject({
      aggregate: 'PersonOrderByWithGroupByAggregateInput',
      jobTitle: 'OrderByDirection',
      name: 'FullNameOrderByInput',
      createdAt: 'OrderByDateGranularityInput',
      company: 'CompanyOrderByWithGroupByInput',
    });
    expect(fieldsOf('PersonOrderByWithGroupByAggregateInput')).toMatchObject({
      totalCount: 'OrderByDirection',
      countEmptyJobTitle: 'OrderByDirection',
    });
    expect(fieldsOf('CurrencyGroupByInput')).toEqual({ amountMicros: 'Boolean', currencyCode: 'Boolean' });
    expect(fieldsOf('ActorGroupByInput')).toMatchObject({ source: 'Boolean', workspaceMemberId: 'Boolean' });
    expect(fieldsOf('GroupByDateGranularityInput')).toEqual({
      granularity: 'DateGranularityEnum',
      weekStartDay: 'FirstDayOfTheWeek',
      timeZone: 'String',
    });
    expect(fieldsOf('OrderByDateGranularityInput')).toEqual({
      orderBy: 'OrderByDirection',
      granularity: 'DateGranularityEnum',
    });
    expect(valuesOf('FirstDayOfTheWeek')).toEqual(['MONDAY', 'SUNDAY', 'SATURDAY']);
    expect(valuesOf('DateGranularityEnum')).toHaveLength(9);
  });
});

describe('by date', () => {
  let space: Space;
  // A Sunday in UTC and New York, a Monday in Paris; and a day of the next year.
  const moments = ['2026-03-01T23:30:00Z', '2027-01-02T12:00:00Z'];
  beforeAll(async () => {
    space = await crafts();
    await createCrafts(
      space,
      moments.map((moment) => ({ moment, day: moment.slice(0, 10) })),
    );
  });

  async function groups(element: string): Promise<unknown[]> {
    const [field] = /\w+/.exec(element) as RegExpExecArray;
    const granularity = /granularity: (\w+)/.exec(element)?.[1];
    const { craftsGroupBy } = await space.gql(
      `{ craftsGroupBy(groupBy: [${element}], orderBy: [{ ${field}: { orderBy: AscNullsLast, granularity: ${granularity} } }]) { groupByDimensionValues } }`,
    );
    return craftsGroupBy.map(({ groupByDimensionValues: [value] }: any) => value);
  }

  test.each<[string, unknown[]]>([
    ['granularity: DAY', ['2026-03-01', '2027-01-02']],
    ['granularity: WEEK', ['2026-02-23', '2026-12-28']],
    ['granularity: WEEK, weekStartDay: MONDAY', ['2026-02-23', '2026-12-28']],
    ['granularity: WEEK, weekStartDay: SUNDAY', ['2026-03-01', '2026-12-27']],
    ['granularity: WEEK, weekStartDay: SATURDAY', ['2026-02-28', '2027-01-02']],
    ['granularity: MONTH', ['2026-03-01', '2027-01-01']],
    ['granularity: QUARTER', ['2026-01-01', '2027-01-01']],
    ['granularity: YEAR', ['2026-01-01', '2027-01-01']],
    ['granularity: DAY_OF_THE_WEEK', ['Saturday', 'Sunday']],
    ['granularity: DAY_OF_THE_WEEK, weekStartDay: SUNDAY', ['Sunday', 'Saturday']],
    ['granularity: DAY_OF_THE_WEEK, weekStartDay: SATURDAY', ['Saturday', 'Sunday']],
    ['granularity: MONTH_OF_THE_YEAR', ['January', 'March']],
    ['granularity: QUARTER_OF_THE_YEAR', ['Q1']],
  ])('%s', async (input, values) => {
    expect(await groups(`{ moment: { ${input} } }`)).toEqual(values);
    expect(await groups(`{ day: { ${input}, timeZone: "Pacific/Kiritimati" } }`)).toEqual(values);
  });

  test.each<[string, string, unknown[]]>([
    ['DAY', 'Europe/Paris', ['2026-03-02', '2027-01-02']],
    ['DAY', 'America/New_York', ['2026-03-01', '2027-01-02']],
    ['DAY', 'Pacific/Kiritimati', ['2026-03-02', '2027-01-03']],
    ['WEEK', 'Europe/Paris', ['2026-03-02', '2026-12-28']],
    ['DAY_OF_THE_WEEK', 'Europe/Paris', ['Monday', 'Saturday']],
    ['NONE', 'Europe/Paris', ['2026-03-01T23:30:00.000Z', '2027-01-02T12:00:00.000Z']],
  ])('%s in %s', async (granularity, timeZone, values) => {
    expect(await groups(`{ moment: { granularity: ${granularity}, timeZone: "${timeZone}" } }`)).toEqual(values);
  });

  test.each(['Europe/Pariss', 'Mars', '+02:00', 'UTC+2', '', "UTC'; drop table crafts"])(
    'the zone %j is refused by name',
    async (timeZone) => {
      const query =
        'query ($zone: String) { craftsGroupBy(groupBy: [{ moment: { timeZone: $zone } }]) { totalCount } }';
      const error = await space.refused(query, { zone: timeZone });
      expect(error).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_TIMEZONE' } });
      expect(error.message).toContain(`'${timeZone}'`);
    },
  );
});

describe('of companies and people', () => {
  let space: Awaited<ReturnType<typeof workspace>>;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    space = await workspace();
    const { createCompanies } = await space.gql(
      'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { id name } }',
      {
        data: [
          { name: 'Acme', employees: 10, createdAt: '2026-01-10T00:00:00Z' },
          { name: 'Byte', employees: 20, createdAt: '2026-02-10T00:00:00Z' },
        ],
      },
    );
    for (const { id, name } of createCompanies) ids[name] = id;
    const people = Array.from({ length: 12 }, (_, i) => ({
      name: { firstName: `P${String(i).padStart(2, '0')}`, lastName: i % 2 ? 'Odd' : 'Even' },
      jobTitle: i < 9 ? 'Pilot' : 'Cook',
      companyId: i < 11 ? ids.Acme : ids.Byte,
      createdAt: `2026-0${1 + (i % 3)}-15T00:00:00Z`,
      position: i,
    }));
    await space.gql('mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }', {
      data: [...people, { jobTitle: 'Cook', position: 12, createdAt: '2026-01-15T00:00:00Z' }],
    });
  });

  const groupsOf = async (args: string, shown = 'totalCount') => {
    const { peopleGroupBy } = await space.gql(`{ peopleGroupBy(${args}) { groupByDimensionValues ${shown} } }`);
    return peopleGroupBy.map(({ groupByDimensionValues, ...rest }: any) => [
      ...groupByDimensionValues,
      rest.totalCount,
    ]);
  };

  test.each<[string, unknown[][]]>([
    [
      'groupBy: [{ jobTitle: true }]',
      [
        ['Cook', 4],
        ['Pilot', 9],
      ],
    ],
    [
      'groupBy: [{ company: { name: true } }]',
      [
        ['Acme', 11],
        ['Byte', 1],
        [null, 1],
      ],
    ],
    [
      'groupBy: [{ company: { createdAt: { granularity: MONTH } } }]',
      [
        ['2026-01-01', 11],
        ['2026-02-01', 1],
        [null, 1],
      ],
    ],
    [
      'groupBy: [{ jobTitle: true }, { name: { lastName: true } }]',
      [
        ['Cook', 'Even', 1],
        ['Cook', 'Odd', 2],
        ['Cook', null, 1],
        ['Pilot', 'Even', 5],
        ['Pilot', 'Odd', 4],
      ],
    ],
    [
      'groupBy: [{ jobTitle: true, city: false }]',
      [
        ['Cook', 4],
        ['Pilot', 9],
      ],
    ],
    [
      'groupBy: [{ jobTitle: true }], filter: { name: { lastName: { eq: "Odd" } } }',
      [
        ['Cook', 2],
        ['Pilot', 4],
      ],
    ],
    ['groupBy: [{ jobTitle: true }], limit: 1', [['Cook', 4]]],
    ['groupBy: [{ jobTitle: true }], limit: 0', []],
    [
      'groupBy: [{ jobTitle: true }], filter: {}, orderBy: [], limit: null',
      [
        ['Cook', 4],
        ['Pilot', 9],
      ],
    ],
    [
      'groupBy: [{ jobTitle: true }], orderBy: [{ jobTitle: DescNullsLast }]',
      [
        ['Pilot', 9],
        ['Cook', 4],
      ],
    ],
    [
      'groupBy: [{ name: { lastName: true } }], orderBy: [{ name: { lastName: AscNullsFirst } }]',
      [
        [null, 1],
        ['Even', 6],
        ['Odd', 6],
      ],
    ],
    [
      'groupBy: [{ jobTitle: true }], orderBy: [{ aggregate: { countEmptyCity: DescNullsLast } }, { aggregate: { totalCount: AscNullsLast } }]',
      [
        ['Pilot', 9],
        ['Cook', 4],
      ],
    ],
    [
      'groupBy: [{ createdAt: { granularity: MONTH } }], orderBy: [{ createdAt: { orderBy: DescNullsLast, granularity: MONTH } }]',
      [
        ['2026-03-01', 4],
        ['2026-02-01', 4],
        ['2026-01-01', 5],
      ],
    ],
    [
      'groupBy: [{ createdAt: { granularity: MONTH_OF_THE_YEAR } }], orderBy: [{ createdAt: { orderBy: DescNullsLast } }]',
      [
        ['March', 4],
        ['February', 4],
        ['January', 5],
      ],
    ],
    [
      'groupBy: [{ company: { name: true } }], orderBy: [{ company: { name: DescNullsFirst } }]',
      [
        [null, 1],
        ['Byte', 1],
        ['Acme', 11],
      ],
    ],
    [
      'groupBy: [{ company: { name: true } }], orderBy: [{ aggregate: { maxCreatedAt: DescNullsLast } }, { company: { name: DescNullsFirst } }]',
      [
        ['Byte', 1],
        ['Acme', 11],
        [null, 1],
      ],
    ],
  ])('%s', async (args, groups) => {
    expect(await groupsOf(args)).toEqual(groups);
  });

  test('by the join column', async () => {
    expect(await groupsOf('groupBy: [{ companyId: true }], orderBy: [{ companyId: AscNullsFirst }]')).toEqual([
      [null, 1],
      ...[
        [ids.Acme, 11],
        [ids.Byte, 1],
      ].sort(),
    ]);
  });

  test('by a target of a morph relation', async () => {
    await space.gql(`mutation { createNoteTarget(data: { targetCompanyId: "${ids.Acme}" }) { id } }`);
    const { noteTargetsGroupBy } = await space.gql(
      '{ noteTargetsGroupBy(groupBy: [{ targetCompany: { name: true } }]) { groupByDimensionValues countNotEmptyTargetCompany } }',
    );
    expect(noteTargetsGroupBy).toEqual([{ groupByDimensionValues: ['Acme'], countNotEmptyTargetCompany: 1 }]);
  });

  test.each<[string, RegExp]>([
    ['groupBy: []', /^groupBy: .*1 to 10/],
    [`groupBy: [${'{ city: true }, '.repeat(11)}]`, /^groupBy: .*1 to 10/],
    ['groupBy: [{ }]', /^groupBy, element 1: it names no field of person$/],
    [
      'groupBy: [{ city: true }, { jobTitle: true, city: true }]',
      /^groupBy, element 2: it names "jobTitle" and "city" of person; .*exactly one/,
    ],
    [
      'groupBy: [{ name: { firstName: true, lastName: true } }]',
      /^groupBy, element 1: it names "firstName" and "lastName" of "name"/,
    ],
    ['groupBy: [{ name: { } }]', /^groupBy, element 1: it names no field of "name"$/],
    ['groupBy: [{ company: { name: true, employees: true } }]', /"name" and "employees" of "company"/],
    [
      'groupBy: [{ company: { accountOwner: { createdAt: { } } } }], orderBy: [{ company: { name: AscNullsLast } }]',
      /^orderBy, element 1: "company.name" is not one of the elements of groupBy$/,
    ],
    [
      'groupBy: [{ city: true }], orderBy: [{ }, { jobTitle: AscNullsLast }]',
      /^orderBy, element 2: "jobTitle" is not one/,
    ],
    [
      'groupBy: [{ createdAt: { granularity: DAY } }], orderBy: [{ createdAt: { orderBy: AscNullsLast, granularity: WEEK } }]',
      /^orderBy, element 1: "createdAt" by WEEK is not one/,
    ],
    [
      'groupBy: [{ createdAt: { } }], orderBy: [{ createdAt: { granularity: DAY } }]',
      /^orderBy, element 1: "createdAt" needs a direction/,
    ],
    [
      'groupBy: [{ company: { name: true } }], orderBy: [{ company: { aggregate: { totalCount: AscNullsLast } } }]',
      /^orderBy, element 1: "company.aggregate": groups are ordered by their own/,
    ],
    ['groupBy: [{ city: true }], limit: -1', /^limit: it is from 0 to 2000, not -1$/],
    ['groupBy: [{ city: true }], limit: 2001', /^limit: it is from 0 to 2000, not 2001$/],
    ['groupBy: [{ city: true }], offsetForRecords: -1', /^offsetForRecords: /],
    [`groupBy: [{ city: true }], viewId: "${UUID}"`, /^viewId: not supported/],
  ])('%s is refused', async (args, message) => {
    const error = await space.refused(`{ peopleGroupBy(${args}) { totalCount } }`);
    expect(error).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_QUERY_INPUT' } });
    expect(error.message).toMatch(message);
  });

  test('stricter variables than the schema asks for are assignable', async () => {
    const query = `query ($groupBy: [PersonGroupByInput!]!, $filter: PersonFilterInput, $orderBy: [PersonOrderByWithGroupByInput!], $limit: Int) {
      peopleGroupBy(groupBy: $groupBy, filter: $filter, orderBy: $orderBy, limit: $limit) { totalCount } }`;
    const variables = { groupBy: [{ jobTitle: true }], orderBy: [{ jobTitle: 'DescNullsLast' }], limit: 1 };
    expect(await space.gql(query, variables)).toEqual({ peopleGroupBy: [{ totalCount: 9 }] });
  });

  test('groups show ten of their records, in the order asked for, and say whether there are more', async () => {
    const shown = 'totalCount pageInfo { hasNextPage } edges { cursor node { position } }';
    const positions = ({ edges }: any) => edges.map(({ node }: any) => node.position);
    const ask = async (args: string) =>
      (await space.gql(`{ peopleGroupBy(groupBy: [{ company: { name: true } }], ${args}) { ${shown} } }`))
        .peopleGroupBy;
    const [acme, byte, none] = await ask('orderByForRecords: [{ position: DescNullsLast }]');
    expect(positions(acme)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(acme.pageInfo).toEqual({ hasNextPage: true });
    expect([byte, none].map(positions)).toEqual([[11], [12]]);
    expect(byte.pageInfo).toEqual({ hasNextPage: false });
    const next = await ask('orderByForRecords: [{ position: DescNullsLast }], offsetForRecords: 10');
    expect(next.map(positions)).toEqual([[0], [], []]);
    const byTarget = await ask(
      'orderByForRecords: [{ company: { employees: AscNullsLast } }, { jobTitle: AscNullsLast }, { position: AscNullsLast }]',
    );
    expect(positions(byTarget[0])).toEqual([9, 10, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('five related records of each, unless more are asked for', async () => {
    const { companiesGroupBy } = await space.gql(`{ companiesGroupBy(groupBy: [{ name: true }], limit: 2) {
      edges { node { people { totalCount edges { node { company { people(first: 7) { edges { cursor } } } } } } } } } }`);
    const [acme] = companiesGroupBy;
    expect(acme.edges[0].node.people.totalCount).toBe(11);
    expect(acme.edges[0].node.people.edges).toHaveLength(5);
    expect(acme.edges[0].node.people.edges[0].node.company.people.edges).toHaveLength(7);
  });

  test('one statement makes the groups and reads the records of all of them', async () => {
    const statements = await statementsOf('people', () =>
      space.gql(
        `{ peopleGroupBy(groupBy: [{ jobTitle: true }, { name: { lastName: true } }]) {
           groupByDimensionValues totalCount countUniqueValuesCity percentageEmptyCity maxCreatedAt
           edges { node { id name { firstName } company { name } } } pageInfo { endCursor } } }`,
      ),
    );
    expect(statements).toHaveLength(1);
    const [groups] = statements as [{ text: string; values: unknown[] }];
    const plan = await space.sql(`explain (analyze, format json) ${groups.text}`, groups.values);
    expect(JSON.stringify(plan).match(/"Node Type":\s*"[^"]*Scan"[^}]*?"Relation Name":\s*"people"/g)).toHaveLength(2); // and the records that are shown, by their ids
    const alone = await statementsOf('people', () =>
      space.gql('{ peopleGroupBy(groupBy: [{ jobTitle: true }]) { totalCount groupByDimensionValues } }'),
    );
    expect(alone).toHaveLength(1);
  });

  test('there are fifty groups unless more are asked for', async () => {
    await space.sql(`insert into tasks (title) select 'T' || n from generate_series(1, 60) as n`);
    const count = async (args: string) =>
      (await space.gql(`{ tasksGroupBy(groupBy: [{ title: true }]${args}) { totalCount } }`)).tasksGroupBy.length;
    expect(await count('')).toBe(50);
    expect(await count(', limit: 55')).toBe(55);
    expect(await count(', limit: 2000')).toBe(60);
  });

  test('soft-deleted records are in no group, unless the filter asks for them', async () => {
    const { createNote } = await space.gql('mutation { createNote(data: { title: "gone" }) { id } }');
    await space.gql(`mutation { deleteNote(id: "${createNote.id}") { id } }`);
    const count = async (filter: string) =>
      (await space.gql(`{ notesGroupBy(groupBy: [{ title: true }]${filter}) { totalCount edges { node { id } } } }`))
        .notesGroupBy;
    expect(await count('')).toEqual([]);
    expect(await count(', filter: { deletedAt: { is: NOT_NULL } }')).toEqual([
      { totalCount: 1, edges: [{ node: { id: createNote.id } }] },
    ]);
  });

  test('the cost is that of the groups, and of their records', async () => {
    const ask = (limit: number | string, shown: string) =>
      `query ${limit === '$limit' ? '($limit: Int)' : ''} { peopleGroupBy(groupBy: [{ city: true }], limit: ${limit}) { totalCount ${shown} } }`;
    await space.gql(ask(2000, ''));
    await space.gql(ask(1800, 'edges { node { id } }'));
    const tooComplex = { extensions: { subCode: 'TOO_COMPLEX_QUERY' } };
    expect(await space.refused(ask(2000, 'edges { node { id } }'))).toMatchObject(tooComplex);
    expect(
      await space.refused(
        ask('$limit', '...F').concat(' fragment F on PersonGroupByConnection { edges { node { id } } }'),
        { limit: 2000 },
      ),
    ).toMatchObject(tooComplex);
    const related = 'edges { node { noteTargets { edges { node { id } } } } }';
    await space.gql(ask(300, related));
    expect(await space.refused(ask(400, related))).toMatchObject(tooComplex);
  });

  describe('over REST', () => {
    const get = (path: string, parameters: Record<string, string>) =>
      space.rest('GET', `/rest/${path}/groupBy?${new URLSearchParams(parameters)}`);

    const PILOTS = [
      { groupByDimensionValues: ['Cook'], totalCount: 4 },
      { groupByDimensionValues: ['Pilot'], totalCount: 9 },
    ];
    test.each<[string, Record<string, string>, unknown]>([
      ['group_by', { group_by: '[{"jobTitle":true}]' }, PILOTS],
      [
        'aggregate',
        { group_by: '[{"jobTitle":true}]', aggregate: '["countNotEmptyId","maxCreatedAt"]' },
        [
          { groupByDimensionValues: ['Cook'], countNotEmptyId: 4, maxCreatedAt: '2026-03-15T00:00:00.000Z' },
          { groupByDimensionValues: ['Pilot'], countNotEmptyId: 9, maxCreatedAt: '2026-03-15T00:00:00.000Z' },
        ],
      ],
      ['filter', { group_by: '[{"jobTitle":true}]', filter: 'jobTitle[eq]:Cook' }, PILOTS.slice(0, 1)],
      [
        'order_by',
        {
          group_by: '[{"jobTitle":true},{"createdAt":{"granularity":"YEAR"}}]',
          order_by:
            '[{"aggregate":{"countNotEmptyId":"DescNullsLast"}},{"createdAt":{"orderBy":"AscNullsFirst","granularity":"YEAR"}}]',
        },
        [
          { groupByDimensionValues: ['Pilot', '2026-01-01'], totalCount: 9 },
          { groupByDimensionValues: ['Cook', '2026-01-01'], totalCount: 4 },
        ],
      ],
      ['limit', { group_by: '[{"jobTitle":true}]', limit: '1' }, PILOTS.slice(0, 1)],
      [
        'include_records_sample and order_by_for_records',
        {
          group_by: '[{"company":{"name":true}}]',
          include_records_sample: 'true',
          order_by_for_records: 'name.firstName[DescNullsFirst]',
          filter: 'position[gte]:10',
          omit_null_values: 'false',
        },
        [
          {
            groupByDimensionValues: ['Acme'],
            totalCount: 1,
            records: [
              expect.objectContaining({
                position: 10,
                name: { firstName: 'P10', lastName: 'Even' },
                companyId: expect.any(String),
              }),
            ],
          },
          { groupByDimensionValues: ['Byte'], totalCount: 1, records: [expect.objectContaining({ position: 11 })] },
          { groupByDimensionValues: [null], totalCount: 1, records: [expect.objectContaining({ companyId: null })] },
        ],
      ],
      [
        'omit_null_values',
        {
          group_by:
            '[{"company":{"name":true}},{"jobTitle":true},{"createdAt":{"granularity":"YEAR"}},{"name":{"lastName":true}}]',
          omit_null_values: 'true',
          filter: 'position[gte]:10',
        },
        [
          { groupByDimensionValues: ['Acme', 'Cook', '2026-01-01', 'Even'], totalCount: 1 },
          { groupByDimensionValues: ['Byte', 'Cook', '2026-01-01', 'Odd'], totalCount: 1 },
        ],
      ],
    ])('%s', async (_name, parameters, groups) => {
      const { status, body } = await get('people', parameters);
      expect({ status, body }).toEqual({ status: 200, body: groups });
    });

    test('records are of depth 0, ten of each group at the most', async () => {
      const { body } = await get('people', {
        group_by: '[{"jobTitle":true}]',
        include_records_sample: 'true',
        filter: `companyId[eq]:${ids.Acme}`,
      });
      expect(body.map(({ records }: any) => records.length)).toEqual([2, 9]);
      expect(body[0].records[0]).toHaveProperty('companyId');
      expect(body[0].records[0]).not.toHaveProperty('company');
    });

    test('the same question has the same answer in GraphQL', async () => {
      const { body } = await get('people', {
        group_by:
          '[{"name":{"lastName":true}},{"createdAt":{"granularity":"DAY_OF_THE_WEEK","timeZone":"Asia/Tokyo"}}]',
        aggregate: '["totalCount","percentageEmptyJobTitle","countUniqueValuesName"]',
      });
      const { peopleGroupBy } =
        await space.gql(`{ peopleGroupBy(groupBy: [{ name: { lastName: true } }, { createdAt: { granularity: DAY_OF_THE_WEEK, timeZone: "Asia/Tokyo" } }]) {
        groupByDimensionValues totalCount percentageEmptyJobTitle countUniqueValuesName } }`);
      expect(body).toEqual(peopleGroupBy);
    });

    test.each<[Record<string, string>, RegExp]>([
      [{}, /^group_by is missing/],
      [{ group_by: 'jobTitle' }, /^group_by is not JSON/],
      [{ group_by: '{"jobTitle":true}' }, /^group_by must be a JSON array/],
      [{ group_by: '[]' }, /^group_by: it has 1 to 10/],
      [{ group_by: '["jobTitle"]' }, /^group_by, element 1: it must be an object$/],
      [{ group_by: '[null]' }, /^group_by, element 1: it must not be null$/],
      [
        { group_by: '[{"jobTitle":true},{"nope":true}]' },
        /^group_by, element 2: "nope" of person cannot be used here$/,
      ],
      [{ group_by: '[{"noteTargets":true}]' }, /^group_by, element 1: "noteTargets" of person cannot be used here$/],
      [
        { group_by: '[{"company":{"nope":true}}]' },
        /^group_by, element 1: "company.nope" of person cannot be used here$/,
      ],
      [{ group_by: '[{"jobTitle":"yes"}]' }, /^group_by, element 1: "jobTitle": Boolean cannot represent/],
      [{ group_by: '[{"name":true}]' }, /^group_by, element 1: "name" must be an object$/],
      [
        { group_by: '[{"createdAt":{"granularity":"DECADE"}}]' },
        /^group_by, element 1: Invalid value 'DECADE' for "createdAt.granularity"$/,
      ],
      [{ group_by: '[{"createdAt":{"timeZone":"Mars"}}]' }, /'Mars'/],
      [{ group_by: '[{"jobTitle":true,"city":true}]' }, /^group_by, element 1: it names "jobTitle" and "city"/],
      [{ group_by: '[{"city":true}]', aggregate: 'totalCount' }, /^aggregate is not JSON/],
      [{ group_by: '[{"city":true}]', aggregate: '"totalCount"' }, /^aggregate must be a JSON array/],
      [
        { group_by: '[{"city":true}]', aggregate: '["totalCount","sumCity"]' },
        /^aggregate, element 2: person has no aggregate "sumCity"$/,
      ],
      [{ group_by: '[{"city":true}]', aggregate: '[1]' }, /^aggregate, element 1: person has no aggregate 1$/],
      [{ group_by: '[{"city":true}]', filter: 'nope[eq]:1' }, /^filter, position 1: /],
      [{ group_by: '[{"city":true}]', order_by: 'city' }, /^order_by is not JSON/],
      [
        { group_by: '[{"city":true}]', order_by: '[{"jobTitle":"AscNullsLast"}]' },
        /^order_by, element 1: "jobTitle" is not one/,
      ],
      [
        { group_by: '[{"city":true}]', order_by: '[{"city":"Up"}]' },
        /^order_by, element 1: Invalid value 'Up' for "city"$/,
      ],
      [
        { group_by: '[{"city":true}]', order_by: '[{"aggregate":{"sumCity":"AscNullsLast"}}]' },
        /^order_by, element 1: "aggregate.sumCity" of person/,
      ],
      [{ group_by: '[{"city":true}]', limit: 'many' }, /^limit 'many' is invalid/],
      [{ group_by: '[{"city":true}]', limit: '-1' }, /^limit: it is from 0/],
      [{ group_by: '[{"city":true}]', limit: '1e12' }, /^limit: /],
      [{ group_by: '[{"city":true}]', include_records_sample: 'maybe' }, /^include_records_sample 'maybe' is invalid/],
      [{ group_by: '[{"city":true}]', omit_null_values: '1' }, /^omit_null_values '1' is invalid/],
      [{ group_by: '[{"city":true}]', order_by_for_records: 'nope' }, /^order_by_for_records, position 1: /],
      [{ group_by: '[{"city":true}]', view_id: 'mine' }, /^view_id: Invalid UUID/],
      [{ group_by: '[{"city":true}]', view_id: UUID }, /^view_id: not supported/],
    ])('%j is a 400 that says where', async (parameters, message) => {
      const { status, body } = await get('people', parameters);
      expect(body).toMatchObject({
        statusCode: 400,
        error: 'BadRequestException',
        messages: [expect.stringMatching(message)],
      });
      expect(status).toBe(400);
    });

    test('other methods are not allowed, and the path needs an object', async () => {
      expect(await space.rest('POST', '/rest/people/groupBy', {})).toMatchObject({ status: 405 });
      expect((await space.rest('DELETE', '/rest/people/groupBy')).status).toBe(405);
      expect(await get('person', { group_by: '[]' })).toMatchObject({ status: 400 });
    });
  });
});
