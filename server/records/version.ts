/**
 * The version of one record: that of its row in Postgres, which is another after every write, whoever writes.
 * Why this and not a date: docs/decisions/2026-11-24-versions.md.
 */

import { type PgSelectSingleStep, TYPES } from 'postgraphile/@dataplan/pg';
import { context, operationPlan, sideEffect } from 'postgraphile/grafast';
import { type SQL, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/to-model.ts';
import { refuse } from '../errors.ts';

/** Given to `execute` with an operation on one record. */
export type Versioning = {
  /** The record is written only while its version is one of these; without them, whatever it is. */
  readonly expected?: ReadonlySet<string> | undefined;
  /** Hears the version of the record that was read, or as it was written. */
  readonly tell: (version: string) => void;
};

/** Transaction and place of a row: the next version has another of one or the other, even in the same transaction. */
export function versionIn(row: SQL): SQL {
  return sql`${row}.xmin::text || translate(${row}.ctid::text, '(,)', '-.')`;
}

/** Rows of views and foreign tables are nowhere of ours. */
export function isVersioned({ table }: ServedObject): boolean {
  const { isView, isForeignTable } = (table.extensions ?? {}) as { isView?: boolean; isForeignTable?: boolean };
  return !isView && !isForeignTable;
}

/** Of an operation that asks for it, tells the version of the record; others have a plan without it. */
export function tellVersion(served: ServedObject, $record: PgSelectSingleStep): PgSelectSingleStep {
  const { trackedContextStep } = operationPlan() as unknown as {
    trackedContextStep: { evalHas(key: string): boolean };
  };
  if (!trackedContextStep.evalHas('versioning') || !isVersioned(served)) return $record;
  const $version = $record.select(versionIn($record.getClassStep().alias), TYPES.text);
  sideEffect([$version, context()] as const, ([version, { versioning }]: any) => versioning.tell(version));
  return $record;
}

/** @throws PlinthError RECORD_CHANGED when the record, whose row is locked, is not as it was expected */
export function checkVersion({ expected }: Versioning, version: string): void {
  if (expected && !expected.has(version)) throw refuse('RECORD_CHANGED');
}
