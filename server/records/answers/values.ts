/**
 * What the value of a column is in JSON, as SQL: the only place that says it. Whatever a column holds has some text, so
 * that an odd value (infinity, not a number, a year before 1) costs nothing but itself. Contract: core.md 2.5, 2.6.
 */

import { type PgCodec, TYPES } from 'postgraphile/@dataplan/pg';
import { literal, quoted, type SQL, sql } from '../../../db/sql.ts';
import type { Scalar } from '../../model/field-types/field-type.ts';
import type { Json } from './json.ts';

export type Shown = {
  readonly scalar: Scalar;
  readonly isArray: boolean;
  /** PostGraphile's codec of the column. */
  readonly codec: PgCodec;
  readonly isNullable: boolean;
  /** What null is shown as; undefined for null itself. */
  readonly empty?: string | undefined;
};

export function valueJson(column: SQL, shown: Shown): Json {
  const { empty, codec, isNullable } = shown;
  const isEmptied = isNullable && empty !== undefined;
  const value = isEmptied ? sql`coalesce(${column}, ${quoted(literal(empty))}::${codec.sqlType as SQL})` : column;
  const text = textIn(value, shown);
  return [isNullable && !isEmptied ? sql`coalesce(${text}, 'null')` : text];
}

/** Null where the value is null. */
function textIn(value: SQL, { scalar, isArray, codec }: Shown): SQL {
  // `json` keeps its line breaks, which would break the lines of an export.
  const inOneLine = (json: SQL) => sql`translate(${json}::text, E'\\r\\n', '  ')`;
  if (isArray)
    return innerOf(codec.arrayOfCodec ?? codec) === TYPES.json
      ? inOneLine(sql`to_json(${value})`)
      : sql`to_json(${value})`;
  switch (scalar) {
    case 'Boolean':
    case 'Int':
      return sql`${value}::text`;
    case 'BigFloat':
      return innerOf(codec) === TYPES.numeric || innerOf(codec) === TYPES.bigint
        ? numberText(value, innerOf(codec) === TYPES.bigint)
        : sql`to_json(${value})`;
    case 'DateTime':
      return momentText(value, innerOf(codec) === TYPES.timestamp);
    case 'JSON':
      return innerOf(codec) === TYPES.json ? inOneLine(value) : sql`${value}::text`;
    case 'ID':
    case 'UUID':
      return innerOf(codec) === TYPES.uuid ? sql`'"' || ${value} || '"'` : sql`to_json(${value}::text)`;
    case 'ActorSource':
    case 'Enum':
    case 'TSVector':
      return sql`to_json(${value}::text)`;
    case 'Date':
    case 'Float':
    case 'Position':
    case 'String':
      return sql`to_json(${value})`;
  }
}

function innerOf(codec: PgCodec): unknown {
  return codec.domainOfCodec ?? codec;
}

/**
 * Of 64 bits, or of any number of digits: a number where JavaScript reads it exactly, else a text. Contract: core.md
 * 2.5
 */
export function numberText(value: SQL, isWhole: boolean): SQL {
  const quoted = sql`'"' || ${value} || '"'`;
  if (isWhole)
    return sql`case when ${value} between -9007199254740991 and 9007199254740991 then ${value}::text
    else ${quoted} end`;
  // Beyond these bounds JavaScript writes exponents, and a number of Postgres may be none of 64 bits.
  return sql`case when ${value} = 0 or abs(${value}) >= 0.000001 and abs(${value}) < 1e21
  then case when ${value}::float8::text::numeric = ${value} then trim_scale(${value})::text else ${quoted} end
  else ${quoted} end`;
}

/**
 * ISO 8601 in UTC with milliseconds, in the years that it has four digits for; any other moment as Postgres writes it.
 */
export function momentText(value: SQL, isLocal = false): SQL {
  const utc = isLocal ? value : sql`${value} at time zone 'UTC'`;
  return sql`case when ${value} >= '0001-01-01 00:00:00Z' and ${value} < '10000-01-01 00:00:00Z'
  then to_char(${utc}, '"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""') else to_json(${value})::text end`;
}
