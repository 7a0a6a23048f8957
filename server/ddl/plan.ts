/** The DDL planner: a model before and after → the statements that lead from one to the other. Pure. */

import { ident, literal } from '../../db/sql.ts';
import type { Model } from '../model/model.ts';
import {
  duplicates,
  fillStatements,
  type Later,
  makeStatements,
  missing,
  requireStatements,
  validateStatements,
} from './later.ts';
import { notNullNames } from './not-null-names.ts';
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
  /** What it keeps others from doing meanwhile with tables that are there already. */
  readonly locks: readonly Lock[];
  /** Writes every row of its table anew: that takes its time, and for a while twice the room. */
  readonly rewrites: boolean;
  readonly losses: readonly Loss[];
  /** A job's to do, once the change is committed: it takes time that nobody should have to wait for. */
  readonly later?: Later;
};

export type PlanOptions = ShapeOptions & {
  /** Names of tables that no statement may read or write through while others wait for it. */
  readonly big?: ReadonlySet<string>;
  /** Keys of indexes and unique constraints that jobs still have to make: they aren't there yet. */
  readonly unmade?: ReadonlySet<string>;
};

export type Lock = { readonly table: string; readonly blocks: 'writes' | 'all' };

/** What is gone for good, and the query that counts it, with the names from before the plan. */
export type Loss = {
  readonly what: string;
  readonly table: string;
  readonly column: string | null;
  readonly count: string;
};

function statement(sql: string, why: string, more: Partial<Pick<Statement, 'locks' | 'rewrites' | 'losses'>> = {}) {
  return { sql, why, locks: [], rewrites: false, losses: [], ...more } satisfies Statement;
}

/** Nobody else reads or writes these tables meanwhile. */
function alone(...tables: readonly string[]): { locks: Lock[] } {
  return { locks: [...new Set(tables)].map((table) => ({ table, blocks: 'all' })) };
}

function loss(what: string, table: string, column: string | null, where: string): Loss {
  return { what, table, column, count: `select count(*) from ${ident(table)}${where && ` where ${where}`}` };
}

/**
 * In an order in which each statement finds what it needs: what goes, goes first and frees its name; then renames; then
 * what comes. Things are matched by the model's ids, so a rename is not a drop. `plan(b, b)` is empty.
 */
export function plan(before: Model, after: Model, options: PlanOptions): Statement[] {
  return planShapes(withoutUnmade(shapeOf(before, options), options), shapeOf(after, options), options);
}

/** The same from tables as they are, which need not be what any model says. */
export function planShapes(before: Shape, after: Shape, options: PlanOptions): Statement[] {
  const change = compare(before, after);
  return [
    ...dropConstraints(change), // before the columns and tables they hang on
    ...dropIndexes(change),
    ...dropTables(change), // when nothing points at them any more
    ...dropColumns(change),
    ...dropEnums(change), // when no column is of them any more
    ...renameAll(change),
    ...renameNotNull(change),
    ...createEnums(change), // a type before the columns of it
    ...createTables(change),
    ...addColumns(change, options),
    ...alterColumns(change, options),
    ...alterEnums(change),
    ...createConstraints(change, options), // when all tables are there, so that cycles are no problem
    ...createIndexes(change, options),
    ...comment(change),
  ];
}

function withoutUnmade({ enums, tables }: Shape, { unmade }: PlanOptions): Shape {
  if (!unmade?.size) return { enums, tables };
  const isMade = ({ key }: { readonly key: string }) => !unmade.has(key);
  return {
    enums,
    tables: tables.map((table) => ({
      ...table,
      constraints: table.constraints.filter(isMade),
      indexes: table.indexes.filter(isMade),
    })),
  };
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
  return [...ofKept, ...ofGone].map(([table, constraint]) =>
    statement(
      `alter table ${ident(table.name)} drop constraint ${ident(constraint.name)}`,
      `${constraint.kind} ${constraint.name} is no longer wanted, or is made anew`,
      // What watches over a foreign key is on both tables.
      alone(table.name, ...(constraint.references === null ? [] : [constraint.references])),
    ),
  );
}

function dropIndexes({ kept }: Change): Statement[] {
  return kept.flatMap(({ before: table, indexes, columns }) =>
    // An index goes with its column.
    indexes.gone
      .filter((index) => !columns.gone.some((column) => index.key === `${column.key} index`))
      .map((index) =>
        statement(`drop index ${ident(index.name)}`, `index ${index.name} is no longer wanted`, alone(table.name)),
      ),
  );
}

function dropTables({ tables }: Change): Statement[] {
  return tables.gone.map(({ name }) =>
    statement(`drop table ${ident(name)}`, `the object of ${name} is deleted`, {
      ...alone(name),
      losses: [loss(`records of ${name}`, name, null, '')],
    }),
  );
}

function dropColumns({ kept }: Change): Statement[] {
  return kept.flatMap(({ before, columns }): Statement[] => {
    if (columns.gone.length === 0) return [];
    // Generated ones first: they read the others.
    const gone = [...columns.gone].sort((a, b) => Number(b.generated !== null) - Number(a.generated !== null));
    return [
      statement(
        `alter table ${ident(before.name)} ${gone.map(({ name }) => `drop column ${ident(name)}`).join(', ')}`,
        `${gone.map(({ name }) => name).join(', ')} of ${before.name}: deleted, or made anew`,
        {
          ...alone(before.name),
          losses: gone
            .filter(({ generated }) => generated === null)
            .map(({ name }) =>
              loss(`values of ${before.name}.${name}`, before.name, name, `${ident(name)} is not null`),
            ),
        },
      ),
    ];
  });
}

function dropEnums({ enums }: Change): Statement[] {
  return enums.gone.map(({ name }) =>
    statement(`drop type ${ident(name)}`, `no field has the options of ${name} any more`),
  );
}

// Renames --------------------------------------------------------------------------------------------------------------

type Rename = {
  readonly from: string;
  readonly to: string;
  readonly sql: (from: string, to: string) => string;
  readonly what: string;
  /** The table that is locked for it; its own old name, or none. */
  readonly table: string | null;
};

/** Constraint and index names share a space with tables only in part, so each kind is renamed within its own. */
function renameAll({ enums, kept }: Change): Statement[] {
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

function renameNotNull({ kept }: Change): Statement[] {
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

/** Renames that don't tread on each other: a name still in use by another of them is reached by way of a third. */
function inTurn(renames: readonly Rename[]): Statement[] {
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

// What comes -----------------------------------------------------------------------------------------------------------

function createEnums({ enums }: Change): Statement[] {
  return enums.come.map((type) => createEnum(type.name, type.values));
}

function createEnum(name: string, values: Enum['values']): Statement {
  return statement(
    `create type ${ident(name)} as enum (${values.map(({ value }) => literal(value)).join(', ')})`,
    `options of ${name}`,
  );
}

function createTables({ tables }: Change): Statement[] {
  return tables.come.map(({ name, columns, constraints }) =>
    statement(
      `create table ${ident(name)} (\n  ${[...columns.map(columnDefinition), ...constraints.filter(({ kind }) => kind !== 'foreign key').map(constraintDefinition)].join(',\n  ')}\n)`,
      `the object of ${name} is new`,
    ),
  );
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

/** A constant default costs nothing, whatever the rows; what is another value in each row is written into each. */
function addColumns({ kept }: Change, options: PlanOptions): Statement[] {
  return kept.flatMap(({ before, after, columns }): Statement[] => {
    if (columns.come.length === 0) return [];
    const isFilled = (column: Column) => column.default === options.idDefault;
    const filled = isBig(before, options) ? columns.come.filter(isFilled) : [];
    const now = columns.come.map((column) =>
      filled.includes(column) ? { ...column, isNotNull: false, default: null } : column,
    );
    return [
      statement(
        `alter table ${ident(after.name)} ${now.map((column) => `add column ${columnDefinition(column)}`).join(', ')}`,
        `${now.map(({ name }) => name).join(', ')} of ${after.name}: new, or made anew`,
        {
          ...alone(after.name),
          rewrites: now.some((column) => column.generated !== null || isFilled(column)),
        },
      ),
      ...filled.map((column) =>
        statement(
          `alter table ${ident(after.name)} alter column ${ident(column.name)} set default ${column.default}`,
          `${after.name}.${column.name}: rows that come from now on`,
          alone(after.name),
        ),
      ),
      ...filled.map((column) => fillLater(after, column)),
    ];
  });
}

function isBig({ name }: Table, { big }: PlanOptions): boolean {
  return big?.has(name) ?? false;
}

function fillLater(table: Table, column: Column): Statement {
  return later(
    { kind: 'fill', tableKey: table.key, key: column.key, name: `${table.name}.${column.name}`, objection: null },
    fillStatements(table, column),
    `${table.name}.${column.name}: rows that are there, some at a time`,
  );
}

function requireLater(table: Table, column: Column): Statement {
  const name = `${table.name}.${column.name}`;
  return later(
    { kind: 'require', tableKey: table.key, key: column.key, name, objection: missing(table, column) },
    requireStatements(table, column),
    `${name}: may not be empty any more`,
  );
}

function later(what: Later, statements: readonly string[], why: string): Statement {
  return { ...statement(statements.join(';\n'), why), later: what };
}

function alterColumns({ kept }: Change, options: PlanOptions): Statement[] {
  return kept.flatMap(({ before: was, after: table, columns }) =>
    columns.kept.flatMap(({ before, after }): Statement[] => {
      const alter = (action: string, why: string, more: Partial<Statement> = {}): Statement =>
        statement(
          `alter table ${ident(table.name)} alter column ${ident(after.name)} ${action}`,
          `${table.name}.${after.name}: ${why}`,
          { ...alone(table.name), ...more },
        );
      const isSameEnum = after.enumKey !== null && before.enumKey === after.enumKey;
      const isRetyped = !isSameEnum && before.type !== after.type;
      return [
        ...(isRetyped && before.default !== null ? [alter('drop default', 'its type changes')] : []),
        ...(isRetyped
          ? [
              alter(
                `type ${after.type} using ${ident(after.name)}${isBetweenNumbers(before, after) ? '' : '::text'}::${after.type}`,
                `is ${after.type} now, not ${before.type}`,
                { rewrites: true, losses: retypingLosses(was, before, after) },
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
        ...(before.isNotNull || !after.isNotNull
          ? []
          : isBig(was, options)
            ? [requireLater(table, after)]
            : [alter('set not null', 'may not be empty any more')]),
      ].filter(({ sql }) => !(isSameEnum && sql.includes(' default '))); // with its enum, below
    }),
  );
}

const NUMBERS = new Set(['integer', 'bigint', 'double precision', 'numeric']);

function isBetweenNumbers(before: Column, after: Column): boolean {
  return NUMBERS.has(before.type) && NUMBERS.has(after.type);
}

/** What doesn't fit is refused; what fits only in part loses the rest. */
function retypingLosses(table: Table, before: Column, after: Column): Loss[] {
  const column = ident(before.name);
  if (!isBetweenNumbers(before, after)) {
    if (after.type === 'text' || before.type === 'text') return [];
    return [
      loss(`values of ${table.name}.${before.name}, written anew`, table.name, before.name, `${column} is not null`),
    ];
  }
  const isWhole = after.type === 'integer' || after.type === 'bigint';
  if (before.type === 'integer' || (before.type === 'bigint' && isWhole)) return [];
  const changed = isWhole ? `${column} <> trunc(${column})` : `${column}::numeric <> ${column}::${after.type}::numeric`;
  return [loss(`values of ${table.name}.${before.name}, which are rounded`, table.name, before.name, changed)];
}

/** Every column that is of an enum, or an array of it, with its table. */
function columnsOfEnum({ kept }: Change, key: string): EnumColumn[] {
  return kept.flatMap(({ before: was, after: table, columns }) =>
    columns.kept.filter(({ after }) => after.enumKey === key).map((pair) => ({ was, table, pair })),
  );
}

type EnumColumn = { readonly was: Table; readonly table: Table; readonly pair: Pair<Column> };

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
          table: null,
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
        return statement(
          `alter type ${ident(after.name)} add value ${literal(value)} ${where}`.trim(),
          `${value} is a new option of ${after.name}`,
        );
      }),
      ...columns.flatMap(({ table, pair }) => enumDefault(table, pair)),
    ];
  });
}

function enumDefault(table: Table, { before, after }: Pair<Column>): Statement[] {
  if (before.default === after.default) return [];
  return [
    statement(
      `alter table ${ident(table.name)} alter column ${ident(after.name)} ${after.default === null ? 'drop default' : `set default ${after.default}`}`,
      `${table.name}.${after.name}: has another default`,
      alone(table.name),
    ),
  ];
}

/** Postgres can neither remove nor reorder values: a new type takes the old one's place, and records move over. */
function remakeEnum(before: Enum, after: Enum, columns: readonly EnumColumn[]): Statement[] {
  const old = `plinth_old_${columns.length}_${after.name}`.slice(0, 63);
  const removed = before.values
    .filter(({ id }) => !after.values.some((each) => each.id === id))
    .map(({ value }) => value);
  const renamed = after.values.flatMap((now) => {
    const was = before.values.find(({ id }) => id === now.id);
    return was && was.value !== now.value ? [[was.value, now.value] as const] : [];
  });
  return [
    statement(`alter type ${ident(after.name)} rename to ${ident(old)}`, `${after.name} gets other options`),
    createEnum(after.name, after.values),
    ...columns.flatMap(({ was: tableBefore, table, pair: { before: was, after: now } }) => {
      const column = ident(now.name);
      const alter = (action: string, why: string, more: Partial<Statement> = {}) =>
        statement(`alter table ${ident(table.name)} alter column ${column} ${action}`, why, {
          ...alone(table.name),
          ...more,
        });
      const moved = now.isArray ? movedArray(column, removed, renamed) : movedValue(column, now, removed, renamed);
      return [
        ...(was.default === null ? [] : [alter('drop default', 'a default is of the old type')]),
        alter(`type ${now.type} using ${moved}::${now.type}`, `records of ${table.name} move to the new options`, {
          rewrites: true,
          losses: removed.map((value) => optionLoss(tableBefore, was, value)),
        }),
        ...(now.default === null ? [] : [alter(`set default ${now.default}`, 'the default, of the new type')]),
      ];
    }),
    statement(`drop type ${ident(old)}`, 'nothing is of the old type any more'),
  ];
}

function optionLoss(table: Table, { name, isArray }: Column, value: string): Loss {
  return loss(
    `the option ${value} in ${table.name}.${name}`,
    table.name,
    name,
    isArray ? `${literal(value)} = any (${ident(name)}::text[])` : `${ident(name)}::text = ${literal(value)}`,
  );
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

function createConstraints({ tables, kept }: Change, options: PlanOptions): Statement[] {
  const come = [
    ...tables.come.map((table) => ({
      table,
      isFull: false,
      added: table.columns,
      constraints: table.constraints.filter(({ kind }) => kind === 'foreign key'),
    })),
    ...kept.map(({ before, after, columns, constraints }) => ({
      table: after,
      isFull: isBig(before, options),
      added: columns.come,
      constraints: constraints.come.filter(isOwn),
    })),
  ];
  const isNew = isNewIn(tables);
  return come.flatMap(({ table, isFull, added, constraints }): Statement[] => {
    const [made, now] = partition(constraints, ({ kind }) => isFull && kind === 'unique');
    const definitions = now.map((constraint) => `add ${constraintDefinition(constraint)}${isFull ? ' not valid' : ''}`);
    return [
      ...(definitions.length === 0
        ? []
        : [
            statement(
              `alter table ${ident(table.name)}\n  ${definitions.join(',\n  ')}`,
              now.map(({ kind, name }) => `${kind} ${name}`).join(', '),
              {
                // Existing rows are checked: a foreign key lets them be read meanwhile.
                locks: strongest([
                  ...now.map(
                    ({ kind }): Lock => ({ table: table.name, blocks: kind === 'foreign key' ? 'writes' : 'all' }),
                  ),
                  ...now.flatMap(({ references }): Lock[] =>
                    references === null ? [] : [{ table: references, blocks: 'writes' }],
                  ),
                ]).filter((lock) => !isNew(lock.table)),
              },
            ),
          ]),
      ...(isFull ? now.map((constraint) => validateLater(table, constraint)) : []),
      ...made.map((constraint) => {
        const isAdded = added.some(({ key }) => constraint.meaning === `unique ${key}`);
        return makeLater(table, constraint, isAdded ? null : duplicates(table, constraint));
      }),
    ];
  });
}

/** A table that nobody else can see yet. */
function isNewIn(tables: Change['tables']): (name: string) => boolean {
  const names = new Set(tables.come.map(({ name }) => name));
  return (name) => names.has(name);
}

function strongest(locks: readonly Lock[]): Lock[] {
  return [...Map.groupBy(locks, ({ table }) => table)].map(([table, each]) => ({
    table,
    blocks: each.some(({ blocks }) => blocks === 'all') ? 'all' : 'writes',
  }));
}

function partition<T>(all: readonly T[], isFirst: (each: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}

function validateLater(table: Table, constraint: Constraint): Statement {
  const { key, name } = constraint;
  return later(
    { kind: 'validate', tableKey: table.key, key, name, objection: null },
    validateStatements(table, constraint),
    `${name}: rows that were there before it`,
  );
}

function makeLater(table: Table, thing: Constraint | Index, objection: string | null): Statement {
  const { key, name } = thing;
  return later(
    { kind: 'make', tableKey: table.key, key, name, objection },
    makeStatements(table, thing),
    `index ${name}, with nobody waiting for it`,
  );
}

function createIndexes({ tables, kept }: Change, options: PlanOptions): Statement[] {
  const come = [
    ...tables.come.flatMap((table) => table.indexes.map((index) => ({ table, index, isFull: false }))),
    ...kept.flatMap(({ before, after, indexes }) =>
      indexes.come.map((index) => ({ table: after, index, isFull: isBig(before, options) })),
    ),
  ];
  const isNew = isNewIn(tables);
  return come.map(({ table, index, isFull }) => {
    const what = index.isUnique ? 'unique index' : 'index';
    return isFull
      ? makeLater(table, index, index.isUnique ? duplicates(table, index) : null)
      : statement(
          `create ${what} ${ident(index.name)} on ${ident(table.name)} ${index.sql}`,
          `index ${index.name}`,
          isNew(table.name) ? {} : { locks: [{ table: table.name, blocks: 'writes' }] },
        );
  });
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
  return statement(`comment on ${thing} is ${text === null ? 'null' : literal(text)}`, 'says what the catalog cannot');
}
