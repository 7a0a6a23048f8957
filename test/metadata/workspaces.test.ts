/** Workspaces that go while somebody uses them. */

import pg from 'pg';
import { expect, test } from 'vitest';
import { ident } from '../../db/sql.ts';
import { createWorkspace, deleteWorkspace, listWorkspaces } from '../../server/changes/workspaces.ts';
import { alone } from '../fixture.ts';

const WAITING = `select from pg_locks
where not granted and database = (select oid from pg_database where datname = current_database())`;

test('a workspace is deleted although somebody locks its tables in another order', async () => {
  const { database, databaseUrl, close } = await alone();
  const { schema } = await createWorkspace(database, { name: 'busy' });
  const other = new pg.Client({ connectionString: databaseUrl });
  await other.connect();
  const { rows: tables } = await other.query(
    `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r' order by oid`,
    [schema],
  );
  const locking = (table: { name: string }) => `lock table ${ident(schema)}.${ident(table.name)}`;
  // The deletion is the one that looks for a deadlock first, and so the one that is ended.
  await other.query(`begin; set local deadlock_timeout = '20s'; ${locking(tables.at(-1))}`);
  const deleting = deleteWorkspace(database, 'busy');
  await expect.poll(async () => (await other.query(WAITING)).rowCount, { interval: 10 }).toBe(1);
  for (const table of tables) await other.query(locking(table));
  await other.query('commit');
  await deleting;
  expect(await listWorkspaces(database)).toEqual([]);
  await other.end();
  await close();
});
