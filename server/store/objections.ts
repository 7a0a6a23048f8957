/** What existing records say against a change of the model. */

import type { Later } from '../ddl/later.ts';

/** By the kind of a statement that is checked before, or done later. */
export const OBJECTIONS: Readonly<Record<Later['kind'], string>> = {
  make: 'records have the same value where each must have its own',
  require: 'records have no value where one is required',
  fill: 'records have no value where one is required',
  validate: 'records break a rule',
};

const CHECK_VIOLATION = '23514';

const BY_SQLSTATE: Readonly<Record<string, string>> = {
  '23505': OBJECTIONS.make, // unique_violation
  '23502': OBJECTIONS.require, // not_null_violation
  '23503': 'records refer to others that are not there', // foreign_key_violation
  '54000': 'records have a value that is too long for an index', // program_limit_exceeded
};

/** @returns null of an error that says nothing of records */
export function objectionOf(sqlState: string, kind: Later['kind']): string | null {
  return sqlState === CHECK_VIOLATION ? OBJECTIONS[kind] : (BY_SQLSTATE[sqlState] ?? null);
}
