/**
 * Adds the filter inputs and turns a filter into conditions:
 *
 *   input CompanyFilterInput { and: [CompanyFilterInput!], or: […], not: CompanyFilterInput, name: StringFilter,
 *                              domainName: LinksFilterInput, accountOwnerId: UUIDFilter, accountOwner: WorkspaceMemberFilterInput,
 *                              people: PersonManyFilterInput }
 *
 * Contract: core.md 2.8, 2.9, 2.17 (soft-deleted records); decisions.md (several operators in a leaf, relations).
 */

import type { PgSelectStep } from 'postgraphile/@dataplan/pg';
import { ConstantStep, lambda, type Step } from 'postgraphile/grafast';
import { type SQL, sql } from 'postgraphile/pg-sql2';
import { columnsFor, type ServedObject } from '../../catalog/to-model.ts';
import { refuse } from '../../errors.ts';
import type { Scalar } from '../../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { type Column, type Field, fieldByName, joinName } from '../../model/model.ts';
import { targetOf } from './orders.ts';
import { scalarOf, scalarType } from './record-types.ts';
import { typeNames } from './served-objects.ts';

/** Many-to-one relations that one filter may follow, one inside the other. */
const MAX_HOPS = 3;

const ORDERED = ['eq', 'neq', 'in', 'gt', 'gte', 'lt', 'lte', 'is'] as const;

/** Operators of each shared filter input, by GraphQL name. Contract: core.md 2.8, without regex (decisions.md). */
const FILTERS: Record<string, { readonly scalar: Scalar; readonly operators: readonly string[] }> = {
  UUIDFilter: { scalar: 'UUID', operators: ORDERED },
  StringFilter: { scalar: 'String', operators: [...ORDERED, 'like', 'ilike', 'startsWith', 'endsWith'] },
  FloatFilter: { scalar: 'Float', operators: ORDERED },
  IntFilter: { scalar: 'Int', operators: ORDERED },
  BigFloatFilter: { scalar: 'BigFloat', operators: ORDERED },
  DateTimeFilter: { scalar: 'DateTime', operators: ORDERED },
  DateFilter: { scalar: 'Date', operators: ORDERED },
  BooleanFilter: { scalar: 'Boolean', operators: ['eq', 'is'] },
  RawJsonFilter: { scalar: 'String', operators: ['is', 'like'] },
  ArrayFilter: { scalar: 'String', operators: ['is', 'isEmptyArray', 'containsIlike'] },
  TSVectorFilter: { scalar: 'String', operators: ['search'] },
  ActorSourceEnumFilter: { scalar: 'ActorSource', operators: ['eq', 'neq', 'in', 'is'] },
};

const ENUM_OPERATORS = ['eq', 'neq', 'in', 'containsAny', 'is', 'isEmptyArray'];

export const FiltersPlugin: GraphileConfig.Plugin = {
  name: 'FiltersPlugin',
  version: '1.0.0',
  description: 'Adds the filter inputs',
  schema: {
    hooks: {
      init(_, build) {
        for (const [name, { scalar, operators }] of Object.entries(FILTERS)) {
          registerLeaf(build, name, operators, () => scalarType(build, scalar, ''));
        }
        for (const { composite, parts } of Object.values(FIELD_TYPES)) {
          if (!composite) continue;
          const name = `${composite}FilterInput`;
          build.registerInputObjectType(
            name,
            {},
            () => ({
              fields: () =>
                Object.fromEntries(
                  parts.map((part) => [
                    part.name,
                    { type: build.getInputTypeByName(filterOf(part.scalar as Scalar, false)) },
                  ]),
                ),
            }),
            `FiltersPlugin adds ${name}`,
          );
        }
        for (const served of build.servedObjects) {
          registerObjectFilter(build, served);
          registerManyFilter(build, served);
          for (const field of served.fields) {
            const [column] = columnsFor(served, field);
            if (!column?.isEnum) continue;
            const name = typeNames(served).enum(field.name);
            registerLeaf(build, `${name}Filter`, ENUM_OPERATORS, () => build.getTypeByName(name));
          }
        }
        return _;
      },
    },
  },
};

/** Filter input over a scalar. */
function filterOf(scalar: Scalar, isArray: boolean): string {
  if (isArray) return 'ArrayFilter';
  switch (scalar) {
    case 'ID':
      return 'UUIDFilter';
    case 'JSON':
      return 'RawJsonFilter';
    case 'Position':
      return 'FloatFilter';
    case 'ActorSource':
      return 'ActorSourceEnumFilter';
    default:
      return `${scalar}Filter`;
  }
}

function registerLeaf(build: GraphileBuild.Build, name: string, operators: readonly string[], value: () => any): void {
  const { GraphQLList, GraphQLBoolean, GraphQLString } = build.graphql;
  const typeOf = (operator: string) => {
    switch (operator) {
      case 'is':
        return build.getInputTypeByName('FilterIs');
      case 'in':
      case 'containsAny':
        return new GraphQLList(value());
      case 'isEmptyArray':
        return GraphQLBoolean;
      case 'search':
      case 'like':
      case 'ilike':
      case 'containsIlike':
        return GraphQLString;
      default:
        return value();
    }
  };
  build.registerInputObjectType(
    name,
    {},
    () => ({ fields: () => Object.fromEntries(operators.map((operator) => [operator, { type: typeOf(operator) }])) }),
    `FiltersPlugin adds ${name}`,
  );
}

function registerObjectFilter(build: GraphileBuild.Build, served: ServedObject): void {
  const { GraphQLList, GraphQLNonNull } = build.graphql;
  const { filterInput } = typeNames(served);
  build.registerInputObjectType(
    filterInput,
    {},
    () => ({
      fields: () => {
        const self = build.getInputTypeByName(filterInput);
        const list = new GraphQLList(new GraphQLNonNull(self));
        return {
          and: { type: list },
          or: { type: list },
          not: { type: self },
          ...Object.fromEntries(served.fields.flatMap((field) => filterFields(build, served, field))),
        };
      },
    }),
    `FiltersPlugin adds ${filterInput}`,
  );
}

function filterFields(build: GraphileBuild.Build, served: ServedObject, field: Field): [string, { type: any }][] {
  const [column] = columnsFor(served, field);
  const { composite } = FIELD_TYPES[field.type];
  const typed = (name: string) => ({ type: build.getInputTypeByName(name) });
  if (composite) return [[field.name, typed(`${composite}FilterInput`)]];
  if (field.relation) {
    const target = targetOf(build, served, field.name);
    if (!target) return [];
    if (field.relation.kind === 'ONE_TO_MANY') return [[field.name, typed(typeNames(target).manyFilterInput)]];
    return [
      [joinName(field), typed('UUIDFilter')],
      [field.name, typed(typeNames(target).filterInput)],
    ];
  }
  if (!column) return [];
  if (column.isEnum) return [[field.name, typed(`${typeNames(served).enum(field.name)}Filter`)]];
  return [[field.name, typed(filterOf(scalarOf(field, column), column.isArray))]];
}

function registerManyFilter(build: GraphileBuild.Build, served: ServedObject): void {
  const name = typeNames(served).manyFilterInput;
  build.registerInputObjectType(
    name,
    {},
    () => ({
      description: 'Over the many side of a relation.',
      fields: () => {
        const type = build.getInputTypeByName(typeNames(served).filterInput);
        return {
          some: { type, description: 'At least one related record matches.' },
          every: { type, description: 'No related record fails to match.' },
          none: { type, description: 'No related record matches.' },
        };
      },
    }),
    `FiltersPlugin adds ${name}`,
  );
}

/** Restricts `$select` to the records that the value of `filter` matches, and to those not deleted unless it asks for them. */
export function applyFilter(
  build: GraphileBuild.Build,
  served: ServedObject,
  $select: PgSelectStep,
  $filter: Step,
): void {
  if ($filter instanceof ConstantStep && $filter.data == null) {
    const hidden = notDeleted(served, $select.alias);
    if (hidden) $select.where(hidden);
    return;
  }
  $select.apply(
    lambda(
      $filter,
      (filter: unknown) => (query: any) => {
        const condition = recordCondition(build, served, query.alias, filter as FilterValue | null | undefined);
        if (condition) query.where(condition);
      },
      true,
    ) as any,
  );
}

export type FilterValue = { readonly [key: string]: any };

/** The whole condition of a filter, soft deletion included. Contract: core.md 2.17. */
export function recordCondition(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  filter: FilterValue | null | undefined,
): SQL | null {
  const hidden = mentionsDeletedAt(filter) ? null : notDeleted(served, alias);
  const conditions = [hidden, filterCondition(build, served, alias, filter ?? {})].filter((each) => each !== null);
  return conditions.length > 0 ? all(conditions) : null;
}

function notDeleted({ object }: ServedObject, alias: SQL): SQL | null {
  return fieldByName(object, 'deletedAt') ? sql`${alias}.deleted_at is null` : null;
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

/** What the client's filter says, nothing else; null where it says nothing. */
export function filterCondition(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  filter: FilterValue,
  hops = 0,
): SQL | null {
  const conditions: SQL[] = [];
  for (const [key, value] of Object.entries(filter)) {
    const condition = entryCondition(build, served, alias, key, value, hops);
    if (condition) conditions.push(condition);
  }
  return conditions.length > 0 ? all(conditions) : null;
}

function entryCondition(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  key: string,
  value: any,
  hops: number,
): SQL | null {
  const inner = (each: FilterValue) => filterCondition(build, served, alias, each, hops) ?? sql`true`;
  switch (key) {
    case 'and':
      return value?.length ? sql`(${sql.join(value.map(inner), ' and ')})` : null;
    case 'or':
      return value?.length ? sql`(${sql.join(value.map(inner), ' or ')})` : null;
    case 'not':
      return value ? sql`not ${inner(value)}` : null;
  }
  for (const field of served.fields) {
    const columns = columnsFor(served, field);
    if (field.relation) {
      const relation = served.relations.get(field.name);
      if (!relation) continue;
      if (key === joinName(field) && field.relation.kind === 'MANY_TO_ONE') {
        return leafCondition(served, alias, key, field, columns[0] as Column, value);
      }
      if (key === field.name) return relationCondition(build, served, alias, field, value, hops);
    } else if (key === field.name) {
      if (!FIELD_TYPES[field.type].composite)
        return leafCondition(served, alias, key, field, columns[0] as Column, value);
      if (value == null) throw refuse('INVALID_ARGS_FILTER', `Filter on "${key}" must name a sub-field, not null`);
      return all(
        Object.entries(value).map(([part, operators]) => {
          const column = columns.find((each) => each.part.name === part) as Column;
          return leafCondition(served, alias, `${key}.${part}`, field, column, operators as FilterValue);
        }),
      );
    }
  }
  throw refuse('INVALID_ARGS_FILTER', `Object ${served.object.nameSingular} has no field "${key}" to filter by`);
}

/** Records whose related one, or some, every or none of whose related ones match. Follows a foreign key and its index. */
function relationCondition(
  build: GraphileBuild.Build,
  served: ServedObject,
  alias: SQL,
  field: Field,
  value: FilterValue,
  hops: number,
): SQL | null {
  const relation = served.relations.get(field.name);
  const target = targetOf(build, served, field.name);
  if (!relation || !target || !value) throw refuse('INVALID_ARGS_FILTER', `Filter on "${field.name}" must not be null`);
  if (hops >= MAX_HOPS)
    throw refuse('INVALID_ARGS_FILTER', `A filter follows at most ${MAX_HOPS} relations, one inside the other`);
  const related = sql.identifier(Symbol(field.name));
  const exists = (condition: SQL | null) => sql`exists (
    select from ${target.table.from as SQL} as ${related}
    where ${related}.${sql.identifier(relation.remoteColumn)} = ${alias}.${sql.identifier(relation.localColumn)}${condition ? sql` and ${condition}` : sql.blank}
  )`;
  if (field.relation?.kind === 'MANY_TO_ONE') return exists(filterCondition(build, target, related, value, hops + 1));
  return all(
    Object.entries(value).map(([quantifier, filter]) => {
      const condition = recordCondition(build, target, related, filter);
      if (quantifier === 'some') return exists(condition);
      if (quantifier === 'none') return sql`not ${exists(condition)}`;
      const matching = filterCondition(build, target, related, filter ?? {}, hops + 1) ?? sql`true`;
      return sql`not ${exists(all([notDeleted(target, related) ?? sql`true`, sql`not coalesce(${matching}, false)`]))}`;
    }),
  );
}

/** All operators of one leaf, ANDed. */
function leafCondition(
  { table }: ServedObject,
  alias: SQL,
  path: string,
  field: Field,
  column: Column,
  operators: FilterValue | null,
): SQL {
  if (operators == null) throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}" must name an operator, not null`);
  const { codec } = table.codec.attributes[column.name];
  const target: Leaf = {
    path,
    column: sql`${alias}.${sql.identifier(column.name)}`,
    type: codec.sqlType,
    scalar: scalarOf(field, column),
    isArray: column.isArray,
    empty: column.part.empty,
  };
  const conditions = Object.entries(operators).map(([operator, value]) => compare(target, operator, value));
  if (conditions.length === 0) throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}" names no operator`);
  return all(conditions);
}

type Leaf = {
  readonly path: string;
  readonly column: SQL;
  readonly type: SQL;
  readonly scalar: Scalar;
  readonly isArray: boolean;
  readonly empty: string | undefined;
};

const SIGNS: Record<string, SQL> = { eq: sql`=`, neq: sql`<>`, gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };

/** `column operator value`, so that an index on the column serves it. Contract: core.md 2.9. */
function compare(leaf: Leaf, operator: string, value: any): SQL {
  const { column, type, path, empty } = leaf;
  if (operator === 'is') return isCondition(leaf, value);
  if (value === null || value === undefined) {
    throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}": "${operator}" needs a value; for null say is: NULL`);
  }
  const typed = (each: unknown) => sql`${sql.value(each as any)}::${type}`;
  switch (operator) {
    case 'eq':
    case 'neq':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      if (leaf.scalar === 'DateTime') return compareMoments(leaf, operator, value);
      if (empty !== undefined && value === '' && operator === 'eq') return sql`(${column} = '' or ${column} is null)`;
      return sql`${column} ${SIGNS[operator] as SQL} ${typed(value)}`;
    case 'in': {
      if (!Array.isArray(value) || value.length === 0) {
        throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}": "in" needs a list of at least one value`);
      }
      const isAny = sql`${column} = any (${sql.value(value)}::${type}[])`;
      return empty !== undefined && value.includes('') ? sql`(${isAny} or ${column} is null)` : isAny;
    }
    case 'like':
      return leaf.scalar === 'JSON' || leaf.scalar === 'String'
        ? sql`${column}::text like ${sql.value(value)}`
        : unknownOperator(path, operator);
    case 'ilike':
      return sql`${column} ilike ${sql.value(value)}`;
    case 'startsWith':
      return sql`starts_with(${column}, ${sql.value(value)}) and ${column} like ${sql.value(`${escapeLike(value)}%`)}`;
    case 'endsWith':
      return sql`${column} like ${sql.value(`%${escapeLike(value)}`)}`;
    case 'containsAny':
      return leaf.isArray
        ? sql`${column} && ${sql.value([value].flat())}::${type}`
        : sql`${column} = any (${sql.value([value].flat())}::${type}[])`;
    case 'containsIlike':
      return sql`exists (select from unnest(${column}) as element where element ilike ${sql.value(value)})`;
    case 'isEmptyArray':
      return value ? sql`(${column} = '{}' or ${column} is null)` : sql`${column} <> '{}'`;
    case 'search':
      return sql`${column} @@ ${searchQuery(value)}`;
    default:
      return unknownOperator(path, operator);
  }
}

function unknownOperator(path: string, operator: string): never {
  throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}" has no operator "${operator}"`);
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`);
}

/** Null, and what stands for null. Contract: core.md 2.9 (11). */
function isCondition({ column, type, empty, path }: Leaf, value: unknown): SQL {
  if (value !== 'NULL' && value !== 'NOT_NULL')
    throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}": "is" takes NULL or NOT_NULL`);
  const isNull = value === 'NULL';
  if (empty === undefined) return isNull ? sql`${column} is null` : sql`${column} is not null`;
  const blank = sql`${sql.literal(empty)}::${type}`;
  return isNull ? sql`(${column} is null or ${column} = ${blank})` : sql`${column} <> ${blank}`;
}

/** A moment is a millisecond wide: clients see no finer. Each comparison stays a range that an index serves. */
function compareMoments({ column, path }: Leaf, operator: string, value: string): SQL {
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}": "${value}" is not a date`);
  const from = sql`${sql.value(new Date(time).toISOString())}::timestamptz`;
  const to = sql`${sql.value(new Date(time + 1).toISOString())}::timestamptz`;
  switch (operator) {
    case 'eq':
      return sql`(${column} >= ${from} and ${column} < ${to})`;
    case 'neq':
      return sql`(${column} < ${from} or ${column} >= ${to})`;
    case 'gt':
      return sql`${column} >= ${to}`;
    case 'gte':
      return sql`${column} >= ${from}`;
    case 'lt':
      return sql`${column} < ${from}`;
    default:
      return sql`${column} < ${to}`;
  }
}

/** All words, each as a prefix. */
function searchQuery(text: string): SQL {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  return sql`to_tsquery('simple', ${sql.value(words.map((word) => `${word}:*`).join(' & '))})`;
}
