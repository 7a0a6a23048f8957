/** Comments: smart tags for what the catalog cannot say, and descriptions. Pure. */

import { ident, literal } from '../../db/sql.ts';
import type { Change } from './compare.ts';
import type { Column, Constraint, Table } from './shape.ts';
import { type Statement, statement } from './statement.ts';

export function comment({ tables, kept }: Change): Statement[] {
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
