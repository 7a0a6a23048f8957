/** Aggregates of connections: one row of the contract's table, one test. Contract: core.md 2.12 */

import { beforeAll, describe, expect, test } from 'vitest';
import { statementsOf } from '../statements.ts';
import { crafts, createCrafts, FIELDS, type Space } from './crafts.ts';

const GENERAL = ['countUniqueValues', 'countEmpty', 'countNotEmpty', 'percentageEmpty', 'percentageNotEmpty'] as const;
const UUID = '6f8b2c1e-4d3a-4b7f-9c55-1e2d3c4b5a69';

let space: Space;
beforeAll(async () => {
  space = await crafts();
});

async function typesOf(type: string): Promise<Record<string, string>> {
  const { __type } = await space.gql(`{ __type(name: "${type}") { fields { name type { name kind } } } }`);
  return Object.fromEntries(__type.fields.map(({ name, type: { name: typeName } }: any) => [name, typeName]));
}

describe('the schema has', () => {
  const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
  const special: Record<string, Record<string, string>> = {
    weight: { min: 'Float', max: 'Float', avg: 'Float', sum: 'Float' },
    seats: { min: 'Float', max: 'Float', avg: 'Float', sum: 'Float' },
    distance: { min: 'BigFloat', max: 'BigFloat', avg: 'BigFloat', sum: 'BigFloat' },
    mass: { min: 'BigFloat', max: 'BigFloat', avg: 'BigFloat' },
    day: { min: 'DateTime', max: 'DateTime' },
    moment: { min: 'DateTime', max: 'DateTime' },
    createdAt: { min: 'DateTime', max: 'DateTime' },
    isReady: { countTrue: 'Int', countFalse: 'Int' },
  };
  const own = [...FIELDS.map(([name]) => name), 'mass', 'position', 'createdAt', 'id', 'createdBy', 'searchVector'];

  test.each(own)('those of %s, and no others', async (field) => {
    const types = await typesOf('CraftConnection');
    const ofField = Object.entries(types).filter(([name]) =>
      new RegExp(`^(count\\w*|percentage\\w*|min|max|avg|sum)${upper(field)}([A-Z]\\w*)?$`).test(name),
    );
    const expected: Record<string, string> = {
      ...Object.fromEntries(
        GENERAL.map((kind) => [`${kind}${upper(field)}`, kind.startsWith('percentage') ? 'Float' : 'Int']),
      ),
      ...(field === 'price' &&
        Object.fromEntries(['min', 'max', 'sum', 'avg'].map((kind) => [`${kind}PriceAmountMicros`, 'BigFloat']))),
      ...Object.fromEntries(
        Object.entries(special[field] ?? {}).map(([kind, type]) => [`${kind}${upper(field)}`, type]),
      ),
    };
    // `colour` begins `colours` too, and `place` the places of others: only names that end with the field count.
    expect(Object.fromEntries(ofField.filter(([name]) => name in expected || name.endsWith(upper(field))))).toEqual(
      expected,
    );
  });

  test('the general ones of each target of a morph relation, and none of a relation', async () => {
    const types = await typesOf('NoteTargetConnection');
    for (const kind of GENERAL) expect(types).toHaveProperty(`${kind}TargetCompany`);
    expect(Object.keys(types).filter((name) => /(Note|NoteId|TargetCompanyId)$/.test(name))).toEqual([]);
    expect(Object.keys(await typesOf('PersonConnection')).filter((name) => /Company$/.test(name))).toEqual([]);
  });
});

describe('of three records, one of them empty', () => {
  beforeAll(async () => {
    const full = {
      title: 'Ariane',
      weight: 1.5,
      seats: 2,
      distance: '9007199254740993',
      code: UUID,
      colour: 'RED',
      stars: 'RATING_1',
      colours: ['RED'],
      words: ['a'],
      isReady: true,
      day: '2026-02-01',
      moment: '2026-02-01T10:00:00.123Z',
      extra: { a: 1 },
      price: { amountMicros: '9223372036854775807', currencyCode: 'EUR' },
      place: { addressCity: 'Kourou' },
      pilot: { firstName: 'Ada', lastName: 'Lovelace' },
      mails: { primaryEmail: 'a@b.co' },
      calls: { primaryPhoneNumber: '612345678', primaryPhoneCountryCode: 'FR' },
      sites: { primaryLinkUrl: 'a.co' },
      story: { markdown: 'Once' },
      papers: [{ fileId: UUID, label: 'x' }],
    };
    // Empty, but not only null: what stands for null counts as null.
    const empty = {
      title: '',
      words: [],
      colours: [],
      papers: [],
      price: { currencyCode: 'EUR' },
      pilot: { firstName: '' },
      mails: { primaryEmail: '', additionalEmails: [] },
      calls: { primaryPhoneCountryCode: 'FR' },
      sites: { primaryLinkLabel: 'nowhere' },
    };
    const other = {
      ...full,
      weight: 3,
      seats: 3,
      distance: '1',
      isReady: false,
      day: '2026-03-01',
      moment: '2026-03-01T10:00:00Z',
      price: { amountMicros: 1, currencyCode: 'USD' },
      pilot: { firstName: 'Ada', lastName: 'Byron' },
    };
    await createCrafts(space, [full, other, empty]);
    await space.sql(`update crafts set mass = case title when 'Ariane' then seats / 8.0 end`);
  });

  // A boolean that isn't given is false.
  test.each([...FIELDS.map(([name]) => name).filter((name) => name !== 'isReady'), 'mass'])(
    '%s is empty once',
    async (field) => {
      const F = field.charAt(0).toUpperCase() + field.slice(1);
      const { crafts: told } = await space.gql(`{ crafts { ${GENERAL.map((kind) => `${kind}${F}`).join(' ')} } }`);
      const unique = ['weight', 'seats', 'distance', 'day', 'moment', 'price', 'pilot', 'mass'];
      expect(told).toEqual({
        [`countUniqueValues${F}`]: unique.includes(field) ? 2 : 1,
        [`countEmpty${F}`]: 1,
        [`countNotEmpty${F}`]: 2,
        [`percentageEmpty${F}`]: 1 / 3,
        [`percentageNotEmpty${F}`]: 2 / 3,
      });
    },
  );

  test.each<[string, unknown]>([
    ['totalCount', 3],
    ['minWeight', 1.5],
    ['maxWeight', 3],
    ['sumWeight', 4.5],
    ['avgWeight', 2.25],
    ['minSeats', 2],
    ['sumSeats', 5],
    ['avgSeats', 2.5],
    ['minDistance', 1],
    ['maxDistance', '9007199254740993'],
    ['sumDistance', 9007199254740994],
    ['avgDistance', 4503599627370497],
    ['minMass', 0.25],
    ['maxMass', 0.375],
    ['avgMass', 0.3125],
    ['minDay', '2026-02-01T00:00:00.000Z'],
    ['maxDay', '2026-03-01T00:00:00.000Z'],
    ['minMoment', '2026-02-01T10:00:00.123Z'],
    ['maxMoment', '2026-03-01T10:00:00.000Z'],
    ['countTrueIsReady', 1],
    ['countFalseIsReady', 2],
    ['countEmptyIsReady', 0],
    ['minPriceAmountMicros', 1],
    ['maxPriceAmountMicros', '9223372036854775807'],
    ['sumPriceAmountMicros', '9223372036854775808'],
    ['avgPriceAmountMicros', '4611686018427387904'],
  ])('%s is %s', async (name, expected) => {
    expect(await space.gql(`{ crafts { ${name} } }`)).toEqual({ crafts: { [name]: expected } });
  });

  test('an average is a number, however many digits it has', async () => {
    const { crafts: told } = await space.gql(
      '{ crafts(filter: { seats: { in: [2, 3] } }) { avgMass } all: crafts { avgSeats } }',
    );
    expect(told.avgMass).toBe(0.3125);
    await space.sql(`update crafts set mass = case seats when 2 then 1 when 3 then 1 else 0 end`);
    expect((await space.gql('{ crafts { avgMass } }')).crafts.avgMass).toBeCloseTo(2 / 3, 15);
    await space.sql(`update crafts set mass = case title when 'Ariane' then seats / 8.0 end`);
  });

  test('they ignore the page and keep to the filter', async () => {
    const { crafts: told } = await space.gql(
      '{ crafts(first: 1, offset: 1, filter: { title: { eq: "Ariane" } }) { totalCount sumSeats edges { node { id } } } }',
    );
    expect(told).toMatchObject({ totalCount: 2, sumSeats: 5, edges: [{}] });
  });

  test('of no records they are zero or null', async () => {
    const { crafts: told } = await space.gql(
      '{ crafts(filter: { title: { eq: "none" } }) { totalCount countEmptyTitle countUniqueValuesPilot percentageEmptyTitle sumSeats minDay } }',
    );
    expect(told).toEqual({
      totalCount: 0,
      countEmptyTitle: 0,
      countUniqueValuesPilot: 0,
      percentageEmptyTitle: null,
      sumSeats: null,
      minDay: null,
    });
  });
});

test('a soft-deleted record is not told of, unless the filter asks for it', async () => {
  const [id] = await createCrafts(space, [{ title: 'gone', seats: 7 }]);
  await space.gql(`mutation { deleteCraft(id: "${id}") { id } }`);
  const told = await space.gql(
    `{ kept: crafts(filter: { title: { eq: "gone" } }) { totalCount sumSeats }
       gone: crafts(filter: { title: { eq: "gone" }, deletedAt: { is: NOT_NULL } }) { totalCount sumSeats } }`,
  );
  expect(told).toEqual({ kept: { totalCount: 0, sumSeats: null }, gone: { totalCount: 1, sumSeats: 7 } });
});

test('nested connections and duplicates have them too', async () => {
  const { gql } = space;
  await gql(`mutation { createCompany(data: { name: "Acme Inc", employees: 3 }) { id } }`);
  const { createCompany: acme } = await gql(
    'mutation { createCompany(data: { name: "Acme Inc", employees: 5 }) { id } }',
  );
  await gql('mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }', {
    data: [
      { companyId: acme.id, jobTitle: 'Pilot' },
      { companyId: acme.id, jobTitle: '' },
    ],
  });
  const told = await gql(
    `{ companies(filter: { employees: { eq: 5 } }) { edges { node { people(first: 1) { totalCount countEmptyJobTitle } } } }
       companyDuplicates(ids: ["${acme.id}"]) { totalCount sumEmployees } }`,
  );
  expect(told.companies.edges[0].node.people).toEqual({ totalCount: 2, countEmptyJobTitle: 1 });
  expect(told.companyDuplicates).toEqual([{ totalCount: 1, sumEmployees: 3 }]);
});

test('all aggregates of a connection are one statement', async () => {
  const counting = async (table: string, query: string, variables?: object) =>
    (await statementsOf(table, () => space.gql(query, variables))).filter(({ text }) => text.includes('count('));
  const query = `query ($title: String) {
      crafts(first: 2, filter: { title: { eq: $title } }) { totalCount sumSeats edges { node { id } } countEmptyPilot ...More }
    }
    fragment More on CraftConnection { maxMoment avgPriceAmountMicros percentageEmptyWords }`;
  expect(await counting('crafts', query, { title: 'Ariane' })).toHaveLength(1);
  const nested = '{ companies { edges { node { people { totalCount countEmptyJobTitle maxCreatedAt } } } } }';
  expect(await counting('people', nested)).toHaveLength(1);
});
