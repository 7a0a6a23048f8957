/** Brings the control schema up to date: node-pg-migrate over `migrations/`, one file a change. */

import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runMigrations } from 'graphile-worker';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Database } from './pool.ts';
import { sql } from './sql.ts';

const DIRECTORY = fileURLToPath(new URL('migrations/', import.meta.url));
const TABLE = { migrationsTable: 'migrations', migrationsSchema: 'plinth', createMigrationsSchema: true } as const;

/**
 * Names that databases from before 0.1.0 know migrations by. Two each had the numbers 2, 3, 9 and 11.
 */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  '2_indexes-and-aliases': '3_indexes-and-aliases',
  '3_imports': '4_imports',
  '3_model-jobs': '5_model-jobs',
  '4_adopted-workspaces': '6_adopted-workspaces',
  '5_roles': '7_roles',
  '6_keys-and-audit': '8_keys-and-audit',
  '7_webhooks': '9_webhooks',
  '8_members': '10_members',
  '9_role-grants': '11_role-grants',
  '9_row-rules': '12_row-rules',
  '10_delivery-requests': '13_delivery-requests',
  '11_api-usage': '14_api-usage',
  '11_password-sessions': '15_password-sessions',
  '12_known-by-hand': '16_known-by-hand',
  '13_idempotent-rights': '17_idempotent-rights',
  '14_workspace-logins': '18_workspace-logins',
  '15_foreign-owners': '19_foreign-owners',
  '16_table-owners': '20_table-owners',
};

/** Runs what hasn't run yet, in one transaction. Of several processes one does it, under a lock; the others wait. */
export async function migrate(url: string, log: Logger): Promise<void> {
  await renameMigrations(url);
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

async function renameMigrations(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(`select to_regclass('plinth.migrations') is not null as "isThere"`);
    if (!rows[0]?.isThere) return;
    await client.query(
      `update plinth.migrations as done
       set name = renamed.name
       from unnest($1::text[], $2::text[]) as renamed (former, name)
       where done.name = renamed.former`,
      [Object.keys(FORMER_NAMES), Object.values(FORMER_NAMES)],
    );
  } finally {
    await client.end();
  }
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
