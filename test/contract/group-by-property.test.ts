/**
 * Aggregates and groups are what a plain evaluation over the same rows makes, in both APIs. Contract: core.md 2.12,
 * 2.13
 */

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { crafts, createCrafts, type Space } from './crafts.ts';

type Craft = {
  readonly title: string | null;
  readonly seats: number | null;
  readonly weight: number | null;
  readonly isReady: boolean;
  readonly colour: string | null;
  readonly words: readonly string[] | null;
  readonly day: string | null;
  readonly moment: string | null;
  readonly price: { readonly amountMicros: number | null; readonly currencyCode: string | null };
  readonly pilot: { readonly firstName: string | null; readonly lastName: string | null };
};

const orNull = <T>(...values: T[]) => fc.constantFrom<T | null>(null, ...values);

const craft: fc.Arbitrary<Craft> = fc.record({
  title: orNull('', 'a', 'B', 'ä "b"'),
  seats: orNull(-1, 0, 7),
  weight: orNull(-1.25, 0.5, 3),
  isReady: fc.boolean(),
  colour: orNull('RED', 'BLUE'),
  words: orNull<string[]>([], ['x'], ['x', 'y']),
  day: orNull('2024-02-29', '2025-12-31', '2026-01-01'),
  // About midnight in some zones, and about the hours that summer time takes and gives.
  moment: fc.option(
    fc
      .tuple(
        fc.constantFrom('2025-12-31', '2026-03-08', '2026-03-29', '2026-10-25', '2026-11-01'),
        fc.integer({ min: 0, max: 95 }),
      )
      .map(([day, quarter]) => new Date(Date.parse(day) + quarter * 900_000 + 123).toISOString()),
  ),
  price: fc.record({ amountMicros: orNull(0, 1_500_000, -3), currencyCode: orNull('EUR', 'USD') }),
  pilot: fc.record({ firstName: orNull('', 'Ada'), lastName: orNull('', 'Byron') }),
});

// What groups are made by --------------------------------------------------------------------------------------------

/** An element of `groupBy`, and the value that a record has in it. */
type Dimension = { readonly element: object; readonly valueIn: (row: Craft) => unknown };

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const iso = (day: Date) => day.toISOString().slice(0, 10);

/** Noon in UTC of the day that it is in a zone at a moment. */
function localDay(moment: string, timeZone: string): Date {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' });
  const [month, day, year] = parts.format(new Date(moment)).split('/').map(Number) as [number, number, number];
  return new Date(Date.UTC(year, month - 1, day, 12));
}

function bucket(day: Date, granularity: string, weekStart: number): string {
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
  switch (granularity) {
    case 'WEEK':
      return iso(new Date(day.getTime() - ((day.getUTCDay() - weekStart + 7) % 7) * 86_400_000));
    case 'MONTH':
      return iso(new Date(Date.UTC(year, month)));
    case 'QUARTER':
      return iso(new Date(Date.UTC(year, month - (month % 3))));
    case 'YEAR':
      return iso(new Date(Date.UTC(year, 0)));
    case 'DAY_OF_THE_WEEK':
      return DAYS[day.getUTCDay()] as string;
    case 'MONTH_OF_THE_YEAR':
      return new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' }).format(day);
    case 'QUARTER_OF_THE_YEAR':
      return `Q${Math.floor(month / 3) + 1}`;
    default:
      return iso(day);
  }
}

const date: fc.Arbitrary<Dimension> = fc
  .record({
    field: fc.constantFrom('day' as const, 'moment' as const),
    granularity: fc.constantFrom(
      ...[
        'DAY',
        'WEEK',
        'MONTH',
        'QUARTER',
        'YEAR',
        'DAY_OF_THE_WEEK',
        'MONTH_OF_THE_YEAR',
        'QUARTER_OF_THE_YEAR',
        'NONE',
      ],
    ),
    weekStartDay: fc.constantFrom('MONDAY', 'SUNDAY', 'SATURDAY'),
    timeZone: fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia'),
  })
  .map(({ field, ...input }) => ({
    element: { [field]: input },
    valueIn: (row) => {
      const value = row[field];
      if (value === null || (field === 'moment' && input.granularity === 'NONE')) return value;
      const day = field === 'day' ? new Date(`${value}T12:00:00Z`) : localDay(value, input.timeZone);
      return bucket(day, input.granularity, { MONDAY: 1, SUNDAY: 0, SATURDAY: 6 }[input.weekStartDay] as number);
    },
  }));

const plain: fc.Arbitrary<Dimension> = fc.constantFrom<Dimension>(
  { element: { title: true }, valueIn: ({ title }) => title || null },
  { element: { seats: true }, valueIn: ({ seats }) => seats },
  { element: { weight: true }, valueIn: ({ weight }) => weight },
  { element: { isReady: true }, valueIn: ({ isReady }) => isReady },
  { element: { colour: true }, valueIn: ({ colour }) => colour },
  { element: { words: true }, valueIn: ({ words }) => (words?.length ? words : null) },
  { element: { price: { currencyCode: true } }, valueIn: ({ price }) => price.currencyCode },
  { element: { price: { amountMicros: true } }, valueIn: ({ price }) => price.amountMicros },
  { element: { pilot: { lastName: true } }, valueIn: ({ pilot }) => pilot.lastName || null },
);

// What is told of them -----------------------------------------------------------------------------------------------

const count = (rows: readonly Craft[], isCounted: (row: Craft) => unknown) => rows.filter(isCounted).length;
const unique = (rows: readonly Craft[], valueIn: (row: Craft) => unknown) =>
  new Set(
    rows
      .map(valueIn)
      .filter((value) => value !== null)
      .map((value) => JSON.stringify(value)),
  ).size;
const numbers = (rows: readonly Craft[], valueIn: (row: Craft) => number | null) =>
  rows.map(valueIn).filter((value) => value !== null);
const sum = (values: number[]) => (values.length === 0 ? null : values.reduce((a, b) => a + b));
const isNamed = ({ pilot }: Craft) => Boolean(pilot.firstName || pilot.lastName);

const AGGREGATES: Record<string, (rows: readonly Craft[]) => unknown> = {
  totalCount: (rows) => rows.length,
  countEmptyTitle: (rows) => count(rows, ({ title }) => !title),
  countNotEmptyWords: (rows) => count(rows, ({ words }) => words?.length),
  countUniqueValuesTitle: (rows) => unique(rows, ({ title }) => title || null),
  countUniqueValuesWords: (rows) => unique(rows, ({ words }) => (words?.length ? words : null)),
  countEmptyPilot: (rows) => count(rows, (row) => !isNamed(row)),
  countUniqueValuesPilot: (rows) =>
    unique(rows, (row) => (isNamed(row) ? [row.pilot.firstName || null, row.pilot.lastName || null] : null)),
  countEmptyPrice: (rows) => count(rows, ({ price }) => price.amountMicros === null),
  percentageEmptyColour: (rows) => (rows.length === 0 ? null : count(rows, ({ colour }) => !colour) / rows.length),
  percentageNotEmptyDay: (rows) => (rows.length === 0 ? null : count(rows, ({ day }) => day) / rows.length),
  countTrueIsReady: (rows) => count(rows, ({ isReady }) => isReady),
  countFalseIsReady: (rows) => count(rows, ({ isReady }) => !isReady),
  sumSeats: (rows) => sum(numbers(rows, ({ seats }) => seats)),
  minWeight: (rows) => numbers(rows, ({ weight }) => weight).sort((a, b) => a - b)[0] ?? null,
  maxPriceAmountMicros: (rows) => numbers(rows, ({ price }) => price.amountMicros).sort((a, b) => b - a)[0] ?? null,
  avgPriceAmountMicros: (rows) => {
    const amounts = numbers(rows, ({ price }) => price.amountMicros);
    return amounts.length === 0 ? null : (sum(amounts) as number) / amounts.length;
  },
  maxMoment: (rows) =>
    rows
      .map(({ moment }) => moment)
      .filter((moment) => moment !== null)
      .sort()
      .at(-1) ?? null,
  minDay: (rows) => {
    const [first] = rows
      .map(({ day }) => day)
      .filter((day) => day !== null)
      .sort();
    return first === undefined ? null : `${first}T00:00:00.000Z`;
  },
};

function told(rows: readonly Craft[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(AGGREGATES).map(([name, of]) => [name, of(rows)]));
}

/** Averages apart in the last digit are the same. */
function rounded(group: Record<string, unknown>): Record<string, unknown> {
  const { avgPriceAmountMicros: average, ...rest } = group;
  return { ...rest, avgPriceAmountMicros: typeof average === 'number' ? Number(average.toPrecision(14)) : average };
}

type Group = Record<string, unknown> & { readonly groupByDimensionValues: unknown[] };

function grouped(rows: readonly Craft[], dimensions: readonly Dimension[]): Group[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(dimensions.map(({ valueIn }) => valueIn(row))));
  return [...groups].map(([key, members]) => ({ groupByDimensionValues: JSON.parse(key), ...told(members) }));
}

const byKey = (groups: readonly Group[]) =>
  [...groups].map((group) => rounded(group) as Group).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
const keyOf = ({ groupByDimensionValues }: Group) => JSON.stringify(groupByDimensionValues);

// --------------------------------------------------------------------------------------------------------------------

let space: Space;
beforeAll(async () => {
  space = await crafts();
});

test('groups and totals are those of a plain evaluation', async () => {
  const names = Object.keys(AGGREGATES);
  const query = `query ($groupBy: [CraftGroupByInput!]!, $orderBy: [CraftOrderByWithGroupByInput], $limit: Int) {
    crafts { ${names.join(' ')} }
    craftsGroupBy(groupBy: $groupBy, orderBy: $orderBy, limit: $limit) { groupByDimensionValues ${names.join(' ')} } }`;
  const rows = fc.array(craft, { maxLength: 40 });
  const dimensions = fc.array(fc.oneof(plain, date), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(rows, dimensions, fc.integer({ min: 0, max: 5 }), async (rows, dimensions, limit) => {
      await space.sql('delete from crafts');
      if (rows.length > 0) await createCrafts(space, rows);
      const groupBy = dimensions.map(({ element }) => element);
      const orderBy = [{ aggregate: { totalCount: 'DescNullsLast' } }, { aggregate: { sumSeats: 'AscNullsFirst' } }];

      const whole = await space.gql(query, { groupBy });
      expect(rounded(whole.crafts)).toEqual(rounded(told(rows)));
      expect(byKey(whole.craftsGroupBy)).toEqual(byKey(grouped(rows, dimensions)));

      const ordered = (await space.gql(query, { groupBy, orderBy })).craftsGroupBy;
      expect(byKey(ordered)).toEqual(byKey(whole.craftsGroupBy));
      const sorted = ordered.toSorted(
        (a: any, b: any) =>
          b.totalCount - a.totalCount ||
          (a.sumSeats ?? Number.NEGATIVE_INFINITY) - (b.sumSeats ?? Number.NEGATIVE_INFINITY) ||
          0,
      );
      expect(ordered).toEqual(sorted);
      expect((await space.gql(query, { groupBy, orderBy, limit })).craftsGroupBy).toEqual(ordered.slice(0, limit));

      const parameters = {
        group_by: JSON.stringify(groupBy),
        order_by: JSON.stringify(orderBy),
        aggregate: JSON.stringify(names),
      };
      const { body } = await space.rest('GET', `/rest/crafts/groupBy?${new URLSearchParams(parameters)}`);
      expect(body).toEqual(ordered);
    }),
    { numRuns: 30 },
  );
}, 120_000);
