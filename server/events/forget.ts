/** Forgets events and deliveries that are older than they are kept. */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { holdTables } from '../catalog/held.ts';
import { changeListeners } from '../changes/apply.ts';
import { ownTable } from '../ddl/triggers.ts';
import type { Workspace } from './outbox.ts';

// undefined_table, lock_not_available: the owner of an adopted schema has put something else there, or locks it.
const NOT_HELD = ['42P01', '55P03'];

// Rows deleted by one statement: some 50 ms.
const BATCH = 5_000;

/** @param keepHours of what is done; what waits for its delivery stays */
export async function forgetOldEvents(database: Database, keepHours: number): Promise<void> {
  const old = sql`now() - ${sql.value(keepHours)} * interval '1 hour'`;
  const repeat = async (
    statement: ReturnType<typeof sql>,
    hold = async (_client: Client): Promise<void> => undefined,
  ) => {
    for (;;) {
      const gone = await database.transaction(async (client) => {
        await hold(client);
        return client.rows(statement);
      });
      if (gone.length < BATCH) return;
    }
  };
  await repeat(sql`
    delete from plinth.webhook_deliveries
    where id = any (array(
      select id from plinth.webhook_deliveries
      where created_at < ${old} and state <> 'pending' limit ${sql.value(BATCH)}::int))
    returning 1`);
  for (const workspace of await withEvents(database)) {
    const events = ownTable(workspace, 'plinth_events');
    const forgetting = sql`
      delete from ${events}
      where position = any (array(select position from ${events} where at < ${old} limit ${sql.value(BATCH)}::int))
      returning 1`;
    await repeat(forgetting, (client) => holdTables(client, workspace.schema, ['plinth_events'])).catch((error) => {
      if (!NOT_HELD.includes((error as { code?: string }).code ?? '')) throw error;
    });
  }
}

/** Nobody reads any more what is past its time: its triggers go, unless others listen. */
export async function forgetListeners(database: Database): Promise<void> {
  const workspaces = await database.asOwner((client) =>
    client.rows<{ id: string }>(sql`select distinct workspace_id as id from plinth.listeners where until < now()`),
  );
  for (const { id } of workspaces)
    await changeListeners(database, id, (client) =>
      client.rows(sql`delete from plinth.listeners where workspace_id = ${sql.value(id)} and until < now()`),
    );
}

function withEvents(database: Database): Promise<Workspace[]> {
  return database.asOwner((client) =>
    client.rows<Workspace>(sql`
      select w.id, w.schema_name as schema
      from pg_catalog.pg_class as c
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
      join plinth.workspaces as w on w.schema_name = n.nspname
      where c.relname = 'plinth_events'`),
  );
}
