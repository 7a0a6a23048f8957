/** Brings the control schema up to date: node-pg-migrate over `migrations/`, one file a change. */

import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runMigrations } from 'graphile-worker';
import { runner } from 'node-pg-migrate';
import type { Logger } from 'pino';
import type { Database } from './pool.ts';
import { sql } from './sql.ts';

const DIRECTORY = fileURLToPath(new URL('migrations/', import.meta.url));
const TABLE = { migrationsTable: 'migrations', migrationsSchema: 'plinth', createMigrationsSchema: true } as const;

/** Runs what hasn't run yet, in one transaction. Of several processes one does it, under a lock; the others wait. */
export async function migrate(url: string, log: Logger): Promise<void> {
  const done = await runner({
    databaseUrl: url,
    dir: DIRECTORY,
    direction: 'up',
    count: Number.POSITIVE_INFINITY,
    ...TABLE,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    },
  });
  await runMigrations({ connectionString: url }); // the schema graphile_worker: what is to be done in the background
  if (done.length > 0) log.info({ migrations: done.map(({ name }) => name) }, 'migrated the control schema');
}

/** Names of the migrations that the database doesn't have yet. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const files = (await readdir(DIRECTORY)).map((file) => file.replace(/\.\w+$/, ''));
  const rows = await database.lookUp((client) =>
    client.rows<{ name: string }>(sql`select name from plinth.migrations`),
  );
  const done = new Set(rows.map(({ name }) => name));
  return files.filter((name) => !done.has(name)).sort();
}
