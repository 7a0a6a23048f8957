/**
 * Finds a page of an order whose first key may be null. The rows that have a value of it are one run, those that have
 * none another; an index on the column serves each of them, whichever way it is walked and at whichever end the nulls
 * belong.
 *
 *   where id = any (array(
 *     (select id from companies where name is not null and (name, id) > ($1, $2) and … order by name, id limit 61)
 *     union all
 *     (select id from companies where name is null and … order by id limit 61)))
 *
 * Plainly ordered, `name > $1 or name is null` makes Postgres read all that came before, nulls are one tie that it
 * sorts whole, and `name desc nulls last` is not the order of the index.
 */

import { type SQL, sql } from '../../../db/sql.ts';
import type { ServedObject } from '../../catalog/served.ts';
import { keyIn } from '../keys.ts';
import { columnIn, isAfter, type Place } from './cursors.ts';
import { isLed } from './leading-columns.ts';
import type { OrderKey } from './orders.ts';

type Run = {
  readonly first: OrderKey;
  readonly isOfNulls: boolean;
  /** What orders it: of the nulls, all but the first key. */
  readonly keys: readonly OrderKey[];
  readonly place: Place | null;
};

/** The runs that are still to come after `place`; null where a plain order serves as well, or no index would. */
export function runsOf({ table }: ServedObject, keys: readonly OrderKey[], place: Place | null): Run[] | null {
  const [first, ...others] = keys as [OrderKey, ...OrderKey[]];
  const isOfOneTable = keys.every(({ relation }) => relation === null);
  if (!first.isNullable || !isOfOneTable || !isLed(table, first.column)) return null;
  const isInNulls = place?.[0] === null;
  const nulls: Run = { first, isOfNulls: true, keys: others, place: place && isInNulls ? place.slice(1) : null };
  const values: Run = {
    first,
    isOfNulls: false,
    keys: [{ ...first, isNullable: false }, ...others],
    place: isInNulls ? null : place,
  };
  const runs = first.isNullsFirst ? [nulls, values] : [values, nulls];
  return place !== null && runs[0]?.isOfNulls !== isInNulls ? runs.slice(1) : runs;
}

/**
 * Is among the first `limit` rows of one of the runs.
 * @param conditionOn what the filter says of the rows of an alias
 */
export function isInRuns(
  served: ServedObject,
  alias: SQL,
  runs: readonly Run[],
  conditionOn: (alias: SQL) => SQL | null,
  limit: number,
): SQL {
  const selects = runs.map(({ first, isOfNulls, keys, place }) => {
    const row = sql.identifier(Symbol('run'));
    const columns = keys.map((key) => columnIn(row, key));
    const conditions = [
      sql`${columnIn(row, first)} is ${isOfNulls ? sql`null` : sql`not null`}`,
      place && isAfter(keys, columns, place),
      conditionOn(row),
    ].filter((each) => each !== null);
    const order = keys.map((key, i) => sql`${columns[i] as SQL} ${directionOf(key)}`);
    return sql`(
      select ${keyIn(served, row)}
      from ${served.table.from as SQL} as ${row}
      where ${sql.join(conditions, ' and ')}
      order by ${sql.join(order, ', ')}
      limit ${sql.literal(limit)}
    )`;
  });
  return sql`${keyIn(served, alias)} = any (array(${sql.join(selects, ' union all ')}))`;
}

function directionOf({ isAscending, isNullable, isNullsFirst }: OrderKey): SQL {
  const nulls = isNullable ? (isNullsFirst ? sql` nulls first` : sql` nulls last`) : sql.blank;
  return sql`${isAscending ? sql`asc` : sql`desc`}${nulls}`;
}
