/** What find one, update, delete, destroy and restore share: a record that isn't there is an error, not null. */

import type { PgSelectSingleStep, PgSelectStep } from 'postgraphile/@dataplan/pg';
import { first, lambda, type Step } from 'postgraphile/grafast';
import { refuse } from '../../errors.ts';

/** The one record of `$select`. @throws PlinthError RECORD_NOT_FOUND. Contract: core.md 2.25 */
export function found($select: PgSelectStep): PgSelectSingleStep {
  $select.setUnique(true);
  return $select.row(lambda(first($select as unknown as Step<readonly unknown[]>, true), foundRow) as Step);
}

function foundRow(row: unknown): unknown {
  if (row == null) throw refuse('RECORD_NOT_FOUND');
  return row;
}
