/** A catalog as a role saw it in one transaction: all that it takes to build the GraphQL schema which serves it. */

import pg from 'pg';
import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import { fingerprint } from './fingerprint.ts';
import { introspect } from './introspection.ts';

export type Seen = { readonly schema: string; readonly fingerprint: string; readonly introspection: string };

/** @throws PlinthError WORKSPACE_NOT_FOUND where there is no such schema */
export async function see(client: Client, schema: string, role: string | null = null): Promise<Seen> {
  const introspection = await introspect(client, schema, role);
  const hash = await fingerprint(client, schema, role);
  if (hash === null) throw refuse('WORKSPACE_NOT_FOUND');
  return { schema, fingerprint: hash, introspection };
}

// Changes hold a workspace for some 50 ms. One that takes longer has its own to do, and can be read past.
const CHANGE_TIMEOUT_MS = 200;

/**
 * The same while no change of the model is under way, and with the next one waiting: of a model that is changed again
 * and again, what is seen is nevertheless of one moment.
 * @returns null where a change takes long
 */
export async function seeAtRest(database: Database, schema: string, role: string | null): Promise<Seen | null> {
  try {
    return await database.transaction(async (client) => {
      await client.run(`set local lock_timeout = ${CHANGE_TIMEOUT_MS}`);
      await client.rows(sql`select from plinth.workspaces where schema_name = ${sql.value(schema)} for share`);
      return see(client, schema, role);
    });
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '55P03') return null;
    throw error;
  }
}
