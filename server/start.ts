/** From settings to a database that is ready: what the server and the command line both begin with. */

import type { Logger } from 'pino';
import { type Embedded, startEmbedded } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { type Database, openDatabase } from '../db/pool.ts';
import { sql } from '../db/sql.ts';
import type { Settings } from './settings.ts';

export type Ready = { readonly database: Database; stop(): Promise<void> };

const OLDEST_POSTGRES = 15;

/** Starts or finds PostgreSQL and brings the control schema up to date. `stop` ends what was started here. */
export async function openReadyDatabase(settings: Settings, log: Logger): Promise<Ready> {
  const { databaseUrl, dataDir, databasePoolSize: poolSize, statementTimeoutMs } = settings;
  const server: Embedded = databaseUrl
    ? { url: databaseUrl, stop: async () => {} }
    : await startEmbedded({ dataDir, log });
  const database = openDatabase({ url: server.url, poolSize, statementTimeoutMs, log });
  const stop = async () => {
    await database.end();
    await server.stop();
  };
  try {
    await checkVersion(database);
    await migrate(server.url, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { database, stop };
}

async function checkVersion(database: Database): Promise<void> {
  const [row] = await database
    .asOwner((client) =>
      client.rows<{ major: number }>(sql`select current_setting('server_version_num')::int / 10000 as major`),
    )
    .catch((cause) => {
      throw new Error(`The database cannot be reached: ${reasonOf(cause)}`, { cause });
    });
  if (row && row.major < OLDEST_POSTGRES) {
    throw new Error(`Plinth needs PostgreSQL ${OLDEST_POSTGRES} or later, and the database is PostgreSQL ${row.major}`);
  }
}

/** One line. Where a name has several addresses, Node gives the reasons in `errors` and an empty message. */
export function reasonOf(error: unknown): string {
  const { message, errors } = error as { message?: string; errors?: readonly Error[] };
  return (message || errors?.[0]?.message || String(error)).split('\n')[0] as string;
}
