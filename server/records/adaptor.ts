/** How PostGraphile's plans reach the database: through our pool, whose connections are already the request's workspace and role. */

import type { PgClient, PgClientQuery, PgClientResult, WithPgClient } from 'postgraphile/@dataplan/pg';
import type { Client, Database, Identity } from '../../db/pool.ts';

/** Each statement of a query operation on a connection of its own; no transaction, one round trip. */
export function queryClient(database: Database, who: Identity): WithPgClient {
  return ((_settings, use) => database.withConnection(who, async (client) => use(pgClientOf(client)))) as WithPgClient;
}

/**
 * All statements of a mutation operation on one connection, in one transaction, so that what a mutation answers is what it
 * wrote. `begin` travels with the first statement; the caller commits with `finish` when the whole operation is done.
 */
export async function inTransaction<T>(database: Database, who: Identity, use: (withPgClient: WithPgClient) => Promise<T>): Promise<T> {
  return database.withConnection(who, async (client) => {
    const begun = client.raw.query('begin');
    begun.catch(() => {
      // The statement sent right behind it fails for the same reason, and that failure is answered.
    });
    let result: T;
    try {
      const shared = pgClientOf(client);
      result = await use((async (_settings, callback) => callback(shared)) as WithPgClient);
    } catch (error) {
      await client.raw.query('rollback');
      throw error;
    }
    await client.raw.query('commit');
    return result;
  });
}

/** `name` is left out on purpose: a named statement keeps another workspace's types (architecture.md, 12). */
function pgClientOf({ raw }: Client): PgClient {
  const client: PgClient = {
    async query<TData>({ text, values, arrayMode }: PgClientQuery): Promise<PgClientResult<TData>> {
      const { rows, rowCount } = await raw.query({ text, values, ...(arrayMode && { rowMode: 'array' }) } as any);
      return { rows, rowCount };
    },
    // A savepoint: what a failed root field wrote goes, what its neighbours wrote stays.
    async withTransaction(callback) {
      await raw.query('savepoint operation');
      try {
        const result = await callback(client as any);
        await raw.query('release savepoint operation');
        return result;
      } catch (error) {
        await raw.query('rollback to savepoint operation');
        throw error;
      }
    },
  };
  return client;
}
