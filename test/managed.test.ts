/** A PostgreSQL where nobody is superuser, as those for rent are: the login role may make roles, and owns its database. */

import '../server/graphile-env.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { sql } from '../db/sql.ts';
import { createWorkspace, deleteWorkspace } from '../server/metadata/workspaces.ts';
import { openModelCache } from '../server/records/schema-cache.ts';
import { readSettings } from '../server/settings.ts';
import { openReadyDatabase } from '../server/start.ts';

const log = pino({ level: 'silent' });
const name = `managed_${randomBytes(4).toString('hex')}`;

test('makes, serves and deletes workspaces, and notices changes by hand within 5 s', async ({
  skip,
  onTestFinished,
}) => {
  const admin = new pg.Client({ connectionString: inject('databaseUrl') });
  await admin.connect();
  onTestFinished(() => admin.end());
  const { rows } = await admin.query('select rolsuper as "isSuperuser" from pg_roles where rolname = current_user');
  skip(!rows[0].isSuperuser, 'the whole run is by such a login role');
  await admin.query(`create role ${name} login createrole password 'managed'`);
  await admin.query(`create database ${name} owner ${name}`);
  onTestFinished(async () => {
    await admin.query(`drop database ${name}`);
    await admin.query(`drop role ${name}`);
  });

  const url = new URL(inject('databaseUrl'));
  Object.assign(url, { username: name, password: 'managed', pathname: `/${name}` });
  const { database, stop } = await openReadyDatabase(readSettings({ DATABASE_URL: url.href }), log);
  onTestFinished(stop);
  const { schema } = await createWorkspace(database, { name });
  const [workspace] = await database.asOwner((client) =>
    client.rows<{ role: string }>(sql`select role_name as role from plinth.workspaces`),
  );
  const who = { schema, role: workspace?.role as string };
  await database.withConnection(who, ({ run }) => run(`insert into companies (name) values ('ESA')`));
  await expect(database.withConnection(who, ({ run }) => run('table plinth.api_keys'))).rejects.toThrow('permission');

  const models = await openModelCache({ database, maxSchemas: 2, log });
  onTestFinished(() => models.stop());
  const { fingerprint } = await models.get(schema);
  await database.asOwner(({ run }) => run(`alter table ${schema}.companies add column motto text`));
  const now = async () => (await models.get(schema)).fingerprint;
  await expect.poll(now, { timeout: 5_000, interval: 50 }).not.toBe(fingerprint);
  await deleteWorkspace(database, name);
});
