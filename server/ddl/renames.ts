/** What is called otherwise now: renames that never tread on each other. Pure. */

import { ident } from '../../db/sql.ts';
import type { Change, Pair } from './compare.ts';
import { notNullNames } from './not-null-names.ts';
import { alone, type Statement, statement } from './statement.ts';

/** Constraint and index names share a space with tables only in part, so each kind is renamed within its own. */
export function renameAll({ enums, kept }: Change): Statement[] {
  const renamed = <T extends { readonly name: string }>(
    pairs: readonly Pair<T>[],
    what: string,
    table: (pair: Pair<T>) => string | null,
    sql: Rename['sql'],
  ): Rename[] =>
    pairs
      .filter(({ before, after }) => before.name !== after.name)
      .map((pair) => ({ from: pair.before.name, to: pair.after.name, what, table: table(pair), sql }));
  return [
    ...inTurn(
      renamed(
        enums.kept,
        'type',
        () => null,
        (from, to) => `alter type ${ident(from)} rename to ${ident(to)}`,
      ),
    ),
    ...inTurn(
      renamed(
        kept,
        'table',
        ({ before }) => before.name,
        (from, to) => `alter table ${ident(from)} rename to ${ident(to)}`,
      ),
    ),
    ...kept.flatMap(({ after, columns }) =>
      inTurn(
        renamed(
          columns.kept,
          'column',
          () => after.name,
          (from, to) => `alter table ${ident(after.name)} rename column ${ident(from)} to ${ident(to)}`,
        ),
      ),
    ),
    // Those of unique constraints and primary keys are indexes too: one space for a schema.
    ...inTurn([
      ...kept.flatMap(({ after, constraints }) =>
        renamed(
          constraints.kept,
          'constraint',
          () => after.name,
          (from, to) => `alter table ${ident(after.name)} rename constraint ${ident(from)} to ${ident(to)}`,
        ),
      ),
      ...kept.flatMap(({ indexes }) =>
        renamed(
          indexes.kept,
          'index',
          () => null,
          (from, to) => `alter index ${ident(from)} rename to ${ident(to)}`,
        ),
      ),
    ]),
  ];
}

export function renameNotNull({ kept }: Change): Statement[] {
  return kept
    .filter(
      ({ before, after, columns }) =>
        (before.name !== after.name && after.columns.some(({ isNotNull }) => isNotNull)) ||
        columns.kept.some((pair) => pair.before.name !== pair.after.name && pair.after.isNotNull),
    )
    .map(({ after: { name } }) =>
      statement(notNullNames(name), `what may not be empty in ${name} is named after its column`, alone(name)),
    );
}

type Rename = {
  readonly from: string;
  readonly to: string;
  readonly sql: (from: string, to: string) => string;
  readonly what: string;
  /** The table that is locked for it; its own old name, or none. */
  readonly table: string | null;
};

/** Renames that don't tread on each other: a name still in use by another of them is reached by way of a third. */
export function inTurn(renames: readonly Rename[]): Statement[] {
  const taken = new Set(renames.map(({ from }) => from));
  const direct = renames.filter(({ to }) => !taken.has(to));
  const byWay = renames.filter(({ to }) => taken.has(to));
  const step = ({ what, table, sql, ...rename }: Rename, from: string, to: string): Statement =>
    statement(
      sql(from, to),
      `${what} ${rename.from} is called ${rename.to} now`,
      table === null ? {} : alone(table === rename.from && what === 'table' ? from : table),
    );
  const between = (i: number) => `plinth_renaming_${i}`;
  return [
    ...byWay.map((rename, i) => step(rename, rename.from, between(i))),
    ...direct.map((rename) => step(rename, rename.from, rename.to)), // now every old name is free
    ...byWay.map((rename, i) => step(rename, between(i), rename.to)),
  ];
}
