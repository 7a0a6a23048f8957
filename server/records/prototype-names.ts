/**
 * Fields may be called `constructor` or `toString`: names that JavaScript finds in every object that has a prototype.
 */

import type { Model } from '../model/model.ts';

/** Has an object of the model a field that plain objects seem to have, too? */
export function hasPrototypeNames({ objects }: Model): boolean {
  return objects.some(({ fields }) => fields.some(({ name }) => name in Object.prototype));
}

/** A copy whose objects have no prototype: a field that was left out is undefined in it, whatever its name. */
export function withoutPrototypes<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutPrototypes) as Value;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy = Object.create(null);
  for (const [key, each] of Object.entries(value)) copy[key] = withoutPrototypes(each);
  return copy;
}
