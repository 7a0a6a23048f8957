/** Pages of a list: the one implementation behind GraphQL and REST. */

import { refuse } from '../errors.ts';
import { isUuid } from '../model/field-types/checks.ts';

export type Paging = {
  readonly before?: string | null;
  readonly after?: string | null;
  readonly first?: number | null;
  readonly last?: number | null;
};

const DEFAULT_PAGE = 10;

export const MAX_PAGE = 1000;

/** Which page is asked for: ids of the items before and after it, and from which end it is counted. */
export type Page = {
  readonly size: number;
  readonly after: string | null;
  readonly before: string | null;
  readonly isBackward: boolean;
};

/** @throws PlinthError ARGS_CONFLICT, INVALID_ARGS_FIRST, INVALID_ARGS_LAST, INVALID_CURSOR */
export function pageOfPaging({ first, last, before, after }: Paging): Page {
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

export type PageEnds = { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };

/**
 * @param hasMore are items left in the direction of the page?
 * @param hasBeyond are there items at its cursor, or on the other side of it?
 */
export function pageEnds({ isBackward }: Page, hasMore: boolean, hasBeyond: boolean): PageEnds {
  return isBackward
    ? { hasNextPage: hasBeyond, hasPreviousPage: hasMore }
    : { hasNextPage: hasMore, hasPreviousPage: hasBeyond };
}

/** A page of a list that is in the order of its ids. */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  page: Page,
): { readonly shown: readonly T[]; readonly ends: PageEnds } {
  const { size, after, before, isBackward } = page;
  const within = items.filter(({ id }) => (after === null || id > after) && (before === null || id < before));
  const shown = isBackward ? within.slice(Math.max(0, within.length - size)) : within.slice(0, size);
  const hasBeyond = isBackward
    ? before !== null && items.some(({ id }) => id >= before)
    : after !== null && items.some(({ id }) => id <= after);
  return { shown, ends: pageEnds(page, within.length > shown.length, hasBeyond) };
}

/** @throws PlinthError BAD_REQUEST that names the argument */
export function momentOf(text: string, name: string): string {
  const date = new Date(text);
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  // Of the years that ISO 8601 has without a sign, PostgreSQL knows all but that before the first.
  if (!/^(?!0000)\d{4}-/.test(iso)) throw refuse('BAD_REQUEST', `${name}: "${text}" is not a date`);
  return iso;
}

export function encoded(id: string): string {
  return Buffer.from(id).toString('base64');
}

function decoded(cursor: string): string {
  const id = Buffer.from(cursor, 'base64').toString('utf8');
  if (!isUuid(id)) throw refuse('INVALID_CURSOR');
  return id;
}
