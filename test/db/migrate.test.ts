/** Migrations are numbered once, and a database that knows them by former names is up to date. */

import { readdir } from 'node:fs/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { migrate, pendingMigrations } from '../../db/migrate.ts';
import { sql } from '../../db/sql.ts';
import { alone } from '../fixture.ts';

const log = pino({ level: 'silent' });

test('migrations are numbered from 1 without a gap', async () => {
  const files = await readdir(new URL('../../db/migrations/', import.meta.url));
  const numbers = files.map((file) => Number.parseInt(file, 10)).sort((a, b) => a - b);
  expect(numbers).toEqual(files.map((_, i) => i + 1));
});

test('a database that knows migrations by their former names has none to run', async () => {
  const { database, databaseUrl, close } = await alone();
  try {
    const formerly = { '4_imports': '3_imports', '5_model-jobs': '3_model-jobs', '12_row-rules': '9_row-rules' };
    for (const [name, former] of Object.entries(formerly))
      await database.asOwner((client) =>
        client.rows(sql`update plinth.migrations set name = ${sql.value(former)} where name = ${sql.value(name)}`),
      );
    expect(await pendingMigrations(database)).toEqual(Object.keys(formerly).sort());
    await migrate(databaseUrl, log);
    expect(await pendingMigrations(database)).toEqual([]);
  } finally {
    await close();
  }
});
