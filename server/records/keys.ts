/** The key of a table in SQL: the only place that knows that it isn't always `id uuid`. */

import { type SQL, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/served.ts';
import { refuse } from '../errors.ts';
import { canonicalKey, type KeyType, keyMistake } from '../model/keys.ts';

type Keyed = Pick<ServedObject, 'key'>;

/** The key of a row of `alias`. */
export function keyIn({ key }: Keyed, alias: SQL): SQL {
  return key.column === 'id' ? sql`${alias}.id` : sql`${alias}.${sql.identifier(key.column)}`;
}

/** The same in a list of what is selected or returned, called `id`, and read as a text. */
export function selectedKey({ key }: Keyed, alias: SQL): SQL {
  const column = keyIn({ key }, alias);
  return key.column === 'id' && key.type === 'uuid' ? column : sql`${column}::text as id`;
}

export function keyType({ key }: Keyed): SQL {
  return key.type === 'uuid' ? sql`uuid` : (key.codec.sqlType as SQL);
}

export function keyValue(keyed: Keyed, id: string): SQL {
  return sql`${sql.value(id)}::${keyType(keyed)}`;
}

export function keyList(keyed: Keyed, ids: readonly string[]): SQL {
  return sql`${sql.value(ids)}::${keyType(keyed)}[]`;
}

/**
 * @throws PlinthError INVALID_ARGS_DATA for what Postgres could not take as an id; UUIDs are their scalar's to check
 */
export function checkedKey({ key }: Keyed, id: string): string {
  if (key.type === 'uuid') return id;
  const mistake = keyMistake(key.type, id);
  if (mistake !== null) throw refuse('INVALID_ARGS_DATA', `Invalid id: ${mistake}`);
  return canonicalKey(key.type, id);
}

/** What is wrong with an id given for a field, as a sentence. */
export function invalidKey(type: KeyType, id: string, name: string, mistake: string): string {
  return type === 'uuid'
    ? `Invalid UUID value '${id}' for field "${name}"`
    : `Invalid value for field "${name}": ${mistake}`;
}
