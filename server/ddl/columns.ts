/** Columns that come or change. Pure. */

import { ident } from '../../db/sql.ts';
import { type Change, fates } from './compare.ts';
import { fillStatements, isBig, missing, type PlanOptions, requireStatements } from './later.ts';
import type { Column, Table } from './shape.ts';
import { alone, type Loss, later, loss, type Statement, statement } from './statement.ts';

/** A constant default costs nothing, whatever the rows; what is another value in each row is written into each. */
export function addColumns({ kept }: Change, options: PlanOptions): Statement[] {
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
        fates(['new in', now], columns.gone, after.name),
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

export function columnDefinition({ name, type, isNotNull, default: byDefault, generated }: Column): string {
  return [
    ident(name),
    type,
    ...(generated ? [`generated always as (${generated.sql}) stored`] : []),
    ...(isNotNull ? ['not null'] : []),
    ...(byDefault === null ? [] : [`default ${byDefault}`]),
  ].join(' ');
}

function fillLater(table: Table, column: Column): Statement {
  return later(
    { kind: 'fill', tableKey: table.key, key: column.key, name: `${table.name}.${column.name}`, objection: null },
    fillStatements(table, column),
    `${table.name}.${column.name}: rows that are there, some at a time`,
  );
}

export function alterColumns({ kept }: Change, options: PlanOptions): Statement[] {
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

function requireLater(table: Table, column: Column): Statement {
  const name = `${table.name}.${column.name}`;
  return later(
    { kind: 'require', tableKey: table.key, key: column.key, name, objection: missing(table, column) },
    requireStatements(table, column),
    `${name}: may not be empty any more`,
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
