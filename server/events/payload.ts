/**
 * The body of a delivery. Pure; what sends it and what shows it in the log both make it here. Contract: metadata.md 5
 */

import { type SQL, sql } from '../../db/sql.ts';

export type Receiver = {
  readonly id: string;
  readonly workspaceId: string;
  readonly targetUrl: string;
};

/** What is to be delivered, with its event; without one, a test. */
export type Told = {
  readonly position: string | null;
  readonly eventName: string;
  readonly createdAt: Date;
} & Happened;

/** Of an event; all null where there is none, or it is no longer kept. */
export type Happened = {
  readonly objectId: string | null;
  readonly objectName: string | null;
  /** JSON, as it was written down at the event: it goes out as it is. */
  readonly record: string | null;
  readonly before: string | null;
  readonly updatedFields: readonly string[] | null;
  readonly actor: { readonly userId?: string; readonly workspaceMemberId?: string } | null;
  readonly at: Date | null;
};

/** `Happened`, of the row `e` of `plinth_events`. */
export const HAPPENED: SQL = sql`
  e.object_id as "objectId", e.object_name as "objectName", e.record::text, e.before::text,
  e.updated_fields as "updatedFields", e.actor, e.at`;

/** @returns null of an event that is no longer kept */
export function payloadOf({ id, workspaceId, targetUrl }: Receiver, told: Told): string | null {
  const { position, eventName, objectId, objectName, record, before, updatedFields, actor, at, createdAt } = told;
  if (position !== null && record === null) return null;
  const head = {
    targetUrl,
    eventName,
    objectMetadata: position === null ? null : { id: objectId, nameSingular: objectName },
    workspaceId,
    webhookId: id,
    eventDate: (at ?? createdAt).toISOString(),
    ...(actor?.userId && { userId: actor.userId }),
    ...(actor?.workspaceMemberId && { workspaceMemberId: actor.workspaceMemberId }),
  };
  const more = updatedFields === null ? '' : `,"before":${before},"updatedFields":${JSON.stringify(updatedFields)}`;
  return `${JSON.stringify(head).slice(0, -1)},"record":${record ?? '{}'}${more}}`;
}
