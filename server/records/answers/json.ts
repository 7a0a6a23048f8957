/**
 * JSON text, put together by Postgres. Plain text and `concat` cost a third less than `json_build_object`, know no
 * limit of 100 arguments and none of 63 bytes a key, and nest without being parsed again. Measured in
 * docs/performance.md.
 */

import { literal, quoted, type SQL, sql } from '../../../db/sql.ts';

/** Known text, and expressions whose values are the text of JSON: of type `text` or `json`, and never null. */
export type Json = readonly (string | SQL)[];

export type Entry = readonly [key: string, value: Json];

// Postgres takes this many arguments in one call.
const MAX_ARGUMENTS = 100;

export function object(entries: readonly Entry[]): Json {
  const members = entries.flatMap(([key, value], i) => [`${i > 0 ? ',' : ''}${JSON.stringify(key)}:`, ...value]);
  return ['{', ...members, '}'];
}

/** One expression of type `text`. */
export function textOf(json: Json): SQL {
  const parts = merged(json);
  const [only] = parts;
  if (parts.length === 1) return sql`${only as SQL}::text`;
  const calls: SQL[] = [];
  for (let i = 0; i < parts.length; i += MAX_ARGUMENTS)
    calls.push(sql`concat(${sql.join(parts.slice(i, i + MAX_ARGUMENTS), ', ')})`);
  return sql.join(calls, ' || ');
}

/** The value of an expression that may be null. */
export function orNull(value: SQL): Json {
  return [sql`coalesce(${value}, 'null')`];
}

/** Neighbouring texts become one constant. */
function merged(json: Json): SQL[] {
  const parts: SQL[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') parts.push(quoted(literal(text)));
    text = '';
  };
  for (const part of json) {
    if (typeof part === 'string') text += part;
    else {
      flush();
      parts.push(part);
    }
  }
  flush();
  return parts.length > 0 ? parts : [sql`''`];
}
