/**
 * One operator of a filter as SQL: a plain condition on the column, so that an index on it serves. Contract: core.md
 * 2.8, 2.9
 */

import { type SQL, sql } from '../../../db/sql.ts';
import type { ServedObject } from '../../catalog/served.ts';
import { refuse } from '../../errors.ts';
import { isText } from '../../model/field-types/checks.ts';
import { checkedValue, type Value } from '../../model/field-types/values.ts';
import type { Column, Field } from '../../model/model.ts';
import { type ColumnType, columnTypeOf } from './column-values.ts';
import { searchFor } from './search-condition.ts';

/** A column, and where the filter speaks of it. */
export type Leaf = {
  readonly path: string;
  readonly column: SQL;
  readonly sqlType: SQL;
  readonly type: ColumnType;
  /**
   * The value that stands for null: that which null is shown as, and of a composite any text. Contract: core.md 2.9
   * (11)
   */
  readonly empty: string | undefined;
};

export function leafOf(served: ServedObject, alias: SQL, path: string, field: Field, column: Column): Leaf {
  const { part } = column;
  const type = columnTypeOf(served, field, column);
  return {
    path,
    column: sql`${alias}.${sql.identifier(column.name)}`,
    sqlType: served.table.codec.attributes[column.name].codec.sqlType,
    type,
    empty: part.empty ?? (part.name !== null && type.scalar === 'String' ? '' : undefined),
  };
}

const SIGNS: Record<string, SQL> = { eq: sql`=`, neq: sql`<>`, gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };

/**
 * Where the column is null, a comparison is neither true nor false, and neither is its `not`, as in SQL; but where null
 * stands for the empty value, what asks for the empty value knows it.
 * @throws PlinthError INVALID_ARGS_FILTER that names the path
 */
export function compare(leaf: Leaf, operator: string, value: unknown): SQL {
  const { column, path, empty, type } = leaf;
  const fail = (why: string) => refuse('INVALID_ARGS_FILTER', `Filter on "${path}": ${why}`);
  const allowed = operatorsOf(type);
  if (allowed && !allowed.includes(operator))
    throw fail(`operator "${operator}" cannot be used here; it takes ${allowed.join(', ')}`);
  if (value === null || value === undefined) throw fail(`"${operator}" needs a value; for null say is: NULL`);
  const check = (each: unknown) => checkedValue(type, path, each, (why) => refuse('INVALID_ARGS_FILTER', why));
  const text = () => textOf(value, fail);
  switch (operator) {
    case 'is':
      return isCondition(leaf, value);
    case 'eq':
    case 'neq':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const given = check(value);
      if (type.scalar === 'DateTime') return compareMoment(column, operator, given as string);
      if (given === '' && empty === '' && operator === 'eq') return sql`(${column} = '' or ${column} is null)`;
      if (given === '' && empty === '' && operator === 'neq') return sql`(${column} <> '' and ${column} is not null)`;
      return sql`${column} ${SIGNS[operator] as SQL} ${typed(leaf, given)}`;
    }
    case 'in': {
      if (!Array.isArray(value) || value.length === 0) throw fail('"in" needs a list of at least one value');
      const given = value.map(check);
      if (type.scalar === 'DateTime') return isOneOfMoments(column, given as string[]);
      const isAny = sql`${column} = any (${typed(leaf, given, true)})`;
      return empty === '' && given.includes('') ? sql`(${isAny} or ${column} is null)` : isAny;
    }
    case 'containsAny': {
      const given = [value].flat().map(check);
      // Null is an empty list here, which has nothing in common with any.
      return type.isArray
        ? sql`(${column} && ${typed(leaf, given)} and ${column} is not null)`
        : sql`${column} = any (${typed(leaf, given, true)})`;
    }
    case 'containsIlike':
      return sql`exists (select from unnest(${column}) as element
        where element ilike ${sql.value(pattern(text(), fail))})`;
    case 'isEmptyArray':
      // A single option is no list: none is null.
      if (!type.isArray) return value ? sql`${column} is null` : sql`${column} is not null`;
      return value ? sql`(${column} = '{}' or ${column} is null)` : sql`(${column} <> '{}' and ${column} is not null)`;
    case 'like':
      return sql`${column}${type.scalar === 'JSON' ? sql`::text` : sql.blank} like ${sql.value(pattern(text(), fail))}`;
    case 'ilike':
      return sql`${column} ilike ${sql.value(pattern(text(), fail))}`;
    case 'startsWith':
      return sql`${column} like ${sql.value(`${escapeLike(text())}%`)}`;
    case 'endsWith':
      return sql`${column} like ${sql.value(`%${escapeLike(text())}`)}`;
    case 'search':
      return searchFor(text()).matches(column);
    default:
      throw fail(`there is no operator "${operator}"`);
  }
}

/**
 * Of the operators of its input, those that a column of this type can be asked; null for all of them. Contract: core.md
 * 2.8
 */
function operatorsOf({ scalar, isArray }: ColumnType): readonly string[] | null {
  if (!isArray) return null;
  return scalar === 'Enum' ? ['containsAny', 'is', 'isEmptyArray'] : ['containsIlike', 'is', 'isEmptyArray'];
}

function typed({ sqlType }: Leaf, value: Value | readonly Value[], isList = false): SQL {
  return sql`${sql.value(value)}::${sqlType}${isList ? sql`[]` : sql.blank}`;
}

function textOf(value: unknown, fail: (why: string) => Error): string {
  if (!isText(value)) throw fail('a text is expected, without the character of code 0 and halves of characters');
  return value;
}

/** Postgres refuses a pattern that ends in the middle of an escape. */
function pattern(text: string, fail: (why: string) => Error): string {
  const [ending] = /\\*$/.exec(text) as RegExpExecArray;
  if (ending.length % 2 === 1) throw fail('the pattern ends with a single \\; for the character itself write \\\\');
  return text;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`);
}

/** Null, and what stands for null. Contract: core.md 2.9 (11). */
function isCondition({ column, sqlType, empty, path }: Leaf, value: unknown): SQL {
  if (value !== 'NULL' && value !== 'NOT_NULL')
    throw refuse('INVALID_ARGS_FILTER', `Filter on "${path}": "is" must be NULL or NOT_NULL`);
  const isNull = value === 'NULL';
  if (empty === undefined) return isNull ? sql`${column} is null` : sql`${column} is not null`;
  const blank = sql`${sql.literal(empty)}::${sqlType}`;
  return isNull
    ? sql`(${column} is null or ${column} = ${blank})`
    : sql`(${column} is not null and ${column} <> ${blank})`;
}

/**
 * A moment is a millisecond wide: clients see no finer. Each comparison stays a range that an index serves. Contract:
 * core.md 2.9 (7)
 */
function compareMoment(column: SQL, operator: string, moment: string): SQL {
  const from = sql`${sql.value(moment)}::timestamptz`;
  const to = sql`${sql.value(millisecondAfter(moment))}::timestamptz`;
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

/** The range from the first to the last is the index's part. */
function isOneOfMoments(column: SQL, moments: readonly string[]): SQL {
  const inOrder = moments.toSorted(); // ISO 8601 in UTC: as text they are in time's order
  const [first, last] = [inOrder[0] as string, inOrder.at(-1) as string];
  return sql`(${compareMoment(column, 'gte', first)} and ${compareMoment(column, 'lte', last)}
    and date_trunc('milliseconds', ${column}) = any (${sql.value(moments)}::timestamptz[]))`;
}

function millisecondAfter(moment: string): string {
  // JavaScript writes the year after 9999 as +010000.
  return new Date(Date.parse(moment) + 1).toISOString().replace(/^\+0/, '');
}
