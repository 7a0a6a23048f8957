/** The body of a delivery. Pure. Contract: metadata.md 5 */

import type { Workspace } from './outbox.ts';

export type Webhook = {
  readonly id: string;
  readonly targetUrl: string;
  readonly secret: string;
  readonly workspace: Workspace;
};

/** What is to be delivered, with its event; without one, a test. */
export type Delivery = {
  readonly id: string;
  readonly position: string | null;
  readonly eventName: string;
  readonly recordId: string;
  readonly attempts: number;
  readonly begunAt: Date;
  readonly createdAt: Date;
  readonly objectId: string | null;
  readonly objectName: string | null;
  /** JSON, as it was written down at the event: it goes out as it is. */
  readonly record: string | null;
  readonly before: string | null;
  readonly updatedFields: readonly string[] | null;
  readonly actor: { readonly userId?: string; readonly workspaceMemberId?: string } | null;
  readonly at: Date | null;
};

/** @returns null of an event that is no longer kept */
export function payloadOf({ id, targetUrl, workspace }: Webhook, delivery: Delivery): string | null {
  const { position, eventName, objectId, objectName, record, before, updatedFields, actor, at, createdAt } = delivery;
  if (position !== null && record === null) return null;
  const head = {
    targetUrl,
    eventName,
    objectMetadata: position === null ? null : { id: objectId, nameSingular: objectName },
    workspaceId: workspace.id,
    webhookId: id,
    eventDate: (at ?? createdAt).toISOString(),
    ...(actor?.userId && { userId: actor.userId }),
    ...(actor?.workspaceMemberId && { workspaceMemberId: actor.workspaceMemberId }),
  };
  const more = updatedFields === null ? '' : `,"before":${before},"updatedFields":${JSON.stringify(updatedFields)}`;
  return `${JSON.stringify(head).slice(0, -1)},"record":${record ?? '{}'}${more}}`;
}
