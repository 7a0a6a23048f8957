/**
 * Delivers what a webhook is to be told: a job of graphile-worker, one at a time of each webhook, so that none delays
 * another.
 *
 * A delivery is *pending*, and tried at `next_attempt_at`; then *delivered*, or *failed* when a day has passed. Of one
 * record they go out in their order: one that is tried again holds up those behind it, of its record and no other. A
 * webhook is *well*; or *failing*, after some attempts in a row that failed: then one is tried at a time, after longer
 * and longer pauses, until one arrives; or *disabled*, when that lasted for days.
 */

import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Agent } from 'undici';
import type { Client } from '../../db/client.ts';
import { faultOf } from '../../db/faults.ts';
import type { Database } from '../../db/pool.ts';
import { compiled, type SQL, sql } from '../../db/sql.ts';
import { holdTables } from '../catalog/held.ts';
import { changeListeners } from '../changes/apply.ts';
import { ownTable } from '../ddl/triggers.ts';
import type { Settings } from '../settings.ts';
import { callWorkers, FAILURES_TO_PAUSE } from './deliveries.ts';
import { HAPPENED, payloadOf, type Receiver, type Told } from './payload.ts';
import { type Outcome, send } from './send.ts';

export type DeliverySettings = Pick<
  Settings,
  'webhookTimeoutMs' | 'webhookRetryHours' | 'webhookDisableHours' | 'allowPrivateWebhookTargets'
>;

export type DeliverOptions = {
  readonly database: Database;
  readonly targets: Agent;
  readonly settings: DeliverySettings;
  /** Ends it between two deliveries; what was not sent is pending still. */
  readonly signal: AbortSignal;
};

// Read, and written down as sent, at a time: what a worker that is killed sends a second time.
const BATCH = 500;

// Requests to one receiver at a time.
const LANES = 16;

// How long one job works before others have their turn.
const SLICE_MS = 10_000;

// Pauses: of a delivery from a second on, doubled up to an hour; of a failing webhook up to five minutes. Each is
// shortened by up to half at random, so that what failed together isn't tried together.
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 3_600_000;
const MAX_WEBHOOK_PAUSE_MS = 300_000;

// Another may hold the webhook for a moment: to see whether anybody is at it, or because it is about to let go.
const LOCK_ATTEMPTS = 5;
const LOCK_PAUSE_MS = 50;

// How soon a database that took no writes is tried again.
const FAULT_PAUSE_MS = 1_000;

const HOUR_MS = 3_600_000;
const GONE = 410;

type Webhook = Receiver & { readonly secret: string; readonly schema: string };

type Delivery = Told & {
  readonly id: string;
  readonly recordId: string;
  readonly attempts: number;
  readonly begunAt: Date;
};

/** How a webhook fares, in the course of a job. */
type Health = { failures: number; failingSince: Date | null };

/** @throws what a later attempt may do without: a lost connection */
export async function deliverWebhook(id: string, options: DeliverOptions): Promise<void> {
  const connection = new pg.Client({ connectionString: options.database.url, application_name: 'plinth delivery' });
  connection.on('error', () => undefined); // its statements say so
  const rows = async <Row extends object>(fragment: SQL) => (await connection.query<Row>(compiled(fragment))).rows;
  try {
    await connection.connect();
    if (!(await isOurs(rows, id))) return;
    const until = performance.now() + SLICE_MS;
    while (!options.signal.aborted) {
      if (performance.now() > until) return await options.database.transaction((client) => callWorkers(client, [id]));
      if (await step(rows, id, options)) return;
    }
  } finally {
    await connection.end().catch(() => undefined); // gone already
  }
}

type Rows = <Row extends object>(fragment: SQL) => Promise<Row[]>;

/** The lock is the connection's: a worker that dies lets go of it. */
async function isOurs(rows: Rows, id: string): Promise<boolean> {
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt++) {
    const [lock] = await rows<{ isOurs: boolean }>(
      sql`select pg_try_advisory_lock(hashtextextended(${sql.value(lockName(id))}, 0)) as "isOurs"`,
    );
    if (lock?.isOurs) return true;
    await wait(LOCK_PAUSE_MS);
  }
  return false;
}

export function lockName(id: string): string {
  return `webhook ${id}`;
}

/** Reads a batch, sends it and writes down what came of it. @returns whether there is nothing more to do now */
async function step(rows: Rows, id: string, options: DeliverOptions): Promise<boolean> {
  type Known = Omit<Webhook, 'id'> & Health & { seen: string | null; moment: string };
  const [known] = await rows<Known>(sql`
    select
      w.target_url as "targetUrl", w.secret, w.failures, w.failing_since as "failingSince", w.due_at::text as seen,
      w.workspace_id as "workspaceId", s.schema_name as schema, clock_timestamp()::text as moment
    from plinth.webhooks as w
    join plinth.workspaces as s on s.id = w.workspace_id
    where w.id = ${sql.value(id)} and w.disabled_at is null`);
  if (!known) return true;
  const { failures, failingSince, seen, moment, ...rest } = known;
  const webhook: Webhook = { id, ...rest };
  const health: Health = { failures, failingSince };
  const isFailing = failures >= FAILURES_TO_PAUSE;
  const deliveries = await dueDeliveries(rows, webhook, moment, isFailing ? 1 : BATCH);
  if (deliveries.length === 0) return settle(rows, webhook, moment, seen);

  const outcomes = await sendAll(webhook, deliveries, health, options);
  const reason = reasonToDisable(outcomes, health, options.settings);
  await untilWritten(() => writeDown(rows, webhook, outcomes, health, options.settings), options.signal);
  if (reason !== null) {
    await disable(options.database, webhook, reason);
    return true;
  }
  if (health.failures < FAILURES_TO_PAUSE) return false;
  const pauseMs = shortened(
    Math.min(FIRST_PAUSE_MS * 2 ** (health.failures - FAILURES_TO_PAUSE), MAX_WEBHOOK_PAUSE_MS),
  );
  await rows(sql`
    update plinth.webhooks set due_at = clock_timestamp() + ${sql.value(pauseMs)} * interval '1 ms'
    where id = ${sql.value(id)}`);
  return true;
}

/**
 * In the order of their events; without those behind one that waits for its next attempt. All of it is asked as of one
 * moment: by a clock that goes on meanwhile, one that is not due yet would no longer be waited for by those that are
 * looked at after it.
 */
async function dueDeliveries(rows: Rows, { id, schema }: Webhook, moment: string, limit: number): Promise<Delivery[]> {
  const then = sql`${sql.value(moment)}::timestamptz`;
  await rows(sql`begin`);
  try {
    await holdTables({ rows: rows as Client['rows'] }, schema, ['plinth_events']);
    return await rows<Delivery>(sql`
    select
      d.id, d.position, d.event_name as "eventName", d.record_id as "recordId", d.attempts, d.begun_at as "begunAt",
      d.created_at as "createdAt", ${HAPPENED}
    from plinth.webhook_deliveries as d
    left join ${ownTable({ schema }, 'plinth_events')} as e on e.position = d.position
    where d.webhook_id = ${sql.value(id)} and d.state = 'pending' and d.next_attempt_at <= ${then}
      and not exists (
        select from plinth.webhook_deliveries as earlier
        where earlier.webhook_id = d.webhook_id and earlier.record_id = d.record_id and earlier.state = 'pending'
          and earlier.attempts > 0 and earlier.next_attempt_at > ${then} and earlier.position < d.position
      )
    order by d.position nulls first
    limit ${sql.value(limit)}::int`);
  } finally {
    await rows(sql`rollback`); // it only reads
  }
}

/**
 * Nothing was due at that moment: says when something is the next time. Where somebody has added something since the
 * webhook was read, `due_at` is another than it was, and that is looked at first.
 */
async function settle(rows: Rows, { id }: Webhook, moment: string, seen: string | null): Promise<boolean> {
  const settled = await rows(sql`
    update plinth.webhooks
    set due_at = (
      select min(next_attempt_at) from plinth.webhook_deliveries
      where webhook_id = ${sql.value(id)} and state = 'pending' and next_attempt_at > ${sql.value(moment)}::timestamptz
    )
    where id = ${sql.value(id)} and due_at is not distinct from ${sql.value(seen)}::timestamptz
    returning id`);
  return settled.length > 0;
}

/**
 * What was sent and not written down would be sent again, and again for as long as a disk is full. So it is kept until
 * the database takes writes.
 */
async function untilWritten(write: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!faultOf(error) || signal.aborted) throw error;
    }
    await wait(FAULT_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

type Tried = { readonly delivery: Delivery; readonly outcome: Outcome };

/**
 * Records side by side, the deliveries of one behind each other; a lane ends at the first that fails, and all of them
 * when too many do.
 */
async function sendAll(
  webhook: Webhook,
  deliveries: readonly Delivery[],
  health: Health,
  { targets, settings, signal }: DeliverOptions,
): Promise<Tried[]> {
  const byRecord = [...Map.groupBy(deliveries, ({ recordId }) => recordId).values()];
  const tried: Tried[] = [];
  const wasFailing = health.failures >= FAILURES_TO_PAUSE;
  const isOver = () => signal.aborted || (!wasFailing && health.failures >= FAILURES_TO_PAUSE);
  async function lane(): Promise<void> {
    for (let record = byRecord.shift(); record; record = byRecord.shift()) {
      for (const delivery of record) {
        if (isOver()) return;
        const outcome = await sendOne(webhook, delivery, targets, settings);
        tried.push({ delivery, outcome });
        health.failures = outcome.isDelivered ? 0 : health.failures + 1;
        health.failingSince = outcome.isDelivered ? null : (health.failingSince ?? new Date());
        if (!outcome.isDelivered) break;
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane));
  return tried;
}

async function sendOne(
  webhook: Webhook,
  delivery: Delivery,
  targets: Agent,
  { webhookTimeoutMs: timeoutMs, allowPrivateWebhookTargets: mayBePrivate }: DeliverySettings,
): Promise<Outcome> {
  const body = payloadOf(webhook, delivery);
  if (body === null) return NOT_KEPT;
  const { id } = delivery;
  const { targetUrl, secret } = webhook;
  return send({ id, targetUrl, secret, body }, { targets, timeoutMs, mayBePrivate });
}

const NOT_KEPT: Outcome = {
  isDelivered: false,
  sent: null,
  latencyMs: 0,
  status: null,
  response: null,
  error: 'The event is no longer kept',
};

/** All outcomes of a batch in one statement. */
async function writeDown(
  rows: Rows,
  { id }: Webhook,
  tried: readonly Tried[],
  { failures, failingSince }: Health,
  { webhookRetryHours }: DeliverySettings,
): Promise<void> {
  const outcomes = tried.map(({ delivery, outcome }) => {
    const pauseMs = shortened(Math.min(FIRST_PAUSE_MS * 2 ** delivery.attempts, MAX_PAUSE_MS));
    const isOver = Date.now() + pauseMs > delivery.begunAt.getTime() + webhookRetryHours * HOUR_MS;
    const state = outcome.isDelivered ? 'delivered' : isOver ? 'failed' : 'pending';
    const { sent, ...rest } = outcome;
    return { id: delivery.id, state, pauseMs, ...rest, sentTo: sent?.to, sentHeaders: sent?.headers };
  });
  await rows(sql`
    with outcome as (
      select * from json_to_recordset(${sql.value(JSON.stringify(outcomes))}::json) as outcome (
        id uuid, state text, "pauseMs" double precision, "latencyMs" int, status int, response text, error text,
        "sentTo" text, "sentHeaders" json
      )
    ), written as (
      update plinth.webhook_deliveries as d
      set state = o.state, attempts = d.attempts + 1, last_attempt_at = clock_timestamp(),
        next_attempt_at = clock_timestamp() + o."pauseMs" * interval '1 ms', latency_ms = o."latencyMs",
        response_status = o.status, response_body = o.response, error = o.error,
        sent_to = o."sentTo", sent_headers = o."sentHeaders"
      from outcome as o
      where d.id = o.id
    )
    update plinth.webhooks set failures = ${sql.value(failures)}::int,
      failing_since = ${sql.value(failingSince)}::timestamptz
    where id = ${sql.value(id)} and (failures, failing_since) is distinct from (${sql.value(failures)}::int,
      ${sql.value(failingSince)}::timestamptz)`);
}

function shortened(ms: number): number {
  return Math.round(ms * (1 - Math.random() / 2));
}

function reasonToDisable(
  tried: readonly Tried[],
  { failures, failingSince }: Health,
  { webhookDisableHours }: DeliverySettings,
): string | null {
  if (tried.some(({ outcome }) => outcome.status === GONE)) return 'The receiver answered 410: it is gone';
  if (failures === 0 || failingSince === null) return null;
  return Date.now() - failingSince.getTime() > webhookDisableHours * HOUR_MS
    ? `No delivery has succeeded since ${failingSince.toISOString()}`
    : null;
}

/** What waits is given up, and nothing is written down for it any more, unless others listen too. */
async function disable(database: Database, { id, workspaceId }: Webhook, reason: string): Promise<void> {
  await changeListeners(database, workspaceId, (client) =>
    client.rows(sql`
      with disabled as (
        update plinth.webhooks set disabled_at = now(), disabled_reason = ${sql.value(reason)}, due_at = null
        where id = ${sql.value(id)}
        returning id
      )
      update plinth.webhook_deliveries as d
      set state = 'failed', error = coalesce(error, 'The webhook was disabled')
      from disabled
      where d.webhook_id = disabled.id and d.state = 'pending'`),
  );
}
