/** The log of what webhooks were told, and telling it again. Contract: none, this is ours. */

import { v7 as uuidv7 } from 'uuid';
import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import type { RequestContext } from '../access/request-context.ts';
import { holdTables } from '../catalog/held.ts';
import { ownTable } from '../ddl/triggers.ts';
import { refuse } from '../errors.ts';
import type { Given } from '../given.ts';
import { checkedId } from '../model/edit/steps.ts';
import { requireSightOfAll, seesAll } from '../roles/excess.ts';
import { momentOf, type Page, type PageEnds, pageEnds } from '../store/paging.ts';
import { HAPPENED, type Happened, payloadOf } from './payload.ts';
import { oneWebhook, type WebhookView } from './webhooks.ts';

export type DeliveryView = {
  readonly id: string;
  readonly webhookId: string;
  readonly eventName: string;
  /** Null for whoever may not read all records: this one may be hidden from them. */
  readonly recordId: string | null;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  /** Null when there will be none. */
  readonly nextAttemptAt: string | null;
  readonly lastAttemptAt: string | null;
  /**
   * As the last attempt sent it, or the first will, to the character: what the signatures are of. Null where the event
   * is no longer kept, and for whoever may not read all records.
   */
  readonly payload: string | null;
  /**
   * Of the last attempt, and so is what follows. The body is null where the payload is kept back, which it may repeat.
   */
  readonly requestHeaders: Readonly<Record<string, string>> | null;
  readonly latencyMs: number | null;
  readonly responseStatus: number | null;
  readonly responseBody: string | null;
  readonly error: string | null;
  readonly createdAt: string;
};

export type DeliveryFilter = {
  readonly state?: DeliveryView['state'] | null;
  readonly eventName?: string | null;
  readonly recordId?: string | null;
  readonly from?: string | null;
  readonly to?: string | null;
};

const COLUMNS = sql`
  id, webhook_id as "webhookId", event_name as "eventName", record_id as "recordId", state, attempts,
  case when state = 'pending' then next_attempt_at end as "nextAttemptAt", last_attempt_at as "lastAttemptAt",
  latency_ms as "latencyMs", response_status as "responseStatus", response_body as "responseBody", error,
  created_at as "createdAt",
  position, sent_to as "sentTo", sent_headers as "requestHeaders"`;

type Row = Record<Exclude<keyof DeliveryView, 'payload'> | 'position' | 'sentTo', Given>;

/**
 * In a transaction. With what is told of their events, read beside them: a workspace in which nothing has happened yet
 * has no table of events.
 */
async function viewsOf(
  client: Client,
  { principal }: RequestContext,
  webhook: Pick<WebhookView, 'id' | 'targetUrl'>,
  rows: readonly Row[],
): Promise<DeliveryView[]> {
  const isAllowed = await seesAll(client, principal);
  const positions = isAllowed ? rows.flatMap(({ position }) => position ?? []) : [];
  if (positions.length > 0) await holdTables(client, principal.schema, ['plinth_events']);
  const events =
    positions.length === 0
      ? []
      : await client.rows<Happened & { position: string }>(sql`
          select e.position, ${HAPPENED}
          from ${ownTable(principal, 'plinth_events')} as e
          where e.position = any (${sql.value(positions)}::bigint[])`);
  const happened = new Map(events.map(({ position, ...event }) => [position, event]));
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return rows.map(({ position, sentTo, ...row }) => {
    const receiver = { id: webhook.id, workspaceId: principal.workspaceId, targetUrl: sentTo ?? webhook.targetUrl };
    const { eventName, createdAt } = row;
    const told = { position, eventName, createdAt, ...(happened.get(position) ?? NOTHING) };
    return {
      ...row,
      recordId: isAllowed ? row.recordId : null,
      payload: isAllowed ? payloadOf(receiver, told) : null,
      responseBody: isAllowed ? row.responseBody : null, // many receivers answer with what they were sent
      nextAttemptAt: iso(row.nextAttemptAt),
      lastAttemptAt: iso(row.lastAttemptAt),
      createdAt: createdAt.toISOString(),
    };
  });
}

/** Of a test, and of an event that is no longer kept. */
const NOTHING: Happened = {
  objectId: null,
  objectName: null,
  record: null,
  before: null,
  updatedFields: null,
  actor: null,
  at: null,
};

export type DeliveryPage = {
  /** The newest first. */
  readonly deliveries: readonly DeliveryView[];
  readonly ends: PageEnds;
  readonly totalCount: number;
};

/**
 * Cursors are ids, which are in the order in which they were made.
 * @throws PlinthError NOT_FOUND, PERMISSION_DENIED, BAD_REQUEST
 */
export async function webhookDeliveries(
  asker: RequestContext,
  webhookId: string,
  page: Page,
  filter: DeliveryFilter = {},
): Promise<DeliveryPage> {
  const webhook = await oneWebhook(asker, webhookId);
  const { size, after, before, isBackward } = page;
  const matching = sql`webhook_id = ${sql.value(webhook.id)}${conditionsOf(filter)}`;
  const bounds = [
    ...(after === null ? [] : [sql`id < ${sql.value(after)}`]),
    ...(before === null ? [] : [sql`id > ${sql.value(before)}`]),
  ];
  const beyond = isBackward
    ? before !== null && sql`id <= ${sql.value(before)}`
    : after !== null && sql`id >= ${sql.value(after)}`;
  const order = isBackward ? sql`id` : sql`id desc`;
  return asker.database.transaction(async (client) => {
    if (filter.recordId != null) await requireSightOfAll(client, asker.principal);
    const [rows, counts] = await Promise.all([
      client.rows<Row>(sql`
        select ${COLUMNS} from plinth.webhook_deliveries
        where ${sql.join([matching, ...bounds], ' and ')}
        order by ${order} limit ${sql.value(size + 1)}::int`),
      client.rows<{ count: number; hasBeyond: boolean }>(sql`
        select count(*)::int as count, ${beyond ? sql`coalesce(bool_or(${beyond}), false)` : sql`false`} as "hasBeyond"
        from plinth.webhook_deliveries where ${matching}`),
    ]);
    const shown = await viewsOf(client, asker, webhook, rows.slice(0, size));
    return {
      deliveries: isBackward ? shown.reverse() : shown,
      ends: pageEnds(page, rows.length > size, counts[0]?.hasBeyond ?? false),
      totalCount: counts[0]?.count ?? 0,
    };
  });
}

/** @throws PlinthError NOT_FOUND */
export async function oneDelivery(asker: RequestContext, id: string): Promise<DeliveryView> {
  const webhook = await oneWebhook(asker, await webhookOf(asker, id));
  return asker.database.transaction(async (client) => {
    const rows = await client.rows<Row>(sql`
      select ${COLUMNS} from plinth.webhook_deliveries where id = ${sql.value(checkedId(id))}`);
    return theOne(await viewsOf(client, asker, webhook, rows));
  });
}

/** The webhook of a delivery. @throws PlinthError NOT_FOUND */
async function webhookOf({ database, principal }: RequestContext, id: string): Promise<string> {
  const rows = await database.asOwner((client) =>
    client.rows<{ webhookId: string }>(sql`
      select d.webhook_id as "webhookId"
      from plinth.webhook_deliveries as d
      join plinth.webhooks as w on w.id = d.webhook_id
      where d.id = ${sql.value(checkedId(id))} and w.workspace_id = ${sql.value(principal.workspaceId)}`),
  );
  return theOne(rows).webhookId;
}

/** It may have been forgotten a moment ago. */
function theOne<Row>([row]: readonly Row[]): Row {
  if (!row) throw refuse('NOT_FOUND', 'Delivery not found');
  return row;
}

function conditionsOf({ state, eventName, recordId, from, to }: DeliveryFilter): SQL {
  const conditions = [
    ...(state != null ? [sql`state = ${sql.value(state)}`] : []),
    ...(eventName != null ? [sql`event_name = ${sql.value(eventName)}`] : []),
    ...(recordId != null ? [sql`record_id = ${sql.value(recordId)}`] : []),
    ...(from != null ? [sql`created_at >= ${sql.value(momentOf(from, 'from'))}`] : []),
    ...(to != null ? [sql`created_at <= ${sql.value(momentOf(to, 'to'))}`] : []),
  ];
  return sql.join(
    conditions.map((condition) => sql` and ${condition}`),
    '',
  );
}

/** Sends one again, at once and from the first attempt, whatever became of it. Its `webhook-id` stays what it was. */
export async function redeliver(asker: RequestContext, id: string): Promise<DeliveryView> {
  const webhook = await sendable(asker, await webhookOf(asker, id));
  return asker.database.transaction(async (client) => {
    const rows = await client.rows<Row>(sql`
      update plinth.webhook_deliveries set ${AGAIN} where id = ${sql.value(checkedId(id))} returning ${COLUMNS}`);
    await callWorkers(client, [webhook.id]);
    return theOne(await viewsOf(client, asker, webhook, rows));
  });
}

/** The same with all of a time, or those of them that the filter says. @returns how many */
export async function redeliverMany(asker: RequestContext, webhookId: string, filter: DeliveryFilter): Promise<number> {
  if (filter.from == null || filter.to == null) throw refuse('BAD_REQUEST', 'from and to are required');
  const webhook = await sendable(asker, webhookId);
  return asker.database.transaction(async (client) => {
    if (filter.recordId != null) await requireSightOfAll(client, asker.principal);
    const [row] = await client.rows<{ count: number }>(sql`
      with again as (
        update plinth.webhook_deliveries set ${AGAIN}
        where webhook_id = ${sql.value(webhook.id)}${conditionsOf(filter)}
        returning id
      )
      select count(*)::int as count from again`);
    await callWorkers(client, [webhook.id]);
    return row?.count ?? 0;
  });
}

const AGAIN = sql`state = 'pending', attempts = 0, next_attempt_at = now(), error = null, begun_at = now()`;

/** Sends an event of nothing, to see whether it arrives. It is in the log like any other. */
export async function testWebhook(asker: RequestContext, id: string): Promise<DeliveryView> {
  const webhook = await sendable(asker, id);
  return asker.database.transaction(async (client) => {
    const rows = await client.rows<Row>(sql`
      insert into plinth.webhook_deliveries (id, webhook_id, event_name, record_id)
      values (${sql.value(uuidv7())}, ${sql.value(webhook.id)}, 'webhook.test', ${sql.value(webhook.id)})
      returning ${COLUMNS}`);
    await callWorkers(client, [webhook.id]);
    return theOne(await viewsOf(client, asker, webhook, rows));
  });
}

async function sendable(asker: RequestContext, id: string) {
  const webhook = await oneWebhook(asker, id);
  if (!webhook.isActive)
    throw refuse('BAD_REQUEST', `The webhook is disabled (${webhook.disabledReason}); update it to start again`);
  return webhook;
}

// A receiver that failed this often in a row is failing, whatever the records: it is tried after pauses, which new
// events don't cut short.
export const FAILURES_TO_PAUSE = 5;

/** In the transaction of what is to be delivered: workers hear of it when that is there. */
export async function callWorkers(client: Client, webhookIds: readonly string[]): Promise<void> {
  await client.rows(sql`
    with due as (
      update plinth.webhooks
      set due_at = case
        when failures >= ${sql.value(FAILURES_TO_PAUSE)}::int then coalesce(due_at, clock_timestamp())
        else clock_timestamp()
      end
      where id = any (${sql.value(webhookIds)}::uuid[])
      returning id, due_at
    )
    select graphile_worker.add_job('deliver_webhook', json_build_object('id', id), job_key => 'webhook ' || id)
    from due
    where due_at <= clock_timestamp()`);
}
