/**
 * Cursors: base64 of a JSON object with the values of the order's keys, the id last, such as
 * {"position":2,"id":"0192…"}. A cursor is a place in an order, not a row: it holds when its row has changed or is
 * gone, and in either direction. Contract: core.md 2.11.
 */

import { type SQL, sql } from '../../../db/sql.ts';
import { refuse } from '../../errors.ts';
import { parseJson } from '../../limits/json.ts';
import { isText } from '../../model/field-types/checks.ts';
import { momentOf } from '../../model/field-types/moment.ts';
import { parsedJson } from '../../model/field-types/raw-json.ts';
import { checkedValue, type Value } from '../../model/field-types/values.ts';
import { type Json, object, orNull, textOf } from '../answers/json.ts';
import type { ColumnType } from './column-values.ts';
import type { OrderKey } from './orders.ts';

/** The values of an order's keys, as Postgres takes them. */
export type Place = readonly (Value | readonly (string | null)[] | null)[];

/** @throws PlinthError INVALID_CURSOR for what is no cursor, or one of an order by other fields */
export function placeOf(keys: readonly OrderKey[], cursor: string): Place {
  const entries = entriesOf(cursor);
  if (entries.length !== keys.length) throw refuse('INVALID_CURSOR');
  return keys.map((key, i) => {
    const [name, value] = entries[i] as [string, unknown];
    if (name !== key.name || (value === null && !key.isNullable)) throw refuse('INVALID_CURSOR');
    return value === null ? null : placed(key.type, value);
  });
}

function entriesOf(cursor: string): [string, unknown][] {
  try {
    const object = parseJson(Buffer.from(cursor, 'base64').toString('utf8'));
    if (typeof object === 'object' && object !== null && !Array.isArray(object)) return Object.entries(object);
  } catch {
    // Not JSON: refused below, with the same words as any other cursor that isn't ours.
  }
  throw refuse('INVALID_CURSOR');
}

// What Postgres keeps beside what the APIs take: microseconds, years before Christ and past 9999, infinity.
const EXACT_MOMENT = /^(\d{4}-\d\d-\d\d)( \d\d:\d\d:\d\d(\.\d{1,6})?\+00)?$/;
const FAR_MOMENT = /^-?infinity$|^\d{4,6}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d{1,6})?\+00)?( BC)?$/;
const NOT_FINITE = /^(-?Infinity|NaN)$/;
// `'fat':2 'rat':3A,4`: a lexeme doubles the quotes and backslashes in it.
const LEXEMES = /^(?:'(?:[^'\\]|''|\\\\)+'(?::\d{1,5}[A-D]?(?:,\d{1,5}[A-D]?)*)?(?: |$))*$/;

/** The value of a key: what a filter takes, and what else Postgres may have written there. */
function placed(type: ColumnType, value: unknown): Value | (string | null)[] {
  const invalid = () => refuse('INVALID_CURSOR');
  if (type.isArray) {
    if (!Array.isArray(value)) throw invalid();
    return value.map((each) => (each === null ? null : (checkedValue(type, '', each, invalid) as string)));
  }
  if (isText(value)) {
    switch (type.scalar) {
      case 'BigFloat':
      case 'Float':
      case 'Position':
        if (!type.isWhole && NOT_FINITE.test(value)) return value;
        break;
      case 'Date':
      case 'DateTime': {
        const [, day] = EXACT_MOMENT.exec(value) ?? [];
        if (day === undefined ? FAR_MOMENT.test(value) : momentOf(value) !== null) return value;
        break;
      }
      case 'JSON':
        if (parsedJson(value) === undefined) throw invalid();
        return value;
      case 'TSVector':
        if (!LEXEMES.test(value)) throw invalid();
        return value;
    }
  }
  return checkedValue(type, '', value, invalid);
}

/** The column of a key, as Postgres can order it. */
export function columnIn(alias: SQL, { column, codec }: OrderKey): SQL {
  const fragment = sql`${alias}.${sql.identifier(column)}`;
  return codec.name === 'jsonb' ? sql`${fragment}::jsonb` : fragment;
}

/** The cursor of a row, as the text that stands in JSON. @param columns of the keys */
export function cursorIn(keys: readonly OrderKey[], columns: readonly SQL[]): SQL {
  const place = object(keys.map((key, i) => [key.name, keyJson(key, columns[i] as SQL)]));
  return sql`'"' || translate(encode(convert_to(${textOf(place)}, 'UTF8'), 'base64'), E'\n', '') || '"'`;
}

/** Exactly what `placed` takes: a value that JSON could round travels as Postgres' own text. */
function keyJson({ type, isNullable }: OrderKey, column: SQL): Json {
  const isPlain = type.isArray || type.scalar === 'Float' || type.scalar === 'Position';
  const isWritten = type.scalar === 'Boolean' || type.scalar === 'Int';
  const value = isPlain ? sql`to_json(${column})` : isWritten ? sql`${column}::text` : sql`to_json(${column}::text)`;
  return isNullable ? orNull(value) : [value];
}

/**
 * What holds for the rows that come after `place` in the order of `keys`. Where it can be, it begins with a range of
 * the first key, which an index serves: page 1,000 costs what page 1 costs.
 * @param columns of the keys
 */
export function isAfter(keys: readonly OrderKey[], columns: readonly SQL[], place: Place, from = 0): SQL {
  const [key, column, value] = [keys[from] as OrderKey, columns[from] as SQL, place[from] ?? null];
  const later = () => isAfter(keys, columns, place, from + 1); // there is one: the last key is an id, never null
  if (value === null) {
    return key.isNullsFirst ? sql`(${column} is not null or ${later()})` : sql`(${column} is null and ${later()})`;
  }
  const sign = key.isAscending ? sql`>` : sql`<`;
  if (isRow(keys, place, from)) {
    const values = keys.slice(from).map((each, i) => typed(each, place[from + i] as Value));
    return sql`(${sql.join(columns.slice(from), ', ')}) ${sign} (${sql.join(values, ', ')})`;
  }
  const beyond = sql`${column} ${sign}= ${typed(key, value)}
  and (${column} ${sign} ${typed(key, value)} or ${later()})`;
  return key.isNullable && !key.isNullsFirst ? sql`(${beyond} or ${column} is null)` : sql`(${beyond})`;
}

function typed({ codec }: OrderKey, value: Place[number]): SQL {
  return sql`${sql.value(value)}::${codec.sqlType}`;
}

/** Can the keys from here on be compared as one row? All in one direction, and no nulls among what comes. */
function isRow(keys: readonly OrderKey[], place: Place, from: number): boolean {
  const [first] = keys.slice(from);
  return keys.slice(from).every(({ isAscending, isNullable, isNullsFirst }, i) => {
    return isAscending === first?.isAscending && place[from + i] != null && (!isNullable || isNullsFirst);
  });
}
