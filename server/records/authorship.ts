/** Who wrote records, and when. Contract: core.md 2.23 */

import type { Author } from '../access/principal.ts';
import { columnsFor, type ServedObject } from '../catalog/served.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { fieldByName } from '../model/model.ts';
import type { Batch } from './batch.ts';
import type { Row } from './row.ts';

const actorColumnsOf = new WeakMap<ServedObject, Map<string, readonly string[]>>();

/** Source, member and name of an actor field; none where the object does not have it. */
export function actorColumns(served: ServedObject, name: string): readonly string[] {
  let known = actorColumnsOf.get(served);
  if (!known) {
    known = new Map();
    actorColumnsOf.set(served, known);
  }
  let columns = known.get(name);
  if (!columns) {
    const field = fieldByName(served.object, name);
    columns = field && FIELD_TYPES[field.type].isActor ? columnsFor(served, field).map((column) => column.name) : [];
    known.set(name, columns);
  }
  return columns;
}

type Touched = Pick<Batch, 'rows' | 'shared'>;

/**
 * Sets who made or changed the records; a source given by the client wins. What all of them get alike is set in
 * `shared`, unless one of them has a value from the client.
 */
export function sign(served: ServedObject, { rows, shared }: Touched, name: string, author: Author): void {
  const [source, member, actorName] = actorColumns(served, name);
  if (!source || !member || !actorName) return;
  const setAll = (row: Row) => {
    if (row.get(source) == null) row.set(source, author.source);
    row.set(member, row.get(source) === author.source ? author.workspaceMemberId : null);
    row.set(actorName, author.name);
  };
  const isGiven = rows.some((row) => row.has(source) || row.has(member) || row.has(actorName));
  if (isGiven) rows.forEach(setAll);
  else setAll(shared);
}

/** Sets who changed the records, and when: as `sign` does. */
export function touch(served: ServedObject, batch: Touched, author: Author): void {
  const { rows, shared } = batch;
  if (fieldByName(served.object, 'updatedAt')) {
    const now = new Date().toISOString();
    if (!rows.some((row) => row.has('updated_at'))) shared.set('updated_at', now);
    else for (const row of rows) if (!row.has('updated_at')) row.set('updated_at', now);
  }
  sign(served, batch, 'updatedBy', author);
}
