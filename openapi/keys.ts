/** JSON schemas of ids, by what the key of their table is. */

import { type KeyType, keyTypeOf } from '../server/model/keys.ts';
import { type Field, type Model, objectById } from '../server/model/model.ts';
import type { Schema } from './components.ts';

const UUID = { type: 'string', format: 'uuid' };

/** As answers show it: a whole number is a text there, for JSON would round a large one. */
export function answeredKey(type: KeyType): Schema {
  switch (type) {
    case 'uuid':
      return UUID;
    case 'text':
      return { type: 'string' };
    default:
      return { type: 'string', pattern: '^-?\\d+$' };
  }
}

/** As requests take it. */
export function writtenKey(type: KeyType): Schema {
  switch (type) {
    case 'uuid':
      return UUID;
    case 'text':
      return { type: 'string' };
    default:
      return { type: ['integer', 'string'], pattern: '^-?\\d+$' };
  }
}

/** What a join column holds. */
export function targetKey(model: Model, { relation }: Field): KeyType {
  const target = relation && objectById(model, relation.targetObject);
  return target ? keyTypeOf(target) : 'uuid';
}
