/** The DDL planner: a model before and after → the statements that lead from one to the other. Pure. */

import { ident, literal } from '../../db/sql.ts';
import type { Model } from '../model/model.ts';
import {
  type Column,
  type Constraint,
  type Enum,
  type Index,
  type Shape,
  type ShapeOptions,
  shapeOf,
  type Table,
} from './shape.ts';

export type Statement = {
  /** Names tables without a schema: it runs with the workspace's schema in the search path. */
  readonly sql: string;
  readonly why: string;
  /** What it keeps others from doing with a table meanwhile. */
  readonly lock: 'none' | 'writes' | 'all';
  readonly loses: 'nothing' | 'data';
};

/**
 * In an order in which each statement finds what it needs: what goes, goes first and frees its name; then renames; then
 * what comes. Things are matched by the model's ids, so a rename is not a drop. `plan(b, b)` is empty.
 */
export function plan(before: Model, after: Model, options: ShapeOptions): Statement[] {
  const change = compare(shapeOf(before, options), shapeOf(after, options));
  return [
    ...dropConstraints(change), // before the columns and tables they hang on
    ...dropIndexes(change),
    ...dropTables(change), // when nothing points at them any more
    ...dropColumns(change),
    ...dropEnums(change), // when no column is of them any more
    ...renameAll(change),
    ...createEnums(change), // a type before the columns of it
    ...createTables(change),
    ...addColumns(change),
    ...alterColumns(change),
    ...alterEnums(change),
    ...createConstraints(change), // when all tables are there, so that cycles are no problem
    ...createIndexes(change),
    ...comment(change),
  ];
}

// Comparison -----------------------------------------------------------------------------------------------------------

type Pair<T> = { readonly before: T; readonly after: T };
type Difference<T> = { readonly gone: readonly T[]; readonly come: readonly T[]; readonly kept: readonly Pair<T>[] };

function difference<T extends { readonly key: string }>(before: readonly T[], after: readonly T[]): Difference<T> {
  const old = new Map(before.map((each) => [each.key, each]));
  const now = new Set(after.map(({ key }) => key));
  return {
    gone: before.filter(({ key }) => !now.has(key)),
    come: after.filter(({ key }) => !old.has(key)),
    kept: after.flatMap((each) => {
      const same = old.get(each.key);
      return same ? [{ before: same, after: each }] : [];
    }),
  };
}

type TableChange = Pair<Table> & {
  readonly columns: Difference<Column>;
  readonly constraints: Difference<Constraint>;
  readonly indexes: Difference<Index>;
};
type Change = {
  readonly enums: Difference<Enum>;
  readonly tables: Difference<Table>;
  readonly kept: readonly TableChange[];
};

function compare(before: Shape, after: Shape): Change {
  const tables = difference(before.tables, after.tables);
  return {
    enums: difference(before.enums, after.enums),
    tables,
    kept: tables.kept.map((pair) => ({
      ...pair,
      columns: remade(difference(pair.before.columns, pair.after.columns), sameColumn),
      constraints: remade(difference(pair.before.constraints, pair.after.constraints), sameMeaning),
      indexes: remade(difference(pair.before.indexes, pair.after.indexes), sameMeaning),
    })),
  };
}

/** What can't be changed in place goes and comes again. */
function remade<T>({ gone, come, kept }: Difference<T>, isSame: (pair: Pair<T>) => boolean): Difference<T> {
  const changed = kept.filter((pair) => !isSame(pair));
  return {
    gone: [...gone, ...changed.map(({ before }) => before)],
    come: [...come, ...changed.map(({ after }) => after)],
    kept: kept.filter(isSame),
  };
}

function sameMeaning({ before, after }: Pair<{ readonly meaning: string }>): boolean {
  return before.meaning === after.meaning;
}

/** A generated column whose sources changed is made anew: before PostgreSQL 17 its expression can't be altered. */
function sameColumn({ before, after }: Pair<Column>): boolean {
  return before.generated?.meaning === after.generated?.meaning;
}

// What goes ------------------------------------------------------------------------------------------------------------

/** The primary key is part of its table, from its creation to its end. */
function isOwn(constraint: Constraint): boolean {
  return constraint.kind !== 'primary key';
}

function dropConstraints({ kept, tables }: Change): Statement[] {
  const ofKept = kept.flatMap(({ before, constraints }) =>
    constraints.gone.map((constraint) => [before, constraint] as const),
  );
  // Foreign keys between tables that go together, so that their order doesn't matter.
  const ofGone = tables.gone.flatMap((table) =>
    table.constraints.filter(({ kind }) => kind === 'foreign key').map((constraint) => [table, constraint] as const),
  );
  return [...ofKept, ...ofGone].map(([table, constraint]) => ({
    sql: `alter table ${ident(table.name)} drop constraint ${ident(constraint.name)}`,
    why: `${constraint.kind} ${constraint.name} is no longer wanted, or is made anew`,
    lock: 'all',
    loses: 'nothing',
  }));
}

function dropIndexes({ kept }: Change): Statement[] {
  return kept.flatMap(({ indexes, columns }) =>
    // An index goes with its column.
    indexes.gone
      .filter((index) => !columns.gone.some((column) => index.key === `${column.key} index`))
      .map(
        (index): Statement => ({
          sql: `drop index ${ident(index.name)}`,
          why: `index ${index.name} is no longer wanted`,
          lock: 'all',
          loses: 'nothing',
        }),
      ),
  );
}

function dropTables({ tables }: Change): Statement[] {
  return tables.gone.map(({ name }) => ({
    sql: `drop table ${ident(name)}`,
    why: `the object of ${name} is deleted`,
    lock: 'all',
    loses: 'data',
  }));
}

function dropColumns({ kept }: Change): Statement[] {
  return kept.flatMap(({ before, columns }): Statement[] => {
    if (columns.gone.length === 0) return [];
    // Generated ones first: they read the others.
    const gone = [...columns.gone].sort((a, b) => Number(b.generated !== null) - Number(a.generated !== null));
    return [
      {
        sql: `alter table ${ident(before.name)} ${gone.map(({ name }) => `drop column ${ident(name)}`).join(', ')}`,
        why: `${gone.map(({ name }) => name).join(', ')} of ${before.name}: deleted, or made anew`,
        lock: 'all',
        loses: gone.every(({ generated }) => generated !== null) ? 'nothing' : 'data',
      },
    ];
  });
}

function dropEnums({ enums }: Change): Statement[] {
  return enums.gone.map(({ name }) => ({
    sql: `drop type ${ident(name)}`,
    why: `no field has the options of ${name} any more`,
    lock: 'none',
    loses: 'nothing',
  }));
}

// Renames --------------------------------------------------------------------------------------------------------------

type Rename = {
  readonly from: string;
  readonly to: string;
  readonly sql: (from: string, to: string) => string;
  readonly what: string;
};

/** Constraint and index names share a space with tables only in part, so each kind is renamed within its own. */
function renameAll({ enums, kept }: Change): Statement[] {
  const renamed = <T extends { readonly name: string }>(
    pairs: readonly Pair<T>[],
    what: string,
    sql: Rename['sql'],
  ): Rename[] =>
    pairs
      .filter(({ before, after }) => before.name !== after.name)
      .map(({ before, after }) => ({ from: before.name, to: after.name, what, sql }));
  return [
    ...inTurn(renamed(enums.kept, 'type', (from, to) => `alter type ${ident(from)} rename to ${ident(to)}`)),
    ...inTurn(renamed(kept, 'table', (from, to) => `alter table ${ident(from)} rename to ${ident(to)}`)),
    ...kept.flatMap(({ after, columns }) =>
      inTurn(
        renamed(
          columns.kept,
          'column',
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
          (from, to) => `alter table ${ident(after.name)} rename constraint ${ident(from)} to ${ident(to)}`,
        ),
      ),
      ...kept.flatMap(({ indexes }) =>
        renamed(indexes.kept, 'index', (from, to) => `alter index ${ident(from)} rename to ${ident(to)}`),
      ),
    ]),
  ];
}

/** Renames that don't tread on each other: a name still in use by another of them is reached by way of a third. */
function inTurn(renames: readonly Rename[]): Statement[] {
  const taken = new Set(renames.map(({ from }) => from));
  const direct = renames.filter(({ to }) => !taken.has(to));
  const byWay = renames.filter(({ to }) => taken.has(to));
  const statement = (rename: Rename, from: string, to: string): Statement => ({
    sql: rename.sql(from, to),
    why: `${rename.what} ${rename.from} is called ${rename.to} now`,
    lock: 'all',
    loses: 'nothing',
  });
  const between = (i: number) => `plinth_renaming_${i}`;
  return [
    ...byWay.map((rename, i) => statement(rename, rename.from, between(i))),
    ...direct.map((rename) => statement(rename, rename.from, rename.to)), // now every old name is free
    ...byWay.map((rename, i) => statement(rename, between(i), rename.to)),
  ];
}

// What comes -----------------------------------------------------------------------------------------------------------

function createEnums({ enums }: Change): Statement[] {
  return enums.come.map((type) => createEnum(type.name, type.values));
}

function createEnum(name: string, values: Enum['values']): Statement {
  return {
    sql: `create type ${ident(name)} as enum (${values.map(({ value }) => literal(value)).join(', ')})`,
    why: `options of ${name}`,
    lock: 'none',
    loses: 'nothing',
  };
}

function createTables({ tables }: Change): Statement[] {
  return tables.come.map(({ name, columns, constraints }) => ({
    sql: `create table ${ident(name)} (\n  ${[...columns.map(columnDefinition), ...constraints.filter(({ kind }) => kind !== 'foreign key').map(constraintDefinition)].join(',\n  ')}\n)`,
    why: `the object of ${name} is new`,
    lock: 'none',
    loses: 'nothing',
  }));
}

function columnDefinition({ name, type, isNotNull, default: byDefault, generated }: Column): string {
  return [
    ident(name),
    type,
    ...(generated ? [`generated always as (${generated.sql}) stored`] : []),
    ...(isNotNull ? ['not null'] : []),
    ...(byDefault === null ? [] : [`default ${byDefault}`]),
  ].join(' ');
}

function constraintDefinition({ name, sql }: Constraint): string {
  return `constraint ${ident(name)} ${sql}`;
}

function addColumns({ kept }: Change): Statement[] {
  return kept.flatMap(({ after, columns }): Statement[] =>
    columns.come.length === 0
      ? []
      : [
          {
            sql: `alter table ${ident(after.name)} ${columns.come.map((column) => `add column ${columnDefinition(column)}`).join(', ')}`,
            why: `${columns.come.map(({ name }) => name).join(', ')} of ${after.name}: new, or made anew`,
            lock: 'all',
            loses: 'nothing',
          },
        ],
  );
}

function alterColumns({ kept }: Change): Statement[] {
  return kept.flatMap(({ after: table, columns }) =>
    columns.kept.flatMap(({ before, after }): Statement[] => {
      const alter = (action: string, why: string, loses: Statement['loses'] = 'nothing'): Statement => ({
        sql: `alter table ${ident(table.name)} alter column ${ident(after.name)} ${action}`,
        why: `${table.name}.${after.name}: ${why}`,
        lock: 'all',
        loses,
      });
      const isRetyped = before.enumKey === null && after.enumKey === null && before.type !== after.type;
      return [
        ...(isRetyped && before.default !== null ? [alter('drop default', 'its type changes')] : []),
        ...(isRetyped
          ? [
              alter(
                `type ${after.type} using ${ident(after.name)}::${after.type}`,
                `is ${after.type} now, not ${before.type}`,
                'data',
              ),
            ]
          : []),
        ...(before.isNotNull && !after.isNotNull ? [alter('drop not null', 'may be empty now')] : []),
        ...(before.default !== after.default || (isRetyped && after.default !== null)
          ? [
              after.default === null
                ? alter('drop default', 'has no default any more')
                : alter(`set default ${after.default}`, 'has another default'),
            ]
          : []),
        ...(!before.isNotNull && after.isNotNull ? [alter('set not null', 'may not be empty any more')] : []),
      ].filter(({ sql }) => !(after.enumKey !== null && sql.includes(' default '))); // with its enum, below
    }),
  );
}

/** Every column that is of an enum, or an array of it, with its table. */
function columnsOfEnum({ kept }: Change, key: string): { table: Table; pair: Pair<Column> }[] {
  return kept.flatMap(({ after: table, columns }) =>
    columns.kept.filter(({ after }) => after.enumKey === key).map((pair) => ({ table, pair })),
  );
}

function alterEnums(change: Change): Statement[] {
  return change.enums.kept.flatMap(({ before, after }) => {
    const columns = columnsOfEnum(change, after.key);
    const renamed = after.values.flatMap(({ id, value }) => {
      const old = before.values.find((each) => each.id === id);
      return old && old.value !== value ? [{ from: old.value, to: value }] : [];
    });
    const kept = before.values.filter(({ id }) => after.values.some((each) => each.id === id));
    const isGrown =
      kept.length === before.values.length &&
      after.values
        .filter(({ id }) => before.values.some((each) => each.id === id))
        .every(({ id }, i) => id === kept[i]?.id);
    const added = after.values.filter(({ id }) => !before.values.some((each) => each.id === id));
    // A value added to an enum can't be used before the transaction ends, not even in a default.
    const isUsed = added.some(({ value }) =>
      columns.some(({ pair }) => pair.after.default?.includes(literal(value)) || pair.after.default?.includes(value)),
    );
    if (!isGrown || (added.length > 0 && isUsed)) return remakeEnum(before, after, columns);
    return [
      ...inTurn(
        renamed.map(({ from, to }) => ({
          from,
          to,
          what: `option of ${after.name}`,
          sql: (a, b) => `alter type ${ident(after.name)} rename value ${literal(a)} to ${literal(b)}`,
        })),
      ),
      ...added.map(({ id, value }): Statement => {
        const place = after.values.findIndex((each) => each.id === id);
        const previous = after.values[place - 1];
        const where = previous
          ? `after ${literal(previous.value)}`
          : after.values.length > 1 && before.values[0]
            ? `before ${literal(renamed.find(({ from }) => from === before.values[0]?.value)?.to ?? before.values[0].value)}`
            : '';
        return {
          sql: `alter type ${ident(after.name)} add value ${literal(value)} ${where}`.trim(),
          why: `${value} is a new option of ${after.name}`,
          lock: 'none',
          loses: 'nothing',
        };
      }),
      ...columns.flatMap(({ table, pair }) => enumDefault(table, pair)),
    ];
  });
}

function enumDefault(table: Table, { before, after }: Pair<Column>): Statement[] {
  if (before.default === after.default) return [];
  return [
    {
      sql: `alter table ${ident(table.name)} alter column ${ident(after.name)} ${after.default === null ? 'drop default' : `set default ${after.default}`}`,
      why: `${table.name}.${after.name}: has another default`,
      lock: 'all',
      loses: 'nothing',
    },
  ];
}

/** Postgres can neither remove nor reorder values: a new type takes the old one's place, and records move over. */
function remakeEnum(before: Enum, after: Enum, columns: readonly { table: Table; pair: Pair<Column> }[]): Statement[] {
  const old = `plinth_old_${columns.length}_${after.name}`.slice(0, 63);
  const all = (sql: string, why: string, loses: Statement['loses'] = 'nothing'): Statement => ({
    sql,
    why,
    lock: 'all',
    loses,
  });
  const removed = before.values
    .filter(({ id }) => !after.values.some((each) => each.id === id))
    .map(({ value }) => value);
  const renamed = after.values.flatMap((now) => {
    const was = before.values.find(({ id }) => id === now.id);
    return was && was.value !== now.value ? [[was.value, now.value] as const] : [];
  });
  return [
    all(`alter type ${ident(after.name)} rename to ${ident(old)}`, `${after.name} gets other options`),
    createEnum(after.name, after.values),
    ...columns.flatMap(({ table, pair: { before: was, after: now } }) => {
      const [tableName, column] = [ident(table.name), ident(now.name)];
      const alter = `alter table ${tableName} alter column ${column}`;
      const moved = now.isArray ? movedArray(column, removed, renamed) : movedValue(column, now, removed, renamed);
      return [
        ...(was.default === null ? [] : [all(`${alter} drop default`, 'a default is of the old type')]),
        all(
          `${alter} type ${now.type} using ${moved}::${now.type}`,
          `records of ${table.name} move to the new options`,
          removed.length > 0 ? 'data' : 'nothing',
        ),
        ...(now.default === null ? [] : [all(`${alter} set default ${now.default}`, 'the default, of the new type')]),
      ];
    }),
    all(`drop type ${ident(old)}`, 'nothing is of the old type any more'),
  ];
}

/** A removed option becomes the default, or null. */
function movedValue(
  column: string,
  { default: byDefault }: Column,
  removed: readonly string[],
  renamed: readonly (readonly [string, string])[],
): string {
  const cases = [
    ...removed.map((value) => `when ${literal(value)} then ${byDefault ?? 'null'}`),
    ...renamed.map(([from, to]) => `when ${literal(from)} then ${literal(to)}`),
  ];
  return cases.length === 0 ? `${column}::text` : `(case ${column}::text ${cases.join(' ')} else ${column}::text end)`;
}

/** A removed option leaves the list. Through text, for no subquery is allowed here. */
function movedArray(
  column: string,
  removed: readonly string[],
  renamed: readonly (readonly [string, string])[],
): string {
  const without = removed.reduce((list, value) => `array_remove(${list}, ${literal(value)})`, `${column}::text[]`);
  // Two steps where names are exchanged: by way of a text that no option can be.
  const parted = renamed.reduce(
    (list, [from], i) => `array_replace(${list}, ${literal(from)}, ${literal(`: ${i}`)})`,
    without,
  );
  return renamed.reduce((list, [, to], i) => `array_replace(${list}, ${literal(`: ${i}`)}, ${literal(to)})`, parted);
}

function createConstraints({ tables, kept }: Change): Statement[] {
  const come = [
    ...tables.come.map((table) => ({
      table,
      constraints: table.constraints.filter(({ kind }) => kind === 'foreign key'),
    })),
    ...kept.map(({ after, constraints }) => ({ table: after, constraints: constraints.come.filter(isOwn) })),
  ];
  return come
    .filter(({ constraints }) => constraints.length > 0)
    .map(({ table, constraints }) => ({
      sql: `alter table ${ident(table.name)}\n  ${constraints.map((constraint) => `add ${constraintDefinition(constraint)}`).join(',\n  ')}`,
      why: constraints.map(({ kind, name }) => `${kind} ${name}`).join(', '),
      lock: 'all',
      loses: 'nothing',
    }));
}

function createIndexes({ tables, kept }: Change): Statement[] {
  const come = [
    ...tables.come.flatMap((table) => table.indexes.map((index) => ({ table, index }))),
    ...kept.flatMap(({ after, indexes }) => indexes.come.map((index) => ({ table: after, index }))),
  ];
  return come.map(({ table, index }) => ({
    sql: `create index ${ident(index.name)} on ${ident(table.name)} ${index.sql}`,
    why: `index ${index.name}`,
    lock: 'writes',
    loses: 'nothing',
  }));
}

// Comments -------------------------------------------------------------------------------------------------------------

function comment({ tables, kept }: Change): Statement[] {
  const onNew = tables.come.flatMap((table) => [
    commentOn(`table ${ident(table.name)}`, table.comment),
    ...table.columns.flatMap((column) => (column.comment === null ? [] : [commentOnColumn(table, column)])),
    ...table.constraints.flatMap((constraint) =>
      constraint.comment === null ? [] : [commentOnConstraint(table, constraint)],
    ),
  ]);
  const onKept = kept.flatMap(({ before, after, columns, constraints }) => [
    ...(before.comment === after.comment ? [] : [commentOn(`table ${ident(after.name)}`, after.comment)]),
    ...columns.come.filter((column) => column.comment !== null).map((column) => commentOnColumn(after, column)),
    ...columns.kept
      .filter((pair) => pair.before.comment !== pair.after.comment)
      .map((pair) => commentOnColumn(after, pair.after)),
    ...constraints.come
      .filter((constraint) => constraint.comment !== null)
      .map((constraint) => commentOnConstraint(after, constraint)),
    ...constraints.kept
      .filter((pair) => pair.before.comment !== pair.after.comment)
      .map((pair) => commentOnConstraint(after, pair.after)),
  ]);
  return [...onNew, ...onKept];
}

function commentOnColumn(table: Table, column: Column): Statement {
  return commentOn(`column ${ident(table.name)}.${ident(column.name)}`, column.comment);
}

function commentOnConstraint(table: Table, constraint: Constraint): Statement {
  return commentOn(`constraint ${ident(constraint.name)} on ${ident(table.name)}`, constraint.comment);
}

function commentOn(thing: string, text: string | null): Statement {
  return {
    sql: `comment on ${thing} is ${text === null ? 'null' : literal(text)}`,
    why: 'says what the catalog cannot',
    lock: 'none',
    loses: 'nothing',
  };
}
