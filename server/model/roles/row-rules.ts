/**
 * Filters that limit a role to some records of an object. They are kept as clients give them, and follow renames. Pure.
 */

import type { GivenFields } from '../../given.ts';
import { fieldByName, joinName, type Model, type ObjectType, objectById } from '../model.ts';

/** The records of an object that a role is limited to. */
export type RowRule = { readonly objectId: string; readonly filter: Filter };
export type Filter = GivenFields;

/** In a rule, whoever asks: the member's record, and nobody where a key asks. */
export const ME = '$me';

/**
 * The filter in the names of `after`.
 * @returns null where a field that it reads is gone
 */
export function renamedFilter(before: Model, after: Model, objectId: string, filter: Filter): Filter | null {
  const was = objectById(before, objectId);
  const now = objectById(after, objectId);
  if (!was || !now) return null;
  const inner = (each: Filter, of = objectId) => renamedFilter(before, after, of, each);
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(filter)) {
    if (key === 'and' || key === 'or' || key === 'not') {
      const parts = [value].flat().map((each) => inner(each));
      if (parts.includes(null)) return null;
      entries.push([key, Array.isArray(value) ? parts : parts[0]]);
      continue;
    }
    const field = fieldNamed(was, key);
    if (!field) {
      entries.push([key, value]); // made by hand, which no change of the model renames
      continue;
    }
    const renamed = now.fields.find(({ id }) => id === field.id);
    if (!renamed) return null;
    const isRelation = field.relation !== null && field.name === key;
    const of = field.relation?.targetObject;
    if (!isRelation) {
      entries.push([field.name === key ? renamed.name : joinName(renamed), value]);
    } else if (field.relation?.kind === 'MANY_TO_ONE') {
      const part = inner(value, of);
      if (part === null) return null;
      entries.push([renamed.name, part]);
    } else {
      const parts = Object.entries(value as Filter).map(([quantifier, each]) => [quantifier, inner(each ?? {}, of)]);
      if (parts.some(([, part]) => part === null)) return null;
      entries.push([renamed.name, Object.fromEntries(parts)]);
    }
  }
  return Object.fromEntries(entries);
}

function fieldNamed(object: ObjectType, key: string) {
  const joined = object.fields.find((each) => each.relation?.kind === 'MANY_TO_ONE' && joinName(each) === key);
  return fieldByName(object, key) ?? joined;
}
