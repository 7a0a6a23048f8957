/** Orders a select, and starts it where a cursor points to. Contract: core.md 2.10, 2.11 */

import type { PgSelectStep } from 'postgraphile/@dataplan/pg';
import { lambda, type Step } from 'postgraphile/grafast';
import { type SQL, sql } from 'postgraphile/pg-sql2';
import type { ServedObject } from '../../catalog/to-model.ts';
import { CursorStep, cursorCodec, isAfter, placeOf } from './cursors.ts';
import { type OrderKey, orderKeys } from './orders.ts';

/** A window on an order: `size` records from `cursor` on, in either direction. */
export type Page = {
  readonly size: number;
  readonly offset: number | null;
  readonly cursor: string | null;
  readonly isBackward: boolean;
};

/**
 * Orders `$select` by the value of `orderBy`, then by id.
 * @param $page where to start and which way to go; forward from the beginning when left out
 */
export function applyOrder(
  build: GraphileBuild.Build,
  served: ServedObject,
  $select: PgSelectStep,
  $orderBy: Step,
  $page?: Step<Page>,
): void {
  const given = $page ? [$orderBy, $page] : [$orderBy];
  const $apply = lambda(
    given as [Step, Step<Page>],
    ([orderBy, page]) => {
      const keys = orderKeys(build, served, orderBy).map((key) => (page?.isBackward ? reversed(key) : key));
      const place = page?.cursor ? placeOf(keys, page.cursor) : null;
      return (query: any) => {
        if (query.mode === 'aggregate') return;
        const columns = keys.map((key) => columnOf(query, key));
        keys.forEach((key, i) => {
          query.orderBy({
            fragment: columns[i],
            codec: cursorCodec(key),
            nullable: key.isNullable,
            direction: key.isAscending ? 'ASC' : 'DESC',
            ...(key.isNullable && { nulls: key.isNullsFirst ? 'FIRST' : 'LAST' }),
          });
        });
        query.setOrderIsUnique();
        if (place) query.where(isAfter(keys, columns, place));
      };
    },
    true,
  );
  $select.apply($apply as any);
  // PostGraphile's own cursors are a list with a digest of the order; those of the contract are an object.
  $select.cursorForItem = ($row: any) => new CursorStep($row, ($select as any).getCursorDetails()) as any;
}

function reversed(key: OrderKey): OrderKey {
  return { ...key, isAscending: !key.isAscending, isNullsFirst: !key.isNullsFirst };
}

function columnOf(query: any, { relation, column, codec }: OrderKey): SQL {
  const alias = relation === null ? query.alias : query.singleRelation(relation);
  const fragment = sql`${alias}.${sql.identifier(column)}`;
  return codec.name === 'jsonb' ? sql`${fragment}::jsonb` : fragment;
}
