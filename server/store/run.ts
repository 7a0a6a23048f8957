/** Runs statements of a change: brief locks, attempts, and the errors of PostgreSQL as ours. */

import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { asOwner } from '../catalog/as-owner.ts';
import { LEAVE_SCHEMA, leaveSchema } from '../catalog/held.ts';
import type { Statement } from '../ddl/statement.ts';
import { refuse } from '../errors.ts';
import { OBJECTIONS } from './objections.ts';

// Whoever comes after a change that waits for a table waits behind it. So it waits a moment at a time, lets the others
// through, and gives up after some seconds with nothing changed.
const LOCK_TIMEOUT_MS = 200;

const PATIENCE_MS = 2_500;

// PostgreSQL's own vacuum lets go of a table for whoever has waited this long for it; that it is told so takes a right
// that those who rent a PostgreSQL may lack. Then it is a second, and the wait must be longer than that.
const VACUUM_TIMEOUT_MS = 100;

const DEFAULT_VACUUM_TIMEOUT_MS = 1_000;

const LOCK_PAUSE_MS = 100;

/** Tries a change again while others hold what it needs, for some seconds. */
export async function patiently<T>(change: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await change();
    } catch (error) {
      const isBusy = error instanceof pg.DatabaseError && error.code === '55P03';
      if (!isBusy || performance.now() > deadline) throw toPlinthError(error);
      await wait(LOCK_PAUSE_MS * (1 + Math.random()));
    }
  }
}

/** A schema, and the role that owns its tables where that isn't the login role. */
export type Place = { readonly schema: string; readonly ownerRole: string | null };

/** Until the transaction ends, names are those of the schema, and locks are waited for a moment at a time. */
export async function enterSchema(client: Client, schema: string): Promise<void> {
  await client.rows(sql`select ${searchPath(schema)}, ${briefLockSettings(true)} from ${MAY_SET}`);
}

async function useNamesOf(client: Client, schema: string): Promise<void> {
  await client.rows(sql`select ${searchPath(schema)}`);
}

function searchPath(schema: string): SQL {
  return sql`set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp', true)`;
}

/** Runs a plan's statements in one round trip, with the schema in the search path. */
export async function runInSchema(client: Client, schema: string, statements: readonly Statement[]): Promise<void> {
  await changeModelTables(client, { schema, ownerRole: null }, statements);
}

/** The same as the owner of the tables that the model describes. */
export async function changeModelTables(
  client: Client,
  { schema, ownerRole }: Place,
  statements: readonly Statement[],
): Promise<void> {
  if (statements.length === 0) return;
  await enterSchema(client, schema);
  await run(client, ownerRole, statements);
}

/**
 * The same in a schema that this transaction made: nobody waits behind it, so it waits as long as the server lets it.
 */
export async function runInNewSchema(client: Client, schema: string, statements: readonly Statement[]): Promise<void> {
  await useNamesOf(client, schema);
  await run(client, null, statements);
}

/** Leaves the schema afterwards: in the same packet, where the statements run as the login role. */
async function run(client: Client, ownerRole: string | null, statements: readonly Statement[]): Promise<void> {
  const tables = asOwner(client, ownerRole);
  for (const { later } of statements) {
    if (later?.objection && (await tables.rows(later.objection)).length > 0) throw unfit(OBJECTIONS[later.kind]);
  }
  const now = statements.filter(({ later }) => !later).map((statement) => statement.sql);
  if (ownerRole === null) return client.run([...now, LEAVE_SCHEMA].join(';\n'));
  if (now.length > 0) await tables.run(now.join(';\n'));
  await leaveSchema(client);
}

/** Settings of a session or a transaction that waits for locks a moment at a time: others wait behind it. */
export function briefLocks(isLocal: boolean): SQL {
  return sql`select ${briefLockSettings(isLocal)} from ${MAY_SET}`;
}

const MAY_SET = sql`(select has_parameter_privilege('deadlock_timeout', 'set') as may_set) as asked`;

function briefLockSettings(isLocal: boolean): SQL {
  const [local, brief] = [sql.value(isLocal), sql.value(String(LOCK_TIMEOUT_MS))];
  const long = sql.value(String(LOCK_TIMEOUT_MS + DEFAULT_VACUUM_TIMEOUT_MS));
  return sql`
      set_config('lock_timeout', case when may_set then ${brief} else ${long} end, ${local}),
      case when may_set then set_config('deadlock_timeout', ${sql.value(String(VACUUM_TIMEOUT_MS))}, ${local}) end`;
}

function toPlinthError(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  switch (error.code) {
    case '55P03': // lock_not_available
    case '40P01': // deadlock_detected
      return refuse('MODEL_BUSY', { cause: error });
    case '23505': // unique_violation
      return unfit(OBJECTIONS.make, error);
    case '23502': // not_null_violation
      return unfit(OBJECTIONS.require, error);
    case '22P02':
    case '22003':
    case '22018':
    case '42846': // cannot_coerce
      return unfit('values of existing records cannot be turned into the new type', error);
    case '42P01': // undefined_table
    case '42703': // undefined_column
    case '42704': // undefined_object: a constraint, an index, a type
      return refuse('MODEL_DRIFT', { cause: error });
    case '2BP01': // dependent_objects_still_exist
    case '0A000': // feature_not_supported: the type of a column that a policy reads
      return unfit(DEPENDED_UPON, error);
    case '42P07': // duplicate_table
    case '42701': // duplicate_column
    case '42710': // duplicate_object
      return unfit('a table, column or type of this name was made by hand', error);
    default:
      return error;
  }
}

export const DEPENDED_UPON = 'something in it depends on what would go or change; take that away first';

export function unfit(reason: string, cause?: pg.DatabaseError) {
  const message = `The change does not fit what is in the database: ${reason}${cause?.table ? ` (table ${cause.table})` : ''}. Nothing was changed`;
  return refuse('METADATA_VALIDATION_FAILED', { message, cause });
}

class RolledBack<T> {
  readonly result: T;
  constructor(result: T) {
    this.result = result;
  }
}

/** What a transaction saw, of which nothing is left. */
export async function rolledBack<T>(database: Database, use: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await database.transaction(async (client) => {
      throw new RolledBack(await use(client));
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.result;
    throw error;
  }
}
