/** From settings to a database that is ready: what the server and the command line both begin with. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Embedded, startEmbedded } from '../../db/embedded.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import type { Settings } from '../settings.ts';

export type Ready = { readonly database: Database; stop(): Promise<void> };

const OLDEST_POSTGRES = 15;

// After a crash PostgreSQL refuses connections until it has recovered; with the machine, it may come up after us.
const RECOVERY_MS = 60_000;
const CANNOT_CONNECT_NOW = '57P03';
const ASK_AGAIN_MS = 500;

// When a stop comes this far, nobody waits for an answer any more; what is cut off is rolled back.
const CLOSE_TIMEOUT_MS = 3_000;

/** Starts or finds PostgreSQL and brings the control schema up to date. `stop` ends what was started here. */
export async function openReadyDatabase(settings: Settings, log: Logger): Promise<Ready> {
  const { databaseUrl, dataDir, databasePoolSize: poolSize, workspacePoolSize, statementTimeoutMs } = settings;
  const server: Embedded = databaseUrl
    ? { url: databaseUrl, finish: async () => {}, stop: async () => {} }
    : await startEmbedded({ dataDir, log });
  const isPreparing = settings.hasPreparedStatements;
  const database = openDatabase({ url: server.url, poolSize, workspacePoolSize, statementTimeoutMs, isPreparing, log });
  const stop = async () => {
    await Promise.race([database.end(), wait(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    await server.stop();
  };
  try {
    await checkVersion(database, log);
    await migrate(server.url, log);
    await server.finish();
  } catch (error) {
    await stop();
    throw error;
  }
  return { database, stop };
}

/** With one, SQL that reaches the login role reaches the machine. */
export async function warnOfSuperuser(database: Database, log: Logger): Promise<void> {
  const [row] = await database.asOwner((client) =>
    client.rows<{ isSuperuser: boolean }>(
      sql`select rolsuper as "isSuperuser" from pg_catalog.pg_roles where rolname = current_user`,
    ),
  );
  if (row?.isSuperuser)
    log.warn(
      'DATABASE_URL logs in as a superuser: give Plinth a role of its own (docs/operations.md, "Which PostgreSQL")',
    );
}

async function checkVersion(database: Database, log: Logger): Promise<void> {
  const [row] = await patiently(log, () =>
    database.asOwner((client) =>
      client.rows<{ major: number }>(sql`select current_setting('server_version_num')::int / 10000 as major`),
    ),
  ).catch((cause) => {
    throw new Error(`The database cannot be reached: ${reasonOf(cause)}`, { cause });
  });
  if (row && row.major < OLDEST_POSTGRES) {
    throw new Error(`Plinth needs PostgreSQL ${OLDEST_POSTGRES} or later, and the database is PostgreSQL ${row.major}`);
  }
}

/**
 * Asks again while PostgreSQL is starting. That it isn't there at all is known at once, and better said than waited
 * for.
 */
async function patiently<T>(log: Logger, ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + RECOVERY_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== CANNOT_CONNECT_NOW || performance.now() > deadline) throw error;
      log.info({ reason: reasonOf(error) }, 'waiting for the database');
      await wait(ASK_AGAIN_MS);
    }
  }
}

/** One line. Where a name has several addresses, Node gives the reasons in `errors` and an empty message. */
export function reasonOf(error: unknown): string {
  const { message, errors } = error as { message?: string; errors?: readonly Error[] };
  return (message || errors?.[0]?.message || String(error)).split('\n')[0] as string;
}
