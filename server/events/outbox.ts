/**
 * From the outbox of a workspace to its events, and to what each webhook is to be told of them: one transaction, in
 * which rows leave the one and enter the others. Why in this order, and why nothing is lost or told out of turn:
 * docs/decisions/2026-11-24-events.md.
 */

import { v7 as uuidv7 } from 'uuid';
import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { ident, type SQL, sql } from '../../db/sql.ts';
import { holdTables } from '../catalog/held.ts';
import type { ServedObject } from '../catalog/served.ts';
import { tableNameOf } from '../catalog/table.ts';
import { ownTable } from '../ddl/triggers.ts';
import type { ModelCache } from '../records/schema-cache.ts';
import { handmadeIds, readHandmade } from '../store/handmade.ts';
import type { Operation } from '../store/operations.ts';
import { callWorkers } from './deliveries.ts';
import { eventsOf, type RecordEvent } from './event.ts';

export type Workspace = { readonly id: string; readonly schema: string };

/** Who hears of new events; the payload is the id of the workspace. */
export const EVENTS_CHANNEL = 'plinth_events';

// Rows taken at a time: some 3 MB, and 0.1 s.
const MAX_ROWS = 500;

type Written = {
  id: string;
  table: string | null;
  before: string | null;
  after: string | null;
  actor: string | null;
  at: Date;
};

/** A table is another than the cache of models knows it: it has not heard of a change yet. */
class OtherTable extends Error {}

/** The table of events, as functions take names. */
export function quoted({ schema }: Workspace): string {
  return `${ident(schema)}.plinth_events`;
}

/** Until the transaction ends nobody else gives positions. */
export function lockEvents({ id }: Workspace): SQL {
  return sql`select pg_advisory_xact_lock(hashtextextended(${sql.value(`events ${id}`)}, 0))`;
}

/** @returns how many rows were taken; there may be more where it is `MAX_ROWS` */
async function dispatch(database: Database, models: ModelCache, workspace: Workspace): Promise<number> {
  try {
    return await dispatchBy(database, await objectsOf(models, workspace), workspace, false);
  } catch (error) {
    if (!(error instanceof OtherTable)) throw error;
    models.changed(workspace.schema);
    return dispatchBy(database, await objectsOf(models, workspace), workspace, true);
  }
}

/** Until the outbox is empty. */
export async function dispatchAll(database: Database, models: ModelCache, workspace: Workspace): Promise<void> {
  while ((await dispatch(database, models, workspace)) === MAX_ROWS);
}

async function objectsOf(models: ModelCache, { schema }: Workspace): Promise<ReadonlyMap<string, ServedObject>> {
  return (await models.get(schema)).byTable;
}

/** @param isFresh is what isn't among the objects no object? */
function dispatchBy(
  database: Database,
  objects: ReadonlyMap<string, ServedObject>,
  workspace: Workspace,
  isFresh: boolean,
): Promise<number> {
  return database.sharedBy(workspace.schema).transaction(async (client) => {
    // One at a time in a workspace, so that positions are committed in their order.
    await client.rows(lockEvents(workspace));
    await holdTables(client, workspace.schema, ['plinth_outbox', 'plinth_events']);
    const rows = await client.rows<Written>(sql`
      select
        o.id::text, c.relname::text as table, o.before::text, o.after::text, o.actor, o.at
      from ${ownTable(workspace, 'plinth_outbox')} as o
      left join pg_catalog.pg_class as c on c.oid = coalesce(pg_partition_root(o.source::oid), o.source::oid)
      order by o.id
      limit ${sql.value(MAX_ROWS)}::int`);
    if (rows.length === 0) return 0;
    const events = rows.flatMap(({ table, before, after, actor, at }) => {
      if (table === null) return []; // dropped meanwhile
      const served = objects.get(table);
      if (!isFresh && !(served && isOf(served, after ?? before))) throw new OtherTable();
      if (!served) return [];
      const { isUpsert, ...by }: Actor = actor ? JSON.parse(actor) : {};
      return eventsOf(served, before, after, { isUpsert }).map((event) => ({ ...event, served, actor: by, at }));
    });
    if (events.length > 0) await keep(client, workspace, events);
    await client.rows(sql`
      delete from ${ownTable(workspace, 'plinth_outbox')}
      where id = any (${sql.value(rows.map(({ id }) => id))}::bigint[])`);
    return rows.length;
  });
}

/** Who wrote, as `plinth.actor` says it. */
type Actor = { readonly isUpsert?: boolean; readonly userId?: string; readonly workspaceMemberId?: string };

/**
 * Has the row the columns that the table is known to have? A change of the model renames them in rows that are not told
 * of yet.
 */
function isOf({ table }: ServedObject, row: string | null): boolean {
  const values = JSON.parse(row ?? '{}');
  return Object.keys(table.codec.attributes).every((column) => column in values);
}

type Happened = RecordEvent & { readonly served: ServedObject; readonly actor: Actor; readonly at: Date };

/** Writes events down in their order, and what each webhook is to be told. */
async function keep(client: Client, workspace: Workspace, happened: readonly Happened[]): Promise<void> {
  const [known] = await client.rows<{ first: string; ids: Record<string, string>; webhooks: Webhook[] }>(sql`
    select
      nextval(pg_get_serial_sequence(${sql.value(quoted(workspace))}, 'position'))::text as first,
      (select coalesce(json_object_agg(name_singular, id), '{}') from plinth.objects
        where workspace_id = ${sql.value(workspace.id)}) as ids,
      (select coalesce(json_agg(json_build_object('id', id, 'operations', operations)), '[]')
        from plinth.webhooks where workspace_id = ${sql.value(workspace.id)} and disabled_at is null) as webhooks`);
  const { first, ids, webhooks } = known as NonNullable<typeof known>;
  const nameOf = ({ object }: ServedObject) => object.formerNameOf ?? object.nameSingular;
  const isByHand = happened.some(({ served }) => ids[nameOf(served)] === undefined);
  const byHand = handmadeIds(
    isByHand ? await readHandmade(client, { workspaceId: workspace.id, schema: workspace.schema }) : [],
    workspace.id,
  );
  const events = happened.map(({ served, actor, at, ...event }, i) => {
    const name = nameOf(served);
    const place = { table: tableNameOf(served.table), columns: [], isInverse: false };
    return {
      ...event,
      position: Number(first) + i,
      objectId: ids[name] ?? byHand(name, place), // of a table made by hand, as the metadata APIs have it
      objectName: name,
      actor: Object.keys(actor).length > 0 ? actor : null,
      at,
    };
  });
  const deliveries = events.flatMap(({ objectId, objectName, action, recordId, position }) =>
    webhooks
      .filter(({ operations }) => operations.some((operation) => isMeant(operation, objectId, action)))
      .map(({ id }) => ({ id: uuidv7(), webhook: id, position, name: `${objectName}.${action}`, record: recordId })),
  );
  await client.rows(sql`
    insert into ${ownTable(workspace, 'plinth_events')}
      (position, object_id, object_name, action, record_id, record, before, updated_fields, actor, at)
    overriding system value
    select position, "objectId", "objectName", action, "recordId", record, before, "updatedFields", actor, at
    from json_to_recordset(${sql.value(JSON.stringify(events))}::json) as event (
      position bigint, "objectId" uuid, "objectName" text, action text, "recordId" text, record json, before json,
      "updatedFields" text[], actor json, at timestamptz
    )`);
  await client.rows(sql`
    select setval(
      pg_get_serial_sequence(${sql.value(quoted(workspace))}, 'position'),
      ${sql.value(String(Number(first) + events.length - 1))}::bigint)`);
  if (deliveries.length > 0) {
    await client.rows(sql`
      insert into plinth.webhook_deliveries (id, webhook_id, position, event_name, record_id)
      select id, webhook, position, name, record
      from json_to_recordset(${sql.value(JSON.stringify(deliveries))}::json) as delivery (
        id uuid, webhook uuid, position bigint, name text, record text
      )`);
    await callWorkers(client, [...new Set(deliveries.map(({ webhook }) => webhook))]);
  }
  await client.rows(sql`select pg_notify(${sql.value(EVENTS_CHANNEL)}, ${sql.value(workspace.id)})`);
}

type Webhook = { readonly id: string; readonly operations: readonly Operation[] };

function isMeant({ object, action }: Operation, objectId: string, happened: string): boolean {
  return (object === '*' || object === objectId) && (action === '*' || action === happened);
}
