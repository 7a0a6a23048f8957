/** From settings to a database that is ready: what the server and the command line both begin with. */

import type { Logger } from 'pino';
import { type Embedded, startEmbedded } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { type Database, openDatabase } from '../db/pool.ts';
import { sql } from '../db/sql.ts';
import type { Settings } from './settings.ts';

export type Ready = { readonly database: Database; stop(): Promise<void> };

const OLDEST = 15;

/** Starts or finds PostgreSQL, brings the control schema up to date. `stop` ends what was started here. */
export async function openReadyDatabase(settings: Settings, log: Logger): Promise<Ready> {
  const embedded: Embedded | null = settings.databaseUrl ? null : await startEmbedded({ dataDir: settings.dataDir, log });
  const url = settings.databaseUrl ?? (embedded as Embedded).url;
  const database = openDatabase({ url, poolSize: settings.databasePoolSize, statementTimeoutMs: settings.statementTimeoutMs, log });
  const stop = async () => {
    await database.end();
    await embedded?.stop();
  };
  try {
    const [row] = await database.asOwner((client) => client.rows<{ major: number }>(sql`select current_setting('server_version_num')::int / 10000 as major`));
    if (row && row.major < OLDEST) throw new Error(`PostgreSQL ${row.major} is too old: Plinth needs ${OLDEST} or later`);
    await migrate(url, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { database, stop };
}
