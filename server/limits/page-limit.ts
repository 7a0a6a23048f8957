/** The `limit` of a REST page, of records and of metadata alike. */

import { refuse, shown } from '../errors.ts';

const DEFAULT_LIMIT = 60;
const MAX_LIMIT = 200;

/** @throws PlinthError BAD_REQUEST */
export function pageLimit(given: unknown): number {
  if (given === undefined) return DEFAULT_LIMIT;
  const limit = typeof given === 'string' && given.trim() !== '' ? Number(given) : Number.NaN;
  if (!Number.isInteger(limit) || limit < 0)
    throw refuse('BAD_REQUEST', `limit ${shown(given)} is invalid: it must be a whole number from 0 to ${MAX_LIMIT}`);
  return Math.min(limit, MAX_LIMIT);
}
