/** How groups are ordered, and the records in them. Contract: core.md 2.13. */

import { type SQL, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/served.ts';
import { refuse } from '../errors.ts';
import type { Given, GivenFields } from '../given.ts';
import { type Aggregate, aggregatesOf } from '../model/aggregates.ts';
import type { Dimension, Fail, Source } from './dimensions.ts';
import { inCurrentNames } from './former-names.ts';
import { columnIn } from './plugins/cursors.ts';
import { type Groupable, groupablesOf } from './plugins/group-by-inputs.ts';
import { orderKeys } from './plugins/orders.ts';

type Build = GraphileBuild.Build;

/** An item of `orderBy`. */
export type GroupOrder = GivenFields;

export const DIRECTIONS: Readonly<Record<string, SQL>> = {
  AscNullsFirst: sql`asc nulls first`,
  AscNullsLast: sql`asc nulls last`,
  DescNullsFirst: sql`desc nulls first`,
  DescNullsLast: sql`desc nulls last`,
};

export type Ordering = { readonly by: Dimension | Aggregate; readonly direction: string };

/** Each by one of the dimensions, or by an aggregate. What is named a second time decides nothing, and goes. */
export function ordersOf(
  source: Source,
  dimensions: readonly Dimension[],
  items: readonly (GroupOrder | null)[],
): Ordering[] {
  const orders = items.flatMap((item, place) => {
    const fail: Fail = (why) => refuse('INVALID_QUERY_INPUT', `orderBy, element ${place + 1}: ${why}`);
    return orderingsOf({ build: source.build, dimensions, fail }, source.served, item ?? {}, []);
  });
  return [...new Map(orders.reverse().map((order) => [order.by, order])).values()].reverse();
}

type OrderContext = { readonly build: Build; readonly dimensions: readonly Dimension[]; readonly fail: Fail };

function orderingsOf(
  context: OrderContext,
  served: ServedObject,
  item: GroupOrder,
  path: readonly string[],
): Ordering[] {
  return Object.entries(inCurrentNames(served, item)).flatMap(([name, value]) =>
    value === null ? [] : orderingsBy(context, served, [...path, name], value),
  );
}

/** Of one name of an item, the last of `path`. */
function orderingsBy(context: OrderContext, served: ServedObject, path: readonly string[], value: Given): Ordering[] {
  const name = path.at(-1);
  if (name === 'aggregate') {
    if (path.length > 1) throw context.fail(`"${path.join('.')}": groups are ordered by their own aggregates alone`);
    return aggregatesOf(served.object)
      .filter((each) => value[each.name] != null)
      .map((each) => ({ by: each, direction: value[each.name] }));
  }
  const groupable = groupablesOf(context.build, served).find((each) => each.name === name) as Groupable;
  switch (groupable.kind) {
    case 'column':
      return [orderingBy(context, path, value)];
    case 'date':
      if (value.orderBy == null)
        throw context.fail(`"${path.join('.')}" needs a direction, as in { orderBy: AscNullsLast }`);
      return [orderingBy(context, path, value.orderBy, value.granularity)];
    case 'composite':
      return Object.entries(value).flatMap(([part, direction]) =>
        direction === null ? [] : [orderingBy(context, [...path, part], direction as string)],
      );
    case 'relation':
      return orderingsOf(context, groupable.target, value, path);
  }
}

function orderingBy(
  { dimensions, fail }: OrderContext,
  names: readonly string[],
  direction: string,
  granularity: string | null = null,
): Ordering {
  const path = names.join('.');
  const by = dimensions.find((each) => each.path === path && (!granularity || each.granularity === granularity));
  if (!by) throw fail(`"${path}"${granularity ? ` by ${granularity}` : ''} is not one of the elements of groupBy`);
  return { by, direction };
}

/** As find many orders, the id last, so that a record has one place in its group. */
export function recordOrder(source: Source, orderByForRecords: unknown): SQL {
  const keys = orderKeys(source.build, source.served, orderByForRecords);
  const ordered = keys.map((key) => {
    const direction = `${key.isAscending ? 'Asc' : 'Desc'}Nulls${key.isNullsFirst ? 'First' : 'Last'}`;
    const alias = key.relation === null ? source.alias : source.singleRelation(key.relation);
    return sql`${columnIn(alias, key)} ${DIRECTIONS[direction] as SQL}`;
  });
  return sql.join(ordered, ', ');
}
