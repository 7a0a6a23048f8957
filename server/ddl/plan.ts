/** The DDL planner: a model before and after → the statements that lead from one to the other. Pure. */

import { ident } from '../../db/sql.ts';
import { type Model, type ObjectType, sameObjects } from '../model/model.ts';
import { addColumns, alterColumns, columnDefinition } from './columns.ts';
import { comment } from './comments.ts';
import { type Change, compare, fates } from './compare.ts';
import { constraintDefinition, createConstraints, createIndexes } from './constraints.ts';
import { alterEnums, createEnums, dropEnums } from './enums.ts';
import type { PlanOptions } from './later.ts';
import { renameAll, renameNotNull } from './renames.ts';
import { type Shape, shapeOf } from './shape.ts';
import { alone, loss, type Statement, statement } from './statement.ts';

/**
 * In an order in which each statement finds what it needs: what goes, goes first and frees its name; then renames; then
 * what comes. Things are matched by the model's ids, so a rename is not a drop. `plan(b, b)` is empty.
 */
export function plan(before: Model, after: Model, options: PlanOptions): Statement[] {
  return planChange(shapesOf(before, after, options), options);
}

/** The same, where the shapes are known already. */
export function planChange({ before, after }: Shapes, options: PlanOptions): Statement[] {
  return planShapes(withoutUnmade(before, options), after, options);
}

/** Of what a change concerns, before and after it. */
export type Shapes = { readonly before: Shape; readonly after: Shape };

export function shapesOf(before: Model, after: Model, options: PlanOptions): Shapes {
  const isConcerned = concernedIn(before, after);
  return { before: shapeOf(before, options, isConcerned), after: shapeOf(after, options, isConcerned) };
}

/**
 * Of a model of 500 objects most are the same before and after, and so are their tables, unless they point to one that
 * isn't.
 */
function concernedIn(before: Model, after: Model): (object: ObjectType) => boolean {
  const same = sameObjects(before, after);
  const changed = new Set(
    [...before.objects, ...after.objects].filter((object) => !same.has(object)).map(({ id }) => id),
  );
  const concerned = new Set(
    [...same].filter(({ fields }) => fields.some(({ relation }) => changed.has(relation?.targetObject ?? ''))),
  );
  return (object) => changed.has(object.id) || concerned.has(object);
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

function dropConstraints({ kept, tables }: Change): Statement[] {
  const ofKept = kept.flatMap(({ before, constraints }) =>
    constraints.gone.map((constraint) => {
      const isAnew = constraints.come.some(({ key }) => key === constraint.key);
      return [before, constraint, isAnew ? 'made anew' : 'no longer wanted'] as const;
    }),
  );
  // Foreign keys between tables that go together, so that their order doesn't matter.
  const ofGone = tables.gone.flatMap((table) =>
    table.constraints
      .filter(({ kind }) => kind === 'foreign key')
      .map((constraint) => [table, constraint, 'no longer wanted'] as const),
  );
  return [...ofKept, ...ofGone].map(([table, constraint, fate]) =>
    statement(
      `alter table ${ident(table.name)} drop constraint ${ident(constraint.name)}`,
      `${constraint.kind} ${constraint.name} is ${fate}`,
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
        fates(['deleted from', gone], columns.come, before.name),
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

function createTables({ tables }: Change): Statement[] {
  return tables.come.map(({ name, columns, constraints }) =>
    statement(
      `create table ${ident(name)} (\n  ${[...columns.map(columnDefinition), ...constraints.filter(({ kind }) => kind !== 'foreign key').map(constraintDefinition)].join(',\n  ')}\n)`,
      `the object of ${name} is new`,
    ),
  );
}
