/**
 * Turns a filter into conditions: and, or, not, composites, relations. Contract: core.md 2.9, 2.17 (soft-deleted
 * records); decisions.md (filter operators, filters through relations).
 */

import { type SQL, sql } from '../../../db/sql.ts';
import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import { notDeleted } from '../../catalog/table.ts';
import { refuse } from '../../errors.ts';
import type { Given, GivenFields } from '../../given.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { type Column, type Field, joinName } from '../../model/model.ts';
import { inCurrentNames } from '../former-names.ts';
import { compare, leafOf } from './comparisons.ts';
import { targetOf } from './orders.ts';

/** Many-to-one relations that one filter may follow, one inside the other. */
const MAX_HOPS = 3;

// Beyond what anybody means, and before what Postgres takes for one statement: its parameters, and the depth of its
// parser.
const MAX_CONDITIONS = 1000;
const MAX_NESTING = 40;

export type FilterValue = GivenFields;

/** The whole condition of a filter, soft deletion included. Contract: core.md 2.17. */
export function recordCondition(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  filter: FilterValue | null | undefined,
): SQL | null {
  checkSize(filter);
  return visible(build, served, alias, filter, START);
}

/** What the client's filter says, nothing else; null where it says nothing. */
export function filterCondition(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  filter: FilterValue,
): SQL | null {
  checkSize(filter);
  return conditionOf(build, served, alias, filter, START);
}

function checkSize(filter: unknown): void {
  let count = 0;
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if (depth > MAX_NESTING) throw refuse('INVALID_ARGS_FILTER', `A filter must be at most ${MAX_NESTING} levels deep`);
    for (const each of Object.values(value)) {
      if (typeof each === 'object' && ++count > MAX_CONDITIONS)
        throw refuse('INVALID_ARGS_FILTER', `A filter must have at most ${MAX_CONDITIONS} conditions`);
      visit(each, Array.isArray(value) ? depth : depth + 1);
    }
  };
  visit(filter, 0);
}

/** How a part of a filter was reached: by which path, through how many relations. */
type Way = { readonly path: string; readonly hops: number };
const START: Way = { path: '', hops: 0 };

function visible(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  filter: FilterValue | null | undefined,
  way: Way,
): SQL | null {
  const hidden = mentionsDeletedAt(filter) ? null : notDeleted(served.table, alias);
  const conditions = [hidden, conditionOf(build, served, alias, filter ?? {}, way)].filter((each) => each !== null);
  return conditions.length > 0 ? all(conditions) : null;
}

/** A filter that names `deletedAt` anywhere of its own object decides itself about deleted records. */
function mentionsDeletedAt(filter: FilterValue | null | undefined): boolean {
  if (!filter) return false;
  if ('deletedAt' in filter) return true;
  return [...(filter.and ?? []), ...(filter.or ?? []), filter.not].some(mentionsDeletedAt);
}

function all(conditions: readonly SQL[]): SQL {
  return conditions.length === 1 ? (conditions[0] as SQL) : sql`(${sql.join(conditions, ' and ')})`;
}

function conditionOf(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  filter: FilterValue,
  way: Way,
): SQL | null {
  const conditions: SQL[] = [];
  for (const [key, value] of Object.entries(inCurrentNames(served, filter))) {
    const condition = entryCondition(build, served, alias, key, value, way);
    if (condition) conditions.push(condition);
  }
  return conditions.length > 0 ? all(conditions) : null;
}

function entryCondition(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  key: string,
  value: Given,
  way: Way,
): SQL | null {
  const inner = (each: FilterValue) => conditionOf(build, served, alias, each, way) ?? sql`true`;
  switch (key) {
    case 'and':
      return value?.length ? sql`(${sql.join(value.map(inner), ' and ')})` : null;
    case 'or':
      return value?.length ? sql`(${sql.join(value.map(inner), ' or ')})` : null;
    case 'not':
      return value ? sql`not (${inner(value)})` : null;
  }
  const path = way.path + key;
  for (const field of served.fields) {
    const columns = columnsFor(served, field);
    if (field.relation) {
      if (!served.relations.has(field.name)) continue;
      if (key === joinName(field) && field.relation.kind === 'MANY_TO_ONE')
        return leafCondition(served, alias, path, field, columns[0] as Column, value);
      if (key === field.name) return relationCondition(build, served, alias, field, value, way);
    } else if (key === field.name) {
      if (!FIELD_TYPES[field.type].composite)
        return leafCondition(served, alias, path, field, columns[0] as Column, value);
      const parts = Object.entries(value ?? {}) as [string, FilterValue][];
      if (parts.length === 0) throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}" must name a sub-field`);
      return all(
        parts.map(([part, operators]) => {
          const column = columns.find((each) => each.part.name === part);
          if (!column) throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}": unknown sub-field "${part}"`);
          return leafCondition(served, alias, `${path}.${part}`, field, column, operators);
        }),
      );
    }
  }
  throw refuse('INVALID_ARGS_FILTER', `Object ${served.object.nameSingular} has no field "${key}" to filter by`);
}

/**
 * Records whose related one, or some, every or none of whose related ones match. It is a claim that there is such a
 * record, so it is true or false, and its `not` the other: also where there is none related. Follows a foreign key and
 * its index.
 */
function relationCondition(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  field: Field,
  value: FilterValue | null,
  { path, hops }: Way,
): SQL {
  const relation = served.relations.get(field.name);
  const target = targetOf(build, served, field.name);
  const here = path + field.name;
  if (!relation || !target || !value) throw refuse('INVALID_ARGS_FILTER', `Filter on "${here}" must not be null`);
  if (hops >= MAX_HOPS)
    throw refuse('INVALID_ARGS_FILTER', `Filter on "${here}": it follows more than ${MAX_HOPS} relations`);
  const way: Way = { path: `${here}.`, hops: hops + 1 };
  const related = sql.identifier(Symbol(field.name));
  const exists = (condition: SQL | null) => sql`exists (
    select from ${target.table.from as SQL} as ${related}
    where ${related}.${sql.identifier(relation.remoteColumn)} = ${alias}.${sql.identifier(relation.localColumn)}${condition ? sql` and ${condition}` : sql.blank}
  )`;
  if (field.relation?.kind === 'MANY_TO_ONE') {
    // A deleted record is not answered as the related one either.
    const conditions = [notDeleted(target.table, related), conditionOf(build, target, related, value, way)];
    const known = conditions.filter((each) => each !== null);
    return exists(known.length > 0 ? all(known) : null);
  }
  const quantified = Object.entries(value);
  if (quantified.length === 0) throw refuse('INVALID_ARGS_FILTER', `Filter on "${here}" needs some, every or none`);
  return all(
    quantified.map(([quantifier, filter]) => {
      if (quantifier === 'some') return exists(visible(build, target, related, filter, way));
      if (quantifier === 'none') return sql`not ${exists(visible(build, target, related, filter, way))}`;
      const matching = conditionOf(build, target, related, filter ?? {}, way) ?? sql`true`;
      return sql`not ${exists(all([notDeleted(target.table, related) ?? sql`true`, sql`(${matching}) is not true`]))}`;
    }),
  );
}

/** All operators of one leaf, ANDed. */
function leafCondition(
  served: ServedObject,
  alias: SQL,
  path: string,
  field: Field,
  column: Column,
  operators: FilterValue | null,
): SQL {
  const entries = Object.entries(operators ?? {});
  if (entries.length === 0) throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}" must name an operator`);
  const leaf = leafOf(served, alias, path, field, column);
  return all(entries.map(([operator, value]) => compare(leaf, operator, value)));
}
