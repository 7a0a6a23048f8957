/**
 * Every object × every operation of GraphQL and REST × roles of differing permissions: what the APIs answer is held
 * against what Postgres says of the role itself, by `set role` and by its privileges. Nothing here is a list by hand:
 * objects, operations and fields are the model's. Once in a workspace with tables and columns made by hand beside its
 * own, once in a schema that was there before.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import {
  buildSchema,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'postgraphile/grafast/graphql';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OperationKind, operationsOf } from '../../openapi/operations.ts';
import { columnsFor, type ServedObject } from '../../server/catalog/served.ts';
import { adoptWorkspace } from '../../server/changes/adopt-schema.ts';
import { BASE_FIELDS, joinName } from '../../server/model/model.ts';
import { camelCase, upperFirst } from '../../server/model/names.ts';
import type { Served } from '../../server/records/schema-cache.ts';
import { server, workspace } from '../fixture.ts';
import { asRole, makeRole, type Permissions, type Workspace } from '../roles.ts';

const READ = { canReadAllObjectRecords: true, canAccessAllTools: true };
const WRITE = { ...READ, canUpdateAllObjectRecords: true };
const NOTHING = { read: false, update: false, softDelete: false, destroy: false };

const BY_HAND = `
  create table pads (pad_no int generated always as identity primary key, name text, soil text);
  create table launches (
    id uuid primary key default gen_random_uuid(),
    mission text, orbit text, payload text, manifest text generated always as (lower(payload)) stored,
    deleted_at timestamptz, created_at timestamptz not null default now(),
    company_id uuid references companies, pad_no int references pads
  );
  alter table companies add column vat_number text, add column motto text,
  add column shout text generated always as (upper(name)) stored;
  alter table people add column badge text`;

const ROLES: Readonly<Record<string, Permissions>> = {
  'reads, but for some fields': {
    ...READ,
    objects: { task: { destroy: true }, note: { softDelete: true }, launch: { update: true } },
    fields: {
      'company.vatNumber': { read: false },
      'launch.payload': { read: false },
      'pad.soil': { read: false },
      'company.name': { read: false },
      'person.company': { read: false },
      'opportunity.amount': { read: false },
    },
  },
  'writes, but for some objects and fields': {
    ...WRITE,
    objects: {
      company: NOTHING,
      opportunity: { update: false },
      person: { softDelete: true, destroy: true },
      pad: NOTHING,
      launch: { softDelete: true },
    },
    fields: {
      'launch.orbit': { update: false },
      'person.city': { update: false },
      'opportunity.stage': { update: true },
      'task.title': { read: false },
    },
  },
  'has what it was granted': {
    canAccessAllTools: true,
    objects: {
      opportunity: { read: true, update: true },
      note: { read: true, softDelete: true, destroy: true },
      pad: { read: true, update: true },
    },
    fields: {
      'launch.mission': { read: true, update: true },
      'person.badge': { read: true },
      'person.name': { read: true },
      'person.city': { read: true, update: true },
    },
  },
  'destroys, and does all else': {
    ...WRITE,
    canSoftDeleteAllObjectRecords: true,
    canDestroyAllObjectRecords: true,
    fields: { 'company.domainName': { update: false }, 'company.motto': { update: false } },
  },
};

const ROLES_IN_ADOPTED: Readonly<Record<string, Permissions>> = {
  'reads, but for some fields': {
    ...READ,
    objects: { genre: { update: true }, playlist: { destroy: true } },
    fields: { 'track.name': { read: false }, 'album.artist': { read: false }, 'customer.email': { read: false } },
  },
  'writes, but for some objects and fields': {
    ...WRITE,
    objects: {
      artist: NOTHING,
      genre: { update: false },
      album: { update: true },
      playlist: { update: true, destroy: true },
    },
    fields: {
      'customer.vip': { update: false },
      'genre.name': { update: true },
      'employee.firstName': { read: false },
    },
  },
  'has what it was granted': {
    canAccessAllTools: true,
    objects: { album: { read: true, update: true }, genre: { read: true, destroy: true } },
    fields: { 'track.milliseconds': { read: true }, 'customer.vip': { read: true, update: true } },
  },
  'destroys, and does all else': {
    ...WRITE,
    canSoftDeleteAllObjectRecords: true,
    canDestroyAllObjectRecords: true,
    fields: { 'invoice.state': { update: false }, 'employee.firstName': { read: false } },
  },
};

type Deed = 'read' | 'create' | 'update' | 'delete' | 'destroy' | 'merge';

let space: Workspace;
let whole: Served;
let psql: pg.Client;

async function enter(made: Workspace): Promise<void> {
  space = made;
  whole = await (await server()).models.get(space.schema);
  await psql.query(`set search_path to ${pg.escapeIdentifier(space.schema)}`);
}

beforeAll(async () => {
  psql = new pg.Client({ connectionString: inject('databaseUrl') });
  await psql.connect();
  return () => psql.end();
});

async function adopted(): Promise<Workspace> {
  const schema = `music_${randomUUID().slice(0, 8)}`;
  const chinook = readFileSync(new URL('../data/chinook.sql', import.meta.url), 'utf8');
  await psql.query(`create schema ${schema}; set search_path to ${schema}; ${chinook}`);
  schemas.push(schema);
  return workspace((database, name) => adoptWorkspace(database, { schema, name }));
}

/** Of adopted workspaces, which stay when these go. */
const schemas: string[] = [];
afterAll(async () => {
  for (const schema of schemas) await psql.query(`drop schema ${schema} cascade`);
});

/** Does Postgres let the role run it? */
async function lets(role: string, statement: string): Promise<boolean> {
  await psql.query(`begin; set local role ${pg.escapeIdentifier(role)}`);
  try {
    await psql.query(statement);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    return false;
  } finally {
    await psql.query('rollback');
  }
}

type Columns = Readonly<Record<'select' | 'insert' | 'update', ReadonlySet<string>>>;

async function columnsOf(role: string, table: string): Promise<Columns> {
  const { rows } = await psql.query(
    `select attname, has_column_privilege($1, attrelid, attnum, 'select') as select,
    has_column_privilege($1, attrelid, attnum, 'insert') as insert,
       has_column_privilege($1, attrelid, attnum, 'update') as update
     from pg_attribute where attrelid = quote_ident($2)::regclass and attnum > 0 and not attisdropped`,
    [role, table],
  );
  const of = (privilege: string) => new Set<string>(rows.filter((row) => row[privilege]).map(({ attname }) => attname));
  return { select: of('select'), insert: of('insert'), update: of('update') };
}

/** What of a deed is done to a table, by what Postgres lets the role do. */
async function deedsOf(role: string, table: string, served: ServedObject): Promise<Readonly<Record<Deed, boolean>>> {
  const name = pg.escapeIdentifier(table);
  const { rows: generated } = await psql.query(
    `select attname as name from pg_attribute
     where attrelid = quote_ident($1)::regclass and (attgenerated <> '' or attidentity = 'a')`,
    [table],
  );
  const isStored = ({ column }: { column: string }) => !generated.some(({ name }) => name === column);
  const columns = served.fields
    .flatMap((field) => columnsFor(served, field).map((column) => ({ field, column: column.name })))
    .filter(isStored);
  const key = pg.escapeIdentifier(served.key.column);
  const telling = columns.filter(({ field }) => !BASE_FIELDS.has(field.name));
  const any = async (statement: (column: string) => string) => {
    for (const { column } of telling) if (await lets(role, statement(pg.escapeIdentifier(column)))) return true;
    return false;
  };
  const all = async (statements: readonly string[]) => {
    for (const statement of statements) if (!(await lets(role, statement))) return false;
    return true;
  };
  const { rows: referrers } = await psql.query(
    `select conrelid::regclass::text as table, attname as column from pg_constraint
     join pg_attribute on attrelid = conrelid and attnum = any (conkey)
     where contype = 'f' and confrelid = quote_ident($1)::regclass`,
    [table],
  );
  const destroy = await lets(role, `delete from ${name} where false`);
  const isSoft = columns.some(({ column }) => column === 'deleted_at');
  return {
    read: await lets(role, `select ${key} from ${name} limit 0`),
    create: await any((column) => `insert into ${name} (${column}) select null from ${name} where false`),
    update: await any((column) => `update ${name} set ${column} = null where false`),
    delete: isSoft && (await lets(role, `update ${name} set deleted_at = null where false`)),
    destroy,
    merge:
      destroy &&
      (await all([
        `select * from ${name} limit 0`,
        ...columns.map(({ column }) => `update ${name} set ${pg.escapeIdentifier(column)} = null where false`),
        ...referrers.map(
          ({ table: child, column }) => `update ${child} set ${pg.escapeIdentifier(column)} = null where false`,
        ),
      ])),
  };
}

/** An id of no record. */
function nobodysId({ key: { type } }: ServedObject): string {
  return type === 'uuid' ? randomUUID() : type === 'text' ? 'ZZ' : String(20_000 + Math.floor(Math.random() * 10_000));
}

// Operations ---------------------------------------------------------------------------------------------------------

/** Of an object, in GraphQL: root fields with their deed, and arguments that harm nobody. */
function operationsIn(schema: GraphQLSchema, served: ServedObject): { deed: Deed; name: string; source: string }[] {
  const { nameSingular, namePlural } = served.object;
  const [one, many] = [upperFirst(nameSingular), upperFirst(namePlural)];
  const literal = () => (served.key.type === 'int' ? nobodysId(served) : `"${nobodysId(served)}"`);
  const id = literal();
  const filter = `filter: { id: { eq: ${id} } }`;
  const candidates: [Deed, 'query' | 'mutation', string, string, string][] = [
    ['read', 'query', namePlural, '', '{ totalCount }'],
    ['read', 'query', nameSingular, filter, '{ id }'],
    ['read', 'query', `${namePlural}GroupBy`, 'groupBy: [{ id: true }]', '{ totalCount }'],
    ['read', 'query', `${nameSingular}Duplicates`, `ids: [${id}]`, '{ edges { cursor } }'],
    ['create', 'mutation', `create${one}`, 'data: {}', '{ id }'],
    ['create', 'mutation', `create${many}`, 'data: [{}]', '{ id }'],
    ['update', 'mutation', `update${one}`, `id: ${id}, data: {}`, '{ id }'],
    ['update', 'mutation', `update${many}`, `${filter}, data: {}`, '{ id }'],
    ['delete', 'mutation', `delete${one}`, `id: ${id}`, '{ id }'],
    ['delete', 'mutation', `delete${many}`, filter, '{ id }'],
    ['delete', 'mutation', `restore${one}`, `id: ${id}`, '{ id }'],
    ['delete', 'mutation', `restore${many}`, filter, '{ id }'],
    ['destroy', 'mutation', `destroy${one}`, `id: ${id}`, '{ id }'],
    ['destroy', 'mutation', `destroy${many}`, filter, '{ id }'],
    ['merge', 'mutation', `merge${many}`, `ids: [${id}, ${literal()}], conflictPriorityIndex: 0`, '{ id }'],
  ];
  return candidates.flatMap(([deed, kind, name, args, selection]) => {
    const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    if (!root?.getFields()[name]) return [];
    return [{ deed, name, source: `${kind} { ${name}${args && `(${args})`} ${selection} }` }];
  });
}

type RestOperation = { deed: Deed; query?: string; body?: unknown; more?: Deed };

const restOperations = (id: string, other: string): Readonly<Record<OperationKind, RestOperation>> => ({
  findMany: { deed: 'read', query: 'limit=1' },
  findOne: { deed: 'read' },
  groupBy: { deed: 'read', query: 'group_by=[{"id":true}]' },
  findDuplicates: { deed: 'read', body: { ids: [id] } },
  exportMany: { deed: 'read', query: 'fields=id' },
  watchMany: { deed: 'read', query: 'since=nowhere' }, // a stream would not end; whoever may not read isn't even told what is wrong
  createOne: { deed: 'create', body: {} },
  createMany: { deed: 'create', body: [{}] },
  importMany: { deed: 'create' },
  findImport: { deed: 'create', query: `import=${randomUUID()}` },
  updateOne: { deed: 'update', body: {} },
  updateMany: { deed: 'update', query: `filter=id[eq]:${id}`, body: {} },
  deleteOne: { deed: 'destroy', more: 'delete' },
  deleteMany: { deed: 'destroy', query: `filter=id[eq]:${id}`, more: 'delete' },
  restoreOne: { deed: 'delete' },
  restoreMany: { deed: 'delete', query: `filter=id[eq]:${id}` },
  mergeMany: { deed: 'merge', body: { ids: [id, other], conflictPriorityIndex: 0 } },
});

type Who = Awaited<ReturnType<typeof asRole>>;

async function isForbiddenInGraphql(who: Who, source: string): Promise<boolean> {
  const { body } = await who.rest('POST', '/graphql', { query: source });
  const [error] = body.errors ?? [];
  if (error?.extensions.code === 'GRAPHQL_VALIDATION_FAILED') throw new Error(`${source} → ${error.message}`);
  return error?.extensions.code === 'FORBIDDEN';
}

async function isForbiddenInRest(who: Who, method: string, path: string, body: unknown): Promise<boolean> {
  const isImport = method === 'post' && path.endsWith('/import');
  const response = await fetch(space.url + path, {
    method: method.toUpperCase(),
    headers: { ...who.who, 'Content-Type': isImport ? 'application/x-ndjson' : 'application/json' },
    ...(isImport ? { body: '\n' } : body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status >= 500) throw new Error(`${method} ${path} → ${text}`);
  return response.status === 403;
}

describe.each([
  [
    'a workspace, and what was made by hand in it',
    async () => {
      const made = await workspace();
      await made.sql(BY_HAND);
      await made.untilServed('launches');
      return made;
    },
    ROLES,
  ],
  ['a schema that was there before', adopted, ROLES_IN_ADOPTED],
] as const)('in %s', (_where, make, roles) => {
  beforeAll(async () => enter(await make()), 30_000);

  test('the operations below are all that there are', () => {
    const roots = [whole.schema.getQueryType(), whole.schema.getMutationType()] as GraphQLObjectType[];
    const there = roots.flatMap((root) =>
      Object.entries(root.getFields())
        .filter(([, { deprecationReason }]) => !deprecationReason)
        .map(([name]) => name),
    );
    const asked = [...whole.byTable.values()].flatMap((served) =>
      operationsIn(whole.schema, served).map(({ name }) => name),
    );
    expect(there.filter((name) => name !== 'search').sort()).toEqual([...new Set(asked)].sort());
  });

  describe.each(Object.entries(roles))('a role that %s', (label, permissions) => {
    let who: Who;
    let role: string;
    let schema: GraphQLSchema;

    beforeAll(async () => {
      const id = await makeRole(space, label, permissions);
      who = await asRole(space, id);
      role = (await space.rest('GET', `/rest/metadata/roles/${id}`)).body.databaseRole;
      schema = buildSchema(await (await fetch(`${space.url}/graphql/schema.graphql`, { headers: who.who })).text());
    });

    test('is answered as Postgres would answer it, operation by operation', async () => {
      const answers: Record<string, boolean> = {};
      const expected: Record<string, boolean> = {};
      for (const [table, served] of whole.byTable) {
        const may = await deedsOf(role, table, served);
        const asked: Promise<void>[] = [];
        const ask = (name: string, deed: Deed, isForbidden: Promise<boolean>) => {
          expected[name] = may[deed] && may.read;
          const note = (forbidden: boolean) => {
            answers[name] = !forbidden;
          };
          asked.push(isForbidden.then(note));
        };
        const hasSoftDeletion = served.fields.some(({ name }) => name === 'deletedAt');
        const isMeant = (deed: Deed) => deed !== 'delete' || hasSoftDeletion; // else nobody has it, whoever asks
        for (const { deed, name, source } of operationsIn(whole.schema, served))
          if (isMeant(deed)) ask(name, deed, isForbiddenInGraphql(who, source));
        await Promise.all(asked.splice(0));
        const rest = restOperations(nobodysId(served), nobodysId(served));
        for (const { kind, method, path } of operationsOf(served.object)) {
          const { deed, query = '', body, more } = rest[kind];
          const to = `/rest${path.replace('{id}', nobodysId(served))}?${query}`;
          if (isMeant(deed)) ask(`${method} ${path}`, deed, isForbiddenInRest(who, method, to, body));
          if (more && isMeant(more))
            ask(`${method} ${path} soft_delete`, more, isForbiddenInRest(who, method, `${to}&soft_delete=true`, body));
        }
        await Promise.all(asked);
      }
      expect(Object.keys(answers).length).toBeGreaterThan(200);
      expect(new Set(Object.values(expected))).toEqual(new Set([true, false]));
      expect(answers).toEqual(expected);
    });

    test('is shown, and takes, the fields of which it has the columns', async () => {
      const shown: Record<string, string[]> = {};
      const expected: Record<string, string[]> = {};
      const fieldsIn = (type: string) => {
        const found = schema.getType(type) as GraphQLObjectType | GraphQLInputObjectType | undefined;
        return Object.keys(found?.getFields() ?? {});
      };
      const seen = new Map<string, Columns>();
      for (const table of whole.byTable.keys()) seen.set(table, await columnsOf(role, table));
      for (const [table, served] of whole.byTable) {
        const own = seen.get(table) as Columns;
        const type = upperFirst(served.object.nameSingular);
        const has = (privilege: keyof Columns) =>
          served.fields.flatMap((field): string[] => {
            const columns = columnsFor(served, field).map(({ name }) => name);
            const target = served.relations.get(field.name);
            const related =
              target &&
              seen.get([...whole.byTable].find(([, { table: of }]) => of === target.targetTable)?.[0] as string);
            if (field.relation?.kind === 'ONE_TO_MANY')
              return privilege === 'select' && related?.select.has(target?.remoteColumn as string) ? [field.name] : [];
            if (!columns.every((column) => own[privilege].has(column) && own.select.has(column))) return [];
            if (!field.relation) return field.type === 'TS_VECTOR' && privilege !== 'select' ? [] : [field.name];
            return related?.select.has(target?.targetKey.column as string)
              ? [joinName(field), field.name]
              : columns.map(camelCase); // no relation that it knows of
          });
        const readable = own.select.has(served.key.column);
        Object.assign(expected, {
          [type]: readable ? has('select').sort() : [],
          [`${type}CreateInput`]: readable ? has('insert').sort() : [],
          [`${type}UpdateInput`]: readable ? has('update').sort() : [],
        });
        const names = new Set(
          served.fields.flatMap((field) => [
            field.name,
            joinName(field),
            ...columnsFor(served, field).map(({ name }) => camelCase(name)),
          ]),
        );
        for (const each of [type, `${type}CreateInput`, `${type}UpdateInput`])
          shown[each] = fieldsIn(each)
            .filter((name) => names.has(name))
            .sort();
        // An input is there for those who may write; what they may write is more than what Plinth itself does.
        for (const input of [`${type}CreateInput`, `${type}UpdateInput`]) {
          if (schema.getType(input)) continue;
          delete expected[input];
          delete shown[input];
        }
      }
      expect(shown).toEqual(expected);
    });
  });
});
