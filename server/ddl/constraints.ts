/** Constraints and indexes that come: at once, or by a job where a table is big. Pure. */

import { ident } from '../../db/sql.ts';
import { type Change, isNewIn, isOwn } from './compare.ts';
import { duplicates, isBig, makeStatements, type PlanOptions, validateStatements } from './later.ts';
import type { Constraint, Index, Table } from './shape.ts';
import { type Lock, later, type Statement, statement } from './statement.ts';

export function createConstraints({ tables, kept }: Change, options: PlanOptions): Statement[] {
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

export function constraintDefinition({ name, sql }: Constraint): string {
  return `constraint ${ident(name)} ${sql}`;
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

export function createIndexes({ tables, kept }: Change, options: PlanOptions): Statement[] {
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

function makeLater(table: Table, thing: Constraint | Index, objection: string | null): Statement {
  const { key, name } = thing;
  return later(
    { kind: 'make', tableKey: table.key, key, name, objection },
    makeStatements(table, thing),
    `index ${name}, with nobody waiting for it`,
  );
}
