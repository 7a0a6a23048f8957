/** Pages of a list, as arguments of the APIs ask for them. */

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

export function encoded(id: string): string {
  return Buffer.from(id).toString('base64');
}

function decoded(cursor: string): string {
  const id = Buffer.from(cursor, 'base64').toString('utf8');
  if (!isUuid(id)) throw refuse('INVALID_CURSOR');
  return id;
}
