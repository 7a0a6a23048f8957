/** Lists of metadata as GraphQL asks for them: filtered, ordered by id, in pages. Contract: metadata.md 1.2. */

import type { Given, GivenFields } from '../given.ts';
import { checkedId } from '../model/edit/steps.ts';
import { encoded, MAX_PAGE, type PageEnds, type Paging, pageOf, pageOfPaging } from '../store/paging.ts';

type Item = { readonly id: string };

export type ListQuery = { readonly paging?: Paging | null; readonly filter?: Filter | null };

/** Those that match, a page of them; `all` instead of the first ten where nothing is said of pages. */
export function listed<T extends Item>(items: readonly T[], { paging, filter }: ListQuery, whole = false) {
  const matching = items.filter((item) => matches(item, filter)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { shown, ends } = pageOf(matching, pageOfPaging(paging ?? (whole ? { first: MAX_PAGE } : {})));
  return connectionOf(shown, matching.length, ends);
}

/** Items as a connection shows them. */
export function connectionOf<T extends Item>(items: readonly T[], totalCount: number, ends: PageEnds) {
  const edges = items.map((node) => ({ node, cursor: encoded(node.id) }));
  const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
  return { edges, totalCount, pageInfo: { ...ends, startCursor, endCursor } };
}

/** Items as a list of the REST API shows them. */
export function restList<T extends Item>(items: readonly T[], totalCount: number, ends: PageEnds) {
  const [startCursor, endCursor] = [items[0]?.id ?? null, items.at(-1)?.id ?? null];
  return { data: items, pageInfo: { ...ends, startCursor, endCursor }, totalCount };
}

type Comparison = GivenFields;
type Filter = { readonly and?: Filter[] | null; readonly or?: Filter[] | null } & GivenFields;

function matches(item: Item, filter: Filter | null | undefined): boolean {
  return Object.entries(filter ?? {}).every(([key, value]) => {
    if (value == null) return true;
    if (key === 'and') return value.every((each: Filter) => matches(item, each));
    if (key === 'or') return value.length === 0 || value.some((each: Filter) => matches(item, each));
    return compares((item as unknown as Record<string, unknown>)[key], value as Comparison);
  });
}

function compares(actual: unknown, comparison: Comparison): boolean {
  const operators = (typeof actual === 'boolean' ? BOOLEAN : UUID) as Record<string, (a: Given, b: Given) => boolean>;
  return Object.entries(comparison).every(
    ([operator, wanted]) => wanted == null || (operators[operator]?.(actual, wanted) ?? false),
  );
}

const BOOLEAN = {
  is: (actual: boolean, wanted: boolean) => actual === wanted,
  isNot: (actual: boolean, wanted: boolean) => actual !== wanted,
};

const UUID = {
  eq: (id: string, wanted: string) => id === checkedId(wanted),
  neq: (id: string, wanted: string) => id !== checkedId(wanted),
  gt: (id: string, wanted: string) => id > checkedId(wanted),
  gte: (id: string, wanted: string) => id >= checkedId(wanted),
  lt: (id: string, wanted: string) => id < checkedId(wanted),
  lte: (id: string, wanted: string) => id <= checkedId(wanted),
  in: (id: string, wanted: readonly string[]) => wanted.map(checkedId).includes(id),
  notIn: (id: string, wanted: readonly string[]) => !wanted.map(checkedId).includes(id),
  is: (id: string | null, isNull: boolean) => (id === null) === isNull,
  isNot: (id: string | null, isNull: boolean) => (id !== null) === isNull,
  like: (id: string, pattern: string) => like(id, pattern),
  notLike: (id: string, pattern: string) => !like(id, pattern),
  iLike: (id: string, pattern: string) => like(id, pattern.toLowerCase()),
  notILike: (id: string, pattern: string) => !like(id, pattern.toLowerCase()),
};

/**
 * As in SQL: `%` for any text, `_` for any character. Not by a regular expression, which would try every way to divide
 * a text among many `%`: going back to the last one is enough.
 */
function like(text: string, pattern: string): boolean {
  let [at, place] = [0, 0];
  let last: { readonly place: number; at: number } | null = null;
  while (at < text.length) {
    if (pattern[place] === '%') {
      last = { place: ++place, at };
    } else if (pattern[place] === '_' || pattern[place] === text[at]) {
      place++;
      at++;
    } else if (last) {
      at = ++last.at;
      place = last.place;
    } else return false;
  }
  return /^%*$/.test(pattern.slice(place));
}
