/** Orders a select, and starts it where a cursor points to. Contract: core.md 2.10, 2.11 */

import type { PgSelectStep } from 'postgraphile/@dataplan/pg';
import { constant, lambda, type Step } from 'postgraphile/grafast';
import type { SQL } from 'postgraphile/pg-sql2';
import type { ServedObject } from '../../catalog/to-model.ts';
import { CursorStep, columnIn, cursorCodec, isAfter, placeOf } from './cursors.ts';
import { type FilterValue, recordCondition } from './filters.ts';
import { type OrderKey, orderKeys } from './orders.ts';
import { isInRuns, runsOf } from './runs.ts';

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
 * @param $filter of a select of all that the filter matches, and of nothing less: then its pages can be found by runs
 */
export function applyOrder(
  build: GraphileBuild.Build,
  served: ServedObject,
  $select: PgSelectStep,
  $orderBy: Step,
  $page: Step<Page | null> = constant(null),
  $filter: Step | null = null,
): void {
  const $apply = lambda(
    [$orderBy, $page, $filter ?? constant(null)] as [Step, Step<Page | null>, Step],
    ([orderBy, page, filter]) => {
      const keys = orderKeys(build, served, orderBy).map((key) => (page?.isBackward ? reversed(key) : key));
      const place = page?.cursor ? placeOf(keys, page.cursor) : null;
      const runs = page && $filter ? runsOf(served, keys, place) : null;
      return (query: any) => {
        if (query.mode === 'aggregate') return;
        const columns = keys.map((key) =>
          columnIn(key.relation === null ? query.alias : query.singleRelation(key.relation), key),
        );
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
        if (runs) {
          const condition = (alias: SQL) => recordCondition(build, served, alias, filter as FilterValue | null);
          const limit = (page?.size ?? 0) + (page?.offset ?? 0) + 1; // one more: is there a next page?
          query.where(isInRuns(served, query.alias, runs, condition, limit));
        } else if (place) query.where(isAfter(keys, columns, place));
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
