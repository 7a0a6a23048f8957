/**
 * The version of one record: that of its row in Postgres, which is another after every write, whoever writes.
 * Why this and not a date: docs/decisions/2026-11-24-versions.md.
 */

import { type SQL, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/served.ts';
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

/** The version of a row before its JSON, where the operation asks for it; `withoutVersion` takes it off again. */
export function versionBefore(served: ServedObject, row: SQL, isAsked: boolean, json: SQL): SQL {
  return isAsked && isVersioned(served) ? sql`${versionIn(row)} || E'\n' || ${json}` : json;
}

/** JSON that Postgres makes of a record has no line break before its first brace. */
export function withoutVersion(text: string, { tell }: Versioning): string {
  const end = text.indexOf('\n');
  const begin = text.indexOf('{');
  if (end < 0 || end > begin) return text;
  tell(text.slice(0, end));
  return text.slice(end + 1);
}

/** @throws PlinthError RECORD_CHANGED when the record, whose row is locked, is not as it was expected */
export function checkVersion({ expected }: Versioning, version: string): void {
  if (expected && !expected.has(version)) throw refuse('RECORD_CHANGED');
}
