/** The one writer of models: metadata rows and DDL in one transaction, both or neither. */

import pg from 'pg';
import type { Client, Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { MODEL_CHANNEL } from '../catalog/watch.ts';
import { plan, type Statement } from '../ddl/plan.ts';
import { refuse } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { readModel, writeModel } from './stored-model.ts';

// How long a change waits for tables that others use before it gives up, with nothing changed.
const LOCK_TIMEOUT_MS = 3_000;

export type Changed = { readonly before: Model; readonly after: Model };

/**
 * Changes a workspace's model. Changes of one workspace come one after the other, each on what the last one left.
 * @param change pure; what it throws refuses the change
 * @throws PlinthError MODEL_BUSY, METADATA_VALIDATION_FAILED (records that don't fit), and what `change` throws
 */
export async function changeModel(
  database: Database,
  workspaceId: string,
  change: (model: Model) => Model,
): Promise<Changed> {
  try {
    return await database.transaction(async (client) => {
      const [workspace] = await client.rows<{ schema: string }>(sql`
        select schema_name as schema from plinth.workspaces where id = ${sql.value(workspaceId)} for update`);
      if (!workspace) throw refuse('WORKSPACE_NOT_FOUND');
      const { model: before } = await readModel(client, workspaceId);
      const after = change(before);
      await writeModel(client, workspaceId, before, after);
      await runInSchema(client, workspace.schema, plan(before, after, await planOptions(client)));
      await client.rows(sql`
        update plinth.workspaces set model_version = model_version + 1, updated_at = now() where id = ${sql.value(workspaceId)}`);
      await client.rows(sql`select pg_notify(${sql.value(MODEL_CHANNEL)}, ${sql.value(workspace.schema)})`);
      return { before, after };
    });
  } catch (error) {
    throw inOurWords(error);
  }
}

/** Runs a plan's statements in one round trip, with the schema in the search path until the transaction ends. */
export async function runInSchema(client: Client, schema: string, statements: readonly Statement[]): Promise<void> {
  await client.rows(sql`
    select set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp', true),
      set_config('lock_timeout', ${sql.value(String(LOCK_TIMEOUT_MS))}, true)`);
  if (statements.length > 0) await client.run(statements.map((statement) => statement.sql).join(';\n'));
}

/** What a plan must know of the server: ids in order of time where it makes them. */
export async function planOptions(client: Client): Promise<{ idDefault: string }> {
  const [row] = await client.rows<{ version: number }>(
    sql`select current_setting('server_version_num')::int as version`,
  );
  return { idDefault: row && row.version >= 180000 ? 'uuidv7()' : 'gen_random_uuid()' };
}

function inOurWords(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  switch (error.code) {
    case '55P03': // lock_not_available
    case '40P01': // deadlock_detected
      return refuse('MODEL_BUSY', { cause: error });
    case '23505': // unique_violation
      return unfit(error, 'records have the same value where each must have its own');
    case '23502': // not_null_violation
      return unfit(error, 'records have no value where one is required');
    case '22P02':
    case '22003':
    case '22018':
      return unfit(error, 'values of existing records cannot be turned into the new type');
    case '42P07': // duplicate_table
    case '42701': // duplicate_column
    case '42710': // duplicate_object
      return unfit(error, 'a table, column or type of this name was made by hand');
    default:
      return error;
  }
}

function unfit(cause: pg.DatabaseError, reason: string) {
  const message = `The change does not fit what is in the database: ${reason}${cause.table ? ` (table ${cause.table})` : ''}. Nothing was changed`;
  return refuse('METADATA_VALIDATION_FAILED', { message, cause });
}
