/** Former names in what a client gives: a record, a filter, an order. Contract: decisions.md, aliases. */

import type { ServedObject } from '../catalog/served.ts';
import { refuse } from '../errors.ts';
import type { GivenFields } from '../given.ts';

/**
 * The same with the names of today.
 * @throws PlinthError ARGS_CONFLICT where something is given under two of its names
 */
export function inCurrentNames<T extends GivenFields>({ formerNames }: ServedObject, given: T): T {
  if (formerNames.size === 0 || !Object.keys(given).some((name) => formerNames.has(name))) return given;
  const renamed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const current = formerNames.get(name) ?? name;
    if (current in renamed || (current !== name && current in given))
      throw refuse('ARGS_CONFLICT', `"${name}" and "${current}" name the same field and cannot both be given`);
    renamed[current] = value;
  }
  return renamed as T;
}
