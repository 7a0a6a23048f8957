/**
 * Groups the records of an object: one statement, whatever is told of the groups.
 *
 *   select what the groups have in common, their aggregates, the ids of some of their records
 *   from (select the records that the filter matches, each with its group and its place in it) as record
 *   group by … order by … limit …
 *
 * Contract: core.md 2.13.
 */

import { type SQL, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/served.ts';
import { refuse } from '../errors.ts';
import type { Aggregate } from '../model/aggregates.ts';
import { type Json, textOf } from './answers/json.ts';
import { type Dimension, dimensionsOf, type Element, Source } from './dimensions.ts';
import { DIRECTIONS, type GroupOrder, type Ordering, ordersOf, recordOrder } from './group-orders.ts';
import { keyIn } from './keys.ts';
import { aggregateSql, columnsOver } from './plugins/aggregates.ts';
import { type FilterValue, recordCondition } from './plugins/filters.ts';

export const DEFAULT_GROUPS = 50;
/** As many as may have all their records shown within the cost that a request may have (decisions.md, request cost). */
export const MAX_GROUPS = 2_000;
export const RECORDS_PER_GROUP = 10;

export type GroupsRequest = {
  readonly groupBy: readonly Element[];
  readonly filter?: FilterValue | null;
  readonly orderBy?: readonly (GroupOrder | null)[] | null;
  readonly orderByForRecords?: unknown;
  readonly viewId?: string | null;
  readonly limit?: number | null;
  readonly offsetForRecords?: number | null;
};

/** What is asked of each group. */
export type Telling = { readonly aggregates: readonly Aggregate[]; readonly hasRecords: boolean };

/**
 * A select of the groups: `dimensions`, their values as a JSON list; `value 0` and on, the aggregates; `sample`, the
 * ids of the records to show and one more, which says that there are more.
 * @throws PlinthError INVALID_QUERY_INPUT that names the argument and the element, INVALID_TIMEZONE
 */
export function groupsSql(
  build: GraphileBuild.Build,
  served: ServedObject,
  { aggregates, hasRecords }: Telling,
  request: GroupsRequest,
): SQL {
  const limit = checkedCount('limit', request.limit ?? DEFAULT_GROUPS, MAX_GROUPS);
  const skipped = checkedCount('offsetForRecords', request.offsetForRecords ?? 0, Number.MAX_SAFE_INTEGER);
  if (request.viewId) throw refuse('INVALID_QUERY_INPUT', 'viewId: not supported; use filter');
  const source = new Source(build, served);
  const dimensions = dimensionsOf(source, request.groupBy);
  const orders = ordersOf(source, dimensions, request.orderBy ?? []);
  const place = sql.identifier(Symbol('place'));
  const record = source.alias;
  const values = dimensions.flatMap(
    (each, i): Json => [...(i > 0 ? [','] : []), sql`coalesce(${each.json(sql`${record}.${each.name}`)}, 'null')`],
  );
  const shown = [
    sql`${textOf(['[', ...values, ']'])} as dimensions`,
    ...aggregates.map((each, i) => sql`${aggregateSql(served, each, record)} as ${sql.identifier(`value ${i}`)}`),
    ...(hasRecords ? [sql`${sampleFrom(keyIn(served, record), sql`${record}.${place}`, skipped)} as sample`] : []),
  ];
  const keys = dimensions.map(({ name }) => sql`${record}.${name}`);
  return sql`
    select ${list(shown)}
    from (${placed(source, dimensions, [...aggregates, ...orders.flatMap(aggregateOf)], request, hasRecords ? place : null)}) as ${record}
    group by ${list(keys)}
    order by ${list([...orders.map((order) => orderSql(source, order)), ...keys])}
    limit ${sql.value(limit)}::int`;
}

function checkedCount(name: string, count: number, max: number): number {
  if (count < 0 || count > max) throw refuse('INVALID_QUERY_INPUT', `${name}: it is from 0 to ${max}, not ${count}`);
  return count;
}

/**
 * The records that the filter matches: their groups, what the aggregates read, and their place in their group if that
 * has a name.
 */
function placed(
  source: Source,
  dimensions: readonly Dimension[],
  aggregates: readonly Aggregate[],
  { filter, orderByForRecords }: GroupsRequest,
  place: SQL | null,
): SQL {
  const { build, served, alias } = source;
  const read = aggregates.flatMap((each) => columnsOver(served, each)).map(({ name }) => name);
  const columns = [
    ...[...new Set([served.key.column, ...read])].map((name) => sql`${alias}.${sql.identifier(name)}`),
    ...dimensions.map(({ key, name }) => sql`${key} as ${name}`),
  ];
  if (place) {
    const keys = list(dimensions.map(({ key }) => key));
    columns.push(
      sql`row_number() over (partition by ${keys} order by ${recordOrder(source, orderByForRecords)}) as ${place}`,
    );
  }
  // All that is asked for has been asked for by now, so the joins are all there.
  const condition = recordCondition(build, served, alias, filter) ?? sql`true`;
  return sql`
      select ${list(columns)}
      from ${served.table.from as SQL} as ${alias}${source.joins}
      where ${condition}
    `;
}

function sampleFrom(id: SQL, place: SQL, skipped: number): SQL {
  const last = skipped + RECORDS_PER_GROUP + 1;
  return sql`array_agg(${id} order by ${place}) filter (
      where ${place} > ${sql.value(skipped)}::bigint and ${place} <= ${sql.value(last)}::bigint)`;
}

function aggregateOf({ by }: Ordering): Aggregate[] {
  return 'kind' in by ? [by] : [];
}

function orderSql({ served, alias }: Source, { by, direction }: Ordering): SQL {
  const value = 'kind' in by ? aggregateSql(served, by, alias) : sql`${alias}.${by.name}`;
  return sql`${value} ${DIRECTIONS[direction] as SQL}`;
}

function list(fragments: readonly SQL[]): SQL {
  return sql.join([...fragments], ', ');
}
