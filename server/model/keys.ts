/** Ids of records: UUIDs, unless a DBA created the table with another kind of key. */

import { isText, isUuid, isWholeNumber, shown } from './field-types/checks.ts';
import { scalarOfPart } from './field-types/field-type.ts';
import { FIELD_TYPES } from './field-types/index.ts';
import { fieldByName, type ObjectType } from './model.ts';

export type KeyType = 'uuid' | 'int' | 'bigint' | 'text';

/** The key's column may have any name; its field is always `id`. */
export function keyTypeOf(object: ObjectType): KeyType {
  const id = fieldByName(object, 'id');
  const part = id && FIELD_TYPES[id.type].parts[0];
  switch (id && part && scalarOfPart(part, id)) {
    case 'String':
      return 'text';
    case 'BigFloat':
      return 'bigint';
    case 'Int':
      return 'int';
    default:
      return 'uuid';
  }
}

/** GraphQL type of ids that clients give and are given. */
export function keyScalar(type: KeyType): 'UUID' | 'ID' {
  return type === 'uuid' ? 'UUID' : 'ID';
}

const EXPECTED: Readonly<Record<KeyType, string>> = {
  uuid: 'a valid UUID',
  int: 'a whole number of 32 bits',
  bigint: 'a whole number of 64 bits',
  text: 'a text',
};

/** Why a value is not an id of this type; null if it is one. */
export function keyMistake(type: KeyType, id: unknown): string | null {
  return isKey(type, id)
    ? null
    : `${typeof id === 'string' ? `'${id.slice(0, 80)}'` : shown(id)} is not ${EXPECTED[type]}`;
}

function isKey(type: KeyType, id: unknown): boolean {
  switch (type) {
    case 'uuid':
      return isUuid(id);
    case 'int':
      return isWholeNumber(id) && BigInt.asIntN(32, BigInt(id as string)) === BigInt(id as string);
    case 'bigint':
      return isWholeNumber(id);
    case 'text':
      return isText(id) && id !== '';
  }
}

/** An id as Postgres writes it, so that ids can be compared as texts. */
export function canonicalKey(type: KeyType, id: string): string {
  switch (type) {
    case 'uuid':
      return id.toLowerCase();
    case 'text':
      return id;
    default:
      return BigInt(id).toString();
  }
}
