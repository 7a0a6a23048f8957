/** Query parameters as they come, and the arguments of a GraphQL operation that they become. */

import { refuse } from '../errors.ts';

/** As express reads them: a text, or a list of those given several times. */
export type Query = Readonly<Record<string, unknown>>;

export type Argument = {
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
  /** How the value is passed, where that isn't `name: $name`. */
  readonly passed?: string;
};

/**
 * A parameter that is no text (`filter[name]=…`) counts as not given; given twice, it is not for us to choose.
 * Contract: core.md 3.3
 */
export function textOf(query: Query, name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value)) throw refuse('BAD_REQUEST', `${name} is given ${value.length} times; give it once`);
  return typeof value === 'string' ? value : undefined;
}
