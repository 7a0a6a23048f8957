/** What the login role may touch of schemas that belong to somebody else, who may put there what they like. */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';

/**
 * Until the transaction ends these are tables of the login role, and not what the owner of the schema may have put in
 * their place, which would run as the login role. Costs a look at the schema's owner where that is the login role
 * itself.
 * @param mayBeMissing tables that are not there are left out
 * @throws pg.DatabaseError undefined_table
 */
export async function holdTables(
  client: Pick<Client, 'rows'>,
  schema: string,
  tables: readonly string[],
  { mayBeMissing = false } = {},
): Promise<void> {
  await client.rows(sql`
    select plinth.hold(${sql.value(schema)}, ${sql.value(tables as string[])}::text[], ${sql.value(mayBeMissing)})`);
}

/** As a statement without parameters. */
export const LEAVE_SCHEMA = `set local search_path to pg_catalog, pg_temp`;

/**
 * In a transaction after a statement that took names from a schema: what comes next is Plinth's own, and no operator or
 * function of that schema may take part in it.
 */
export async function leaveSchema(client: Pick<Client, 'rows'>): Promise<void> {
  await client.rows(sql`select set_config('search_path', 'pg_catalog, pg_temp', true)`);
}
