/** Moments and days in buckets: weeks, months, days of the week … of a time zone. Contract: core.md 2.13. */

import { type SQL, sql } from '../../db/sql.ts';
import { checkedZone } from '../model/time-zone.ts';
import { momentText } from './answers/values.ts';

export const GRANULARITIES = [
  'DAY',
  'WEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'DAY_OF_THE_WEEK',
  'MONTH_OF_THE_YEAR',
  'QUARTER_OF_THE_YEAR',
  'NONE',
] as const;

export const WEEK_STARTS = ['MONDAY', 'SUNDAY', 'SATURDAY'] as const;

export type Granularity = (typeof GRANULARITIES)[number];

export type BucketInput = {
  readonly granularity?: Granularity | null;
  readonly weekStartDay?: (typeof WEEK_STARTS)[number] | null;
  /**
   * An IANA name; UTC unless given (decisions.md, aggregates). A day is the same everywhere, so for those it says
   * nothing.
   */
  readonly timeZone?: string | null;
};

/** What moments of one bucket have in common, in the order of time, and that in JSON: null where there is no moment. */
export type Bucket = { readonly key: SQL; readonly json: (key: SQL) => SQL };

export const DEFAULT_GRANULARITY: Granularity = 'DAY';

// How far the first day of a week is before Monday, with which Postgres begins it.
const DAYS_BEFORE_MONDAY = { MONDAY: 0, SUNDAY: 1, SATURDAY: 2 } as const;

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/**
 * @param column a `timestamptz`, or a `date`
 * @throws PlinthError INVALID_TIMEZONE
 */
export function bucketOf(column: SQL, isMoment: boolean, input: BucketInput): Bucket {
  const zone = checkedZone(input.timeZone ?? 'UTC');
  const local = isMoment
    ? sql`(${farFromEnds(column)} at time zone ${sql.value(zone)}::text)`
    : sql`(${farFromEnds(column)})::timestamp`;
  const shift = DAYS_BEFORE_MONDAY[input.weekStartDay ?? 'MONDAY'];
  const granularity = input.granularity ?? DEFAULT_GRANULARITY;
  switch (granularity) {
    case 'DAY':
    case 'MONTH':
    case 'QUARTER':
    case 'YEAR':
      return day(sql`date_trunc(${sql.literal(granularity.toLowerCase())}, ${local})::date`);
    case 'WEEK':
      return day(
        shift === 0
          ? sql`date_trunc('week', ${local})::date`
          : sql`date_trunc('week', ${local} + ${days(shift)})::date - ${sql.literal(shift)}`,
      );
    case 'DAY_OF_THE_WEEK':
      return named(sql`(extract(isodow from ${local})::int - 1 + ${sql.literal(shift)}) % 7`, [
        ...DAYS.slice(DAYS.length - shift),
        ...DAYS.slice(0, DAYS.length - shift),
      ]);
    case 'MONTH_OF_THE_YEAR':
      return named(sql`extract(month from ${local})::int - 1`, MONTHS);
    case 'QUARTER_OF_THE_YEAR':
      return named(sql`extract(quarter from ${local})::int - 1`, ['Q1', 'Q2', 'Q3', 'Q4']);
    case 'NONE':
      return isMoment ? moment(column) : day(column);
  }
}

/** Null within a year of the ends of Postgres' calendar, where another zone, a week or a cast would be out of range. */
export function farFromEnds(column: SQL): SQL {
  return sql`case when ${column} between '4712-01-01 BC' and '294275-12-31' or not isfinite(${column})
  then ${column} end`;
}

/** Its first day. */
function day(key: SQL): Bucket {
  return { key, json: (each) => sql`to_json(${each})::text` };
}

/** A millisecond, as records show it: clients see no finer. */
function moment(column: SQL): Bucket {
  return {
    key: sql`date_trunc('milliseconds', ${column})`,
    json: (each) => momentText(each),
  };
}

/** Sorted by its place, so that Tuesday follows Monday. @param key the place in `names`, from 0 */
function named(key: SQL, names: readonly string[]): Bucket {
  const list = sql.join(
    names.map((name) => sql.literal(name)),
    ', ',
  );
  return { key, json: (each) => sql`to_json((array[${list}])[${each} + 1])::text` };
}

function days(count: number): SQL {
  return sql`${sql.literal(`${count} days`)}::interval`;
}
