/** What identifies a record: a UUID, unless its table was made by hand with another key. */

import { isText, isUuid, isWholeNumber, shown } from './field-types/checks.ts';
import { fieldByName, type ObjectType } from './model.ts';

export type KeyType = 'UUID' | 'INT' | 'BIGINT' | 'TEXT';

/** Whatever the key's column is called, it is the object's field `id`. */
export function keyTypeOf(object: ObjectType): KeyType {
  const id = fieldByName(object, 'id');
  if (id?.type === 'NUMBER') return id.settings.dataType === 'bigint' ? 'BIGINT' : 'INT';
  return id?.type === 'TEXT' ? 'TEXT' : 'UUID';
}

/** GraphQL type of ids that clients give and are given. */
export function keyScalar(type: KeyType): 'UUID' | 'ID' {
  return type === 'UUID' ? 'UUID' : 'ID';
}

const WANTED: Readonly<Record<KeyType, string>> = {
  UUID: 'a valid UUID',
  INT: 'a whole number of 32 bits',
  BIGINT: 'a whole number of 64 bits',
  TEXT: 'a text',
};

/** Why a value can be no id of this type; null where it can. */
export function keyMistake(type: KeyType, id: unknown): string | null {
  return isKey(type, id)
    ? null
    : `${typeof id === 'string' ? `'${id.slice(0, 80)}'` : shown(id)} is not ${WANTED[type]}`;
}

function isKey(type: KeyType, id: unknown): boolean {
  switch (type) {
    case 'UUID':
      return isUuid(id);
    case 'INT':
      return isWholeNumber(id) && BigInt.asIntN(32, BigInt(id as string)) === BigInt(id as string);
    case 'BIGINT':
      return isWholeNumber(id);
    case 'TEXT':
      return isText(id) && id !== '';
  }
}

/** An id in the one spelling that Postgres writes it in, so that texts of it can be compared. */
export function canonicalKey(type: KeyType, id: string): string {
  switch (type) {
    case 'UUID':
      return id.toLowerCase();
    case 'TEXT':
      return id;
    default:
      return BigInt(id).toString();
  }
}
