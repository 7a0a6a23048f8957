/** `plinth workspace adopt`: an existing schema is served as it is, and nothing in it changes but grants. */

import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { ident } from '../db/sql.ts';
import { describeSchema } from '../server/catalog/fingerprint.ts';
import { adoptWorkspace } from '../server/changes/adopt-schema.ts';
import { deleteWorkspace } from '../server/changes/workspaces.ts';
import { server, workspace } from './fixture.ts';

const CHINOOK = readFileSync(new URL('./data/chinook.sql', import.meta.url), 'utf8');
// Names as others have them: of another case, with a space.
const SCHEMA = `Music store ${process.pid}`;
const OWNER = `musician_${process.pid}`;

let it: Awaited<ReturnType<typeof workspace>>;
let before: string;

async function asOwner<T>(text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function catalog(): Promise<string> {
  const { database } = await server();
  return database.asOwner((client) => describeSchema(client, SCHEMA));
}

beforeAll(async () => {
  await asOwner(`
    create role ${ident(OWNER)};
    create schema ${ident(SCHEMA)} authorization ${ident(OWNER)};
    set search_path to ${ident(SCHEMA)};
    set role ${ident(OWNER)};
    ${CHINOOK}`);
  before = await catalog();
  it = await workspace((database, name) => adoptWorkspace(database, { schema: SCHEMA, name }));
}, 30_000);

afterAll(async () => {
  await asOwner(`drop schema ${ident(SCHEMA)} cascade; drop role ${ident(OWNER)}`);
});

test('nothing in the schema has changed but grants', async () => {
  expect(before).toMatch(/table track \(r\)/);
  expect(await catalog()).toBe(before);
});

test('its tables are served: relations both ways, filters through them, writes', async () => {
  const { artists } =
    await it.gql(`{ artists(filter: { albums: { some: { title: { startsWith: "Let" } } } }) { edges { node {
    name albums { edges { node { title tracks { totalCount } } } } } } } }`);
  expect(artists.edges).toEqual([
    {
      node: {
        name: 'AC/DC',
        albums: {
          edges: [
            { node: { title: 'For Those About To Rock', tracks: { totalCount: 2 } } },
            { node: { title: 'Let There Be Rock', tracks: { totalCount: 1 } } },
          ],
        },
      },
    },
  ]);
  const made = await it.rest('POST', '/rest/employees?depth=1', { firstName: 'Laura', employeeByReportsToId: 1 });
  expect(made).toMatchObject({ status: 201, body: { data: { createEmployee: { employeeByReportsTo: { id: '1' } } } } });
  const { id } = made.body.data.createEmployee;
  expect((await it.rest('PATCH', `/rest/employees/${id}`, { firstName: 'Lara' })).status).toBe(200);
  expect((await it.rest('DELETE', `/rest/employees/${id}`)).status).toBe(200);
});

test('objects and fields can be added through the metadata API', async () => {
  const { createOneObject } = await it.metadata(
    `mutation { createOneObject(input: { object: { nameSingular: "gig", namePlural: "gigs", labelSingular: "Gig", labelPlural: "Gigs" } }) { id } }`,
  );
  await it.metadata('mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }', {
    field: { objectMetadataId: createOneObject.id, type: 'NUMBER', name: 'guests', label: 'Guests' },
  });
  const { createGig } = await it.gql(
    'mutation { createGig(data: { name: "Live", guests: 12 }) { name guests createdBy { source } } }',
  );
  expect(createGig).toEqual({ name: 'Live', guests: 12, createdBy: { source: 'API' } });
});

test('a table that its owner makes later is served at once', async () => {
  const plain = ident(SCHEMA);
  await asOwner(
    `set role ${ident(OWNER)}; create table ${plain}.instrument (instrument_id serial primary key, name text)`,
  );
  await it.untilServed('instruments');
  expect((await it.rest('POST', '/rest/instruments', { name: 'Lute' })).status).toBe(201);
  await asOwner(`drop table ${plain}.instrument`);
  await vi.waitFor(async () => expect((await it.rest('GET', '/rest/instruments')).status).toBe(400), {
    timeout: 10_000,
  });
});

test.each([
  ['no_such_schema', undefined, 'There is no schema "no_such_schema"'],
  ['pg_catalog', undefined, 'The schema "pg_catalog" cannot hold a workspace'],
  ['plinth', undefined, 'The schema "plinth" cannot hold a workspace'],
  [SCHEMA, undefined, `"${SCHEMA}" is not a valid workspace name; choose one with --name`],
  [SCHEMA, 'again', `There is a workspace named "again", or one of the schema "${SCHEMA}", already`],
])('%s as %s is refused', async (schema, name, message) => {
  const { database } = await server();
  await expect(adoptWorkspace(database, { schema, name })).rejects.toThrow(message);
});

test('deleting the workspace leaves the schema with its records, and no grants', async () => {
  const { database } = await server();
  const other = await workspace((db, name) => adoptWorkspace(db, { schema: 'left_behind', name })).catch(() => null);
  expect(other).toBeNull();
  await asOwner(
    'create schema left_behind; create table left_behind.thing (id serial primary key); insert into left_behind.thing default values',
  );
  const { name } = await adoptWorkspace(database, { schema: 'left_behind' });
  await deleteWorkspace(database, name);
  expect(await asOwner('select id from left_behind.thing')).toEqual([{ id: 1 }]);
  const [grants] = await asOwner<{ acl: string }>(
    "select coalesce(relacl::text, '') as acl from pg_class where oid = 'left_behind.thing'::regclass",
  );
  expect(grants?.acl).not.toMatch(/ws_/);
  expect(await asOwner("select from pg_roles where rolname = 'ws_left_behind'")).toEqual([]);
  expect(
    await asOwner(
      `select from pg_default_acl as d join pg_namespace as n on n.oid = d.defaclnamespace
      where n.nspname = 'left_behind'`,
    ),
  ).toEqual([]);
  await asOwner('drop schema left_behind cascade');
});
