/**
 * Guards mutations of many records against filters that lost a condition. JSON drops what is undefined, so a client's
 * `{ or: [{ id: { eq: undefined } }, …] }` arrives with an empty branch, and an empty branch matches every record.
 * Contract: core.md 2.17
 */

import type { ServedObject } from '../catalog/served.ts';
import { inCurrentNames } from './former-names.ts';
import type { FilterValue } from './plugins/filters.ts';
import { targetOf } from './plugins/orders.ts';

/** @returns the path of a branch that says nothing, as `or[1]`; null where there is none. `''` is the filter itself. */
export function emptyBranch(
  build: GraphileBuild.Build,
  served: ServedObject,
  filter: FilterValue,
  path = '',
): string | null {
  // A null is a condition that was left out, as everywhere in GraphQL.
  const entries = Object.entries(inCurrentNames(served, filter)).filter(([, value]) => value != null);
  if (entries.length === 0) return path;
  for (const [key, value] of entries) {
    const here = path === '' ? key : `${path}.${key}`;
    const found = emptyIn(build, served, key, value, here);
    if (found !== null) return found;
  }
  return null;
}

function emptyIn(
  build: GraphileBuild.Build,
  served: ServedObject,
  key: string,
  value: FilterValue,
  here: string,
): string | null {
  switch (key) {
    case 'and':
    case 'or': {
      const branches = value as unknown as readonly FilterValue[];
      if (branches.length === 0) return here;
      return first(branches.map((each, i) => emptyBranch(build, served, each, `${here}[${i}]`)));
    }
    case 'not':
      return emptyBranch(build, served, value, here);
  }
  const field = served.fields.find(({ name }) => name === key);
  const target = field?.relation && served.relations.has(key) ? targetOf(build, served, key) : undefined;
  if (!field || !target) return isEmpty(value) ? here : null;
  // An empty filter of a related record asks whether there is one.
  if (field.relation?.kind === 'MANY_TO_ONE') return isEmpty(value) ? null : emptyBranch(build, target, value, here);
  return first(
    Object.entries(value).map(([quantifier, inner]) =>
      quantifier !== 'every' && isEmpty(inner)
        ? null
        : emptyBranch(build, target, inner ?? {}, `${here}.${quantifier}`),
    ),
  );
}

function isEmpty(filter: FilterValue | null): boolean {
  return Object.keys(filter ?? {}).length === 0;
}

function first(found: readonly (string | null)[]): string | null {
  return found.find((each) => each !== null) ?? null;
}
