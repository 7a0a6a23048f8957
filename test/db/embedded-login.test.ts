/** The bundled PostgreSQL: Plinth logs in as a role that is no superuser, also where an earlier version was one. */

import '../../server/graphile-env.ts';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startEmbedded } from '../../db/embedded.ts';
import { migrate } from '../../db/migrate.ts';
import { openDatabase } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { openReadyDatabase } from '../../server/boot/start.ts';
import { adoptWorkspace } from '../../server/changes/adopt-schema.ts';
import { changeModel } from '../../server/changes/apply.ts';
import { createWorkspace, deleteWorkspace } from '../../server/changes/workspaces.ts';
import { openModelCache } from '../../server/records/schema-cache.ts';
import { readSettings } from '../../server/settings.ts';
import { superuserUrl } from '../global-setup.ts';

const log = pino({ level: 'silent' });

async function query(url: string, text: string): Promise<any[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('what an earlier version made as the superuser is served and changed by the login role', async ({
  onTestFinished,
}) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'plinth-login-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  await chmod(dataDir, 0o755);

  // As it was: everything is the superuser's.
  const embedded = await startEmbedded({ dataDir, log });
  const admin = await superuserUrl(embedded.url, dataDir);
  await query(admin, 'alter database plinth owner to postgres');
  await migrate(admin, log);
  const before = openDatabase({ url: admin, poolSize: 2, statementTimeoutMs: 15_000, log });
  const { id, schema } = await createWorkspace(before, { name: 'old' });
  await query(
    admin,
    `insert into ${schema}.companies (name) values ('ESA');
     create role alice; create schema shop authorization alice; create table shop.items (id uuid primary key,
       name text);
     alter table shop.items owner to alice; create table ${schema}.things (id uuid primary key default gen_random_uuid(), name text)`,
  );
  await adoptWorkspace(before, { schema: 'shop' });
  await before.end();
  await embedded.stop();

  const { database, stop } = await openReadyDatabase(readSettings({ PLINTH_DATA_DIR: dataDir }), log);
  onTestFinished(stop);
  const [login] = await database.asOwner((client) =>
    client.rows<object>(sql`
      select current_user::text as name, rolsuper as "isSuperuser",
        (select count(*)::int from pg_event_trigger) as triggers
      from pg_roles where rolname = current_user`),
  );
  expect(login).toEqual({ name: 'plinth', isSuperuser: false, triggers: 2 });
  await expect(database.asOwner(({ run }) => run(`copy (select 1) to program 'true'`))).rejects.toThrow('permission');
  await expect(database.asOwner(({ run }) => run('reset role; set role postgres'))).rejects.toThrow('permission');

  const models = await openModelCache({ database, maxSchemas: 2, log });
  onTestFinished(() => models.stop());
  const names = async (of: string) => (await models.get(of)).model.objects.map(({ namePlural }) => namePlural);
  expect(await names(schema)).toEqual(expect.arrayContaining(['companies', 'things']));
  const ask = (role: string, of: string, text: string) =>
    database.withConnection({ schema: of, role }, async ({ raw }) => (await raw.query(text)).rows);
  expect(await ask('ws_old', schema, 'select name, session_user::text as session from companies')).toEqual([
    { name: 'ESA', session: 'plinth' },
  ]);
  expect(await ask('ws_shop', 'shop', 'select session_user::text as session')).toEqual([{ session: 'ws_shop' }]);
  // The model goes on being changed, and what is made has its grants.
  await changeModel(database, { workspaceId: id, schema }, (model) => ({
    objects: model.objects.map((object) =>
      object.namePlural === 'companies'
        ? { ...object, fields: object.fields.filter(({ name }) => name !== 'employees') }
        : object,
    ),
  }));
  await database.asOwner(({ run }) => run(`create table ${schema}.later (id uuid primary key)`));
  expect(await ask('ws_old', schema, 'select from later')).toEqual([]);
  // Changes by hand are heard of at once.
  await expect.poll(() => names(schema), { timeout: 2_000, interval: 20 }).toContain('laters');
  for (const name of ['old', 'shop']) await deleteWorkspace(database, name);
}, 120_000);
