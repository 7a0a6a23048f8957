/** Lists of metadata as GraphQL asks for them: filtered, ordered by id, in pages. Contract: metadata.md 1.2. */

import { refuse } from '../errors.ts';
import { checkedId } from '../model/edit/steps.ts';
import { isUuid } from '../model/field-types/checks.ts';

type Item = { readonly id: string };

export type Paging = {
  readonly before?: string | null;
  readonly after?: string | null;
  readonly first?: number | null;
  readonly last?: number | null;
};

const DEFAULT_PAGE = 10;
const MAX_PAGE = 1000;

export type Asked = { readonly paging?: Paging | null; readonly filter?: Filter | null };

/** Those that match, a page of them; `all` instead of the first ten where nothing is said of pages. */
export function listed<T extends Item>(items: readonly T[], { paging, filter }: Asked, whole = false) {
  return page(
    items.filter((item) => matches(item, filter)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    paging ?? (whole ? { first: MAX_PAGE } : {}),
  );
}

/** Which page is asked for: ids of the items before and after it, and from which end it is counted. */
export type PageAsked = {
  readonly size: number;
  readonly after: string | null;
  readonly before: string | null;
  readonly isBackward: boolean;
};

/** @throws PlinthError ARGS_CONFLICT, INVALID_ARGS_FIRST, INVALID_ARGS_LAST, INVALID_CURSOR */
export function pageAsked({ first, last, before, after }: Paging): PageAsked {
  if (first != null && last != null) throw refuse('ARGS_CONFLICT', 'first and last cannot be given together');
  if (first != null && first < 0) throw refuse('INVALID_ARGS_FIRST');
  if (last != null && last < 0) throw refuse('INVALID_ARGS_LAST');
  const asked = { after: after ? decoded(after) : null, before: before ? decoded(before) : null };
  return {
    ...asked,
    size: Math.min(first ?? last ?? DEFAULT_PAGE, MAX_PAGE),
    isBackward: first == null && (last != null || asked.before !== null),
  };
}

/** @throws PlinthError BAD_REQUEST that names the argument */
export function momentOf(text: string, name: string): string {
  const date = new Date(text);
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  // Of the years that ISO 8601 has without a sign, PostgreSQL knows all but that before the first.
  if (!/^(?!0000)\d{4}-/.test(iso)) throw refuse('BAD_REQUEST', `${name}: "${text}" is not a date`);
  return iso;
}

/** Items as a connection shows them. */
export function connectionOf<T extends Item>(
  items: readonly T[],
  totalCount: number,
  pages: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean },
) {
  const edges = items.map((node) => ({ node, cursor: encoded(node.id) }));
  const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
  return { edges, totalCount, pageInfo: { ...pages, startCursor, endCursor } };
}

function page<T extends Item>(items: readonly T[], paging: Paging) {
  const { size, after, before, isBackward } = pageAsked(paging);
  const within = items.filter(({ id }) => (after === null || id > after) && (before === null || id < before));
  const shown = isBackward ? within.slice(Math.max(0, within.length - size)) : within.slice(0, size);
  return connectionOf(shown, items.length, {
    hasNextPage: isBackward ? before !== null && items.some(({ id }) => id >= before) : within.length > shown.length,
    hasPreviousPage: isBackward ? within.length > shown.length : after !== null && items.some(({ id }) => id <= after),
  });
}

function encoded(id: string): string {
  return Buffer.from(id).toString('base64');
}

function decoded(cursor: string): string {
  const id = Buffer.from(cursor, 'base64').toString('utf8');
  if (!isUuid(id)) throw refuse('INVALID_CURSOR');
  return id;
}

type Comparison = Readonly<Record<string, any>>;
type Filter = { readonly and?: Filter[] | null; readonly or?: Filter[] | null } & { readonly [key: string]: any };

function matches(item: Item, filter: Filter | null | undefined): boolean {
  return Object.entries(filter ?? {}).every(([key, value]) => {
    if (value == null) return true;
    if (key === 'and') return value.every((each: Filter) => matches(item, each));
    if (key === 'or') return value.length === 0 || value.some((each: Filter) => matches(item, each));
    return compares((item as unknown as Record<string, unknown>)[key], value as Comparison);
  });
}

function compares(actual: unknown, comparison: Comparison): boolean {
  const operators = (typeof actual === 'boolean' ? BOOLEAN : UUID) as Record<string, (a: any, b: any) => boolean>;
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
 * As in SQL: `%` for any text, `_` for any character. Not by a regular expression, which would try every way to divide a text among
 * many `%`: going back to the last one is enough.
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
