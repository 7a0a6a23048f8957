/** From rows that a trigger wrote down to events. Pure. Contract: metadata.md 5 */

import type { ServedObject } from '../catalog/served.ts';
import type { Action } from '../store/operations.ts';
import { changedFields, keyOf, type RecordValue, recordOf, rowOf } from './record.ts';

export type RecordEvent = {
  readonly action: Action;
  readonly recordId: string;
  /** After the change; before it, of a record that is gone. */
  readonly record: RecordValue;
  /** Of an update. */
  readonly before: RecordValue | null;
  readonly updatedFields: readonly string[] | null;
};

/**
 * What became of a row: nothing where only its bookkeeping changed; two events where it was changed and deleted, or
 * restored, at once.
 * @param isUpsert it was written by one, which creates and updates, and does nothing else
 */
export function eventsOf(
  served: ServedObject,
  before: string | null,
  after: string | null,
  { isUpsert = false } = {},
): RecordEvent[] {
  if (after === null) return before === null ? [] : [plainEvent(served, 'destroyed', before)];
  if (before === null) return [plainEvent(served, 'created', after)];
  const [old, now] = [rowOf(before), rowOf(after)];
  const changed = changedFields(served, old, now);
  const updatedFields = changed.filter((name) => name !== 'deletedAt' || isUpsert);
  const record = recordOf(served, now);
  const recordId = keyOf(served, now);
  const updated: RecordEvent[] =
    updatedFields.length === 0
      ? []
      : [{ action: 'updated', recordId, record, before: recordOf(served, old), updatedFields }];
  if (isUpsert || !changed.includes('deletedAt')) return updated;
  const isDeleted = record.deletedAt !== null;
  // From one time of deletion to another it stays deleted.
  if (isDeleted && recordOf(served, old).deletedAt !== null) return updated;
  const moved: RecordEvent = {
    action: isDeleted ? 'deleted' : 'restored',
    recordId,
    record,
    before: null,
    updatedFields: null,
  };
  return isDeleted ? [...updated, moved] : [moved, ...updated];
}

function plainEvent(served: ServedObject, action: Action, text: string): RecordEvent {
  const row = rowOf(text);
  return { action, recordId: keyOf(served, row), record: recordOf(served, row), before: null, updatedFields: null };
}
