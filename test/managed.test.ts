/**
 * A PostgreSQL where nobody is superuser, as those for rent are: the login role may make roles, and owns its database.
 */

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { expect, inject, type TestContext, test } from 'vitest';
import type { Database } from '../db/pool.ts';
import { sql } from '../db/sql.ts';
import { ALL_FLAGS } from '../server/access/roles.ts';
import { openReadyDatabase } from '../server/boot/start.ts';
import { adoptWorkspace } from '../server/changes/adopt-schema.ts';
import { changeModel } from '../server/changes/apply.ts';
import { createWorkspace, deleteWorkspace, listWorkspaces } from '../server/changes/workspaces.ts';
import { allObjects } from '../server/metadata/objects.ts';
import { openModelCache } from '../server/records/schema-cache.ts';
import { makeRole, removeRole } from '../server/roles/changes.ts';
import { setFieldPermissions, setRowRules } from '../server/roles/permissions.ts';
import { readSettings } from '../server/settings.ts';
import { fullSnapshot } from '../server/store/snapshot.ts';
import '../server/graphile-env.ts';

const log = pino({ level: 'silent' });

/** A database of such a login role. */
async function managed({ skip, onTestFinished }: Pick<TestContext, 'skip' | 'onTestFinished'>) {
  const name = `managed_${randomBytes(4).toString('hex')}`;
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
  /** As a superuser, in the same database. */
  const asAdmin = async (text: string) => {
    const client = new pg.Client({
      connectionString: Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).href,
    });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  return { name, database, asAdmin };
}

async function roleOf(database: Database, schema: string): Promise<string> {
  const [workspace] = await database.asOwner((client) =>
    client.rows<{ role: string }>(
      sql`select role_name as role from plinth.workspaces where schema_name = ${sql.value(schema)}`,
    ),
  );
  return workspace?.role as string;
}

test('makes, serves and deletes workspaces, and notices changes by hand within 5 s', async ({
  skip,
  onTestFinished,
}) => {
  const { name, database } = await managed({ skip, onTestFinished });
  const { schema } = await createWorkspace(database, { name });
  const who = { schema, role: await roleOf(database, schema) };
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

test('adopts schemas whose tables it may grant, and says which it may not', async ({ skip, onTestFinished }) => {
  const { name, database, asAdmin } = await managed({ skip, onTestFinished });
  const owner = `${name}_owner`;
  await asAdmin(`
    create role ${owner};
    create schema shop authorization ${owner};
    create table shop.products (id uuid primary key default gen_random_uuid(), name text not null);
    insert into shop.products (name) values ('Anvil');
    alter table shop.products owner to ${owner}`);
  onTestFinished(() => asAdmin(`drop schema if exists shop cascade; drop owned by ${owner}; drop role ${owner}`));

  await expect(adoptWorkspace(database, { schema: 'shop', name })).rejects.toThrow(
    "belong to roles that Plinth's login role is no member of, so that it cannot grant their use: products",
  );
  await asAdmin(`grant ${owner} to ${name}`);
  const { schema } = await adoptWorkspace(database, { schema: 'shop', name });
  const who = { schema, role: await roleOf(database, schema) };
  await database.withConnection(who, ({ run }) => run(`insert into products (name) values ('Rope')`));
  const models = await openModelCache({ database, maxSchemas: 2, log });
  onTestFinished(() => models.stop());
  expect((await models.get(schema)).model.objects.map(({ namePlural }) => namePlural)).toEqual(['products']);
  // What its owner makes later is the workspace's too.
  await asAdmin(`set role ${owner}; create table shop.carts (id uuid primary key)`);
  await database.withConnection(who, ({ run }) => run('insert into carts (id) values (gen_random_uuid())'));
  expect(await listWorkspaces(database)).toMatchObject([{ name, schema: 'shop', objects: 2 }]);
  await deleteWorkspace(database, name);
  await asAdmin('select from shop.products');
});

test('restricts roles to fields and records, and drops them', async ({ skip, onTestFinished }) => {
  const { name, database } = await managed({ skip, onTestFinished });
  const { id, schema } = await createWorkspace(database, { name });
  const models = await openModelCache({ database, maxSchemas: 2, log });
  onTestFinished(() => models.stop());
  const settings = { ...readSettings({}), publicUrl: 'http://plinth.test' };
  const asker = { database, models, settings, principal: { workspaceId: id, schema, flags: ALL_FLAGS } };
  const company = allObjects(await fullSnapshot(asker)).find(({ nameSingular }) => nameSingular === 'company');
  const objectMetadataId = company?.id as string;
  const { id: roleId } = await makeRole(asker, { label: 'Sales', canReadAllObjectRecords: true });
  const fieldMetadataId = company?.fields.find((field) => field.name === 'domainName')?.id as string;
  await setFieldPermissions(asker, {
    roleId,
    fieldPermissions: [{ objectMetadataId, fieldMetadataId, canReadFieldValue: false }],
  });
  await setRowRules(asker, { roleId, rowRules: [{ objectMetadataId, filter: { employees: { lt: 100 } } }] });
  await database.asOwner(({ run }) =>
    run(`insert into ${schema}.companies (name, employees) values ('Small', 5), ('Big', 5000)`),
  );
  const who = { schema, role: `${schema}__sales` };
  const asSales = (text: string) => database.withConnection(who, async ({ raw }) => (await raw.query(text)).rows);
  expect(await asSales('select name from companies')).toEqual([{ name: 'Small' }]);
  await expect(asSales('select domain_name_primary_link_url from companies')).rejects.toThrow('permission');
  await expect(asSales(`insert into companies (name) values ('x')`)).rejects.toThrow('permission');
  await removeRole(asker, roleId);
  await makeRole(asker, { label: 'Sales', canReadAllObjectRecords: true });
  await deleteWorkspace(database, name);
  expect(
    await database.asOwner(({ raw }) => raw.query('select from pg_roles where rolname like $1', [`${schema}%`])),
  ).toMatchObject({ rowCount: 0 });
});

test('gives tables to an owner role where other SQL may run, and takes them back from a schema that stays', async ({
  skip,
  onTestFinished,
}) => {
  const { name, database, asAdmin } = await managed({ skip, onTestFinished });
  const models = await openModelCache({ database, maxSchemas: 2, log });
  onTestFinished(() => models.stop());
  const ownerOf = async (table: string) => {
    const [row] = await database.asOwner((client) =>
      client.rows<{ owner: string }>(
        sql`select pg_get_userbyid(relowner)::text as owner from pg_class where oid = to_regclass(${sql.value(table)})`,
      ),
    );
    return row?.owner;
  };
  const { id, schema } = await createWorkspace(database, { name });
  await asAdmin(`create view ${schema}.v as select 1 as one`);
  const who = { schema, role: await roleOf(database, schema) };
  await database.withConnection(who, ({ run }) => run(`insert into companies (name) values ('ESA')`));
  expect(await ownerOf(`${schema}.companies`)).toBe(`owner_of_${schema}`);
  await changeModel(database, { workspaceId: id, schema }, (model) => ({
    ...model,
    objects: model.objects.map((object) => ({ ...object, description: 'changed' })),
  }));
  await deleteWorkspace(database, name);

  const owner = `${name}_owner`;
  await asAdmin(`
    create role ${owner}; grant ${owner} to ${name};
    create schema shop authorization ${owner}; grant create on schema shop to ${name}`);
  onTestFinished(() => asAdmin(`drop schema if exists shop cascade; drop owned by ${owner}; drop role ${owner}`));
  await database.asOwner(({ run }) => run('create table shop.extra (id uuid primary key)'));
  await adoptWorkspace(database, { schema: 'shop', name: `${name}_shop` });
  const shopper = { schema: 'shop', role: await roleOf(database, 'shop') };
  await database.withConnection(shopper, ({ run }) => run('insert into extra values (gen_random_uuid())'));
  expect(await ownerOf('shop.extra')).toBe(`owner_of_ws_${name}_shop`);
  await deleteWorkspace(database, `${name}_shop`);
  expect(await ownerOf('shop.extra')).toBe(name);
});
