/**
 * What a change of the model leaves to a job: indexes made, constraints validated and columns filled while a big table
 * is used. Pure: what is to be done is looked up by keys in the shape of the model as it is when the job runs, whatever
 * it is called by then.
 */

import { ident } from '../../db/sql.ts';
import type { Column, Constraint, Index, Shape, ShapeOptions, Table } from './shape.ts';

export type Later = {
  /**
   * `make` an index or a unique constraint; `validate` the rows that a constraint found there; `fill` a column with its
   * default (and forbid null where it does); `require` a value in a column.
   */
  readonly kind: 'make' | 'validate' | 'fill' | 'require';
  readonly tableKey: string;
  readonly key: string;
  /** When it was planned, for people to read. */
  readonly name: string;
  /** A query with a row for each kind of thing that the change cannot be made for; null where it always can. */
  readonly objection: string | null;
};

export type PlanOptions = ShapeOptions & {
  /** Names of tables that no statement may read or write through while others wait for it. */
  readonly big?: ReadonlySet<string>;
  /** Keys of indexes and unique constraints that jobs still have to make: they aren't there yet. */
  readonly unmade?: ReadonlySet<string>;
};

export function isBig({ name }: Table, { big }: PlanOptions): boolean {
  return big?.has(name) ?? false;
}

export type Work = {
  readonly kind: Later['kind'];
  readonly table: string;
  /** Of the index, constraint or column. */
  readonly name: string;
  /** In order, each in a transaction of its own. */
  readonly statements: readonly string[];
  /** Of a column that gets a value where it has none, some rows at a time: the value as SQL. */
  readonly fill: string | null;
};

/** What is to be done by today's names; null where nobody wants it any more. */
export function workOf({ tables }: Shape, { kind, tableKey, key }: Omit<Later, 'objection'>): Work | null {
  const table = tables.find((each) => each.key === tableKey);
  const found = <T extends { readonly key: string }>(things: readonly T[]) => things.find((each) => each.key === key);
  if (!table) return null;
  switch (kind) {
    case 'make': {
      const thing = found(table.indexes) ?? found(table.constraints);
      return thing ? workWith(kind, table, thing, makeStatements(table, thing)) : null;
    }
    case 'validate': {
      const constraint = found(table.constraints);
      return constraint ? workWith(kind, table, constraint, validateStatements(table, constraint)) : null;
    }
    case 'fill':
    case 'require': {
      const column = found(table.columns);
      if (!column) return null;
      const work = workWith(kind, table, column, requireStatements(table, column));
      return kind === 'fill' ? { ...work, fill: column.default } : work;
    }
  }
}

function workWith(kind: Later['kind'], table: Table, { name }: { readonly name: string }, statements: string[]): Work {
  return { kind, table: table.name, name, statements, fill: null };
}

/** A unique constraint is made over an index that is there already, which takes a moment. */
export function makeStatements(table: Table, thing: Constraint | Index): string[] {
  const [tableName, name] = [ident(table.name), ident(thing.name)];
  if (!('kind' in thing))
    return [`create ${thing.isUnique ? 'unique ' : ''}index concurrently ${name} on ${tableName} ${thing.sql}`];
  return [
    `create unique index concurrently ${name} on ${tableName} (${columnsOf(thing)})`,
    `alter table ${tableName} add constraint ${name} unique using index ${name}`,
  ];
}

/** Values that several rows have, where each must have its own. */
export function duplicates(table: Table, thing: Constraint | Index): string {
  const columns = columnsOf(thing);
  return `select from ${ident(table.name)} group by ${columns} having count(*) > 1 and num_nulls(${columns}) = 0 limit 1`;
}

/** `a, b` of `unique (a, b)` and of `using btree (a, b)`. */
function columnsOf({ sql }: Constraint | Index): string {
  return sql.slice(sql.indexOf('(') + 1, -1);
}

export function missing(table: Table, { name }: Column): string {
  return `select from ${ident(table.name)} where ${ident(name)} is null limit 1`;
}

export function validateStatements(table: Table, { name }: Constraint): string[] {
  return [`alter table ${ident(table.name)} validate constraint ${ident(name)}`];
}

/** For people to read; the job does the same some rows at a time. */
export function fillStatements(table: Table, column: Column): string[] {
  const name = ident(column.name);
  const update = `update ${ident(table.name)} set ${name} = ${column.default} where ${name} is null`;
  return [update, ...requireStatements(table, column)];
}

/**
 * `set not null` would read the whole table under its lock, unless a constraint says already that it would find
 * nothing.
 */
export function requireStatements(table: Table, { name, isNotNull }: Column): string[] {
  if (!isNotNull) return [];
  const alter = `alter table ${ident(table.name)}`;
  const check = ident('plinth_not_null');
  return [
    `${alter} drop constraint if exists ${check}, add constraint ${check} check (${ident(name)} is not null) not valid`,
    `${alter} validate constraint ${check}`,
    `${alter} alter column ${ident(name)} set not null`,
    `${alter} drop constraint ${check}`, // by itself: of one statement, what drops comes first
  ];
}
