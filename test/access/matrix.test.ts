/**
 * Every object × every operation of GraphQL and REST × roles of differing permissions: what the APIs answer is held against what Postgres
 * says of the role itself, by `set role` and by its privileges. Nothing here is a list by hand: objects, operations and fields are the model's.
 */

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  buildSchema,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'postgraphile/grafast/graphql';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type OperationKind, operationsOf } from '../../openapi/operations.ts';
import { columnsFor, type ServedObject } from '../../server/catalog/to-model.ts';
import { BASE_FIELDS, joinName } from '../../server/model/model.ts';
import { upperFirst } from '../../server/model/names.ts';
import type { Served } from '../../server/records/schema-cache.ts';
import { server, workspace } from '../fixture.ts';
import { asRole, makeRole, type Permissions, type Workspace } from '../roles.ts';

const READ = { canReadAllObjectRecords: true, canAccessAllTools: true };
const WRITE = { ...READ, canUpdateAllObjectRecords: true };
const NOTHING = { read: false, update: false, softDelete: false, destroy: false };

const ROLES: Readonly<Record<string, Permissions>> = {
  'reads, but for some fields': {
    ...READ,
    objects: { task: { destroy: true }, note: { softDelete: true } },
    fields: {
      'company.name': { read: false },
      'person.company': { read: false },
      'opportunity.amount': { read: false },
    },
  },
  'writes, but for some objects and fields': {
    ...WRITE,
    objects: { company: NOTHING, opportunity: { update: false }, person: { softDelete: true, destroy: true } },
    fields: { 'person.city': { update: false }, 'opportunity.stage': { update: true }, 'task.title': { read: false } },
  },
  'has what it was granted': {
    canAccessAllTools: true,
    objects: { opportunity: { read: true, update: true }, note: { read: true, softDelete: true, destroy: true } },
    fields: { 'person.name': { read: true }, 'person.city': { read: true, update: true } },
  },
  'destroys, and does all else': {
    ...WRITE,
    canSoftDeleteAllObjectRecords: true,
    canDestroyAllObjectRecords: true,
    fields: { 'company.domainName': { update: false } },
  },
};

type Deed = 'read' | 'create' | 'update' | 'delete' | 'destroy' | 'merge';

let space: Workspace;
let whole: Served;
let psql: pg.Client;

beforeAll(async () => {
  space = await workspace();
  const { models } = await server();
  whole = await models.get(space.schema);
  psql = new pg.Client({ connectionString: inject('databaseUrl') });
  await psql.connect();
  await psql.query(`set search_path to ${pg.escapeIdentifier(space.schema)}`);
  return () => psql.end();
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
    `select attname, has_column_privilege($1, attrelid, attnum, 'select') as select, has_column_privilege($1, attrelid, attnum, 'insert') as insert,
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
  const stored = served.fields.filter(({ type }) => type !== 'TS_VECTOR');
  const columns = stored.flatMap((field) =>
    columnsFor(served, field).map((column) => ({ field, column: column.name })),
  );
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
     join pg_attribute on attrelid = conrelid and attnum = any (conkey) where contype = 'f' and confrelid = quote_ident($1)::regclass`,
    [table],
  );
  const destroy = await lets(role, `delete from ${name} where false`);
  return {
    read: await lets(role, `select id from ${name} limit 0`),
    create: await any((column) => `insert into ${name} (${column}) select null from ${name} where false`),
    update: await any((column) => `update ${name} set ${column} = null where false`),
    delete: await lets(role, `update ${name} set deleted_at = null where false`),
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

// Operations -----------------------------------------------------------------------------------------------------------

/** Of an object, in GraphQL: root fields with their deed, and arguments that harm nobody. */
function operationsIn(
  schema: GraphQLSchema,
  { object: { nameSingular, namePlural } }: ServedObject,
): { deed: Deed; name: string; source: string }[] {
  const [one, many] = [upperFirst(nameSingular), upperFirst(namePlural)];
  const id = `"${randomUUID()}"`;
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
    ['merge', 'mutation', `merge${many}`, `ids: [${id}, "${randomUUID()}"], conflictPriorityIndex: 0`, '{ id }'],
  ];
  return candidates.flatMap(([deed, kind, name, args, selection]) => {
    const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    if (!root?.getFields()[name]) return [];
    return [{ deed, name, source: `${kind} { ${name}${args && `(${args})`} ${selection} }` }];
  });
}

const REST: Readonly<Record<OperationKind, { deed: Deed; query?: string; body?: unknown; more?: Deed }>> = {
  findMany: { deed: 'read', query: 'limit=1' },
  findOne: { deed: 'read' },
  groupBy: { deed: 'read', query: 'group_by=[{"id":true}]' },
  findDuplicates: { deed: 'read', body: { ids: [randomUUID()] } },
  exportMany: { deed: 'read', query: 'fields=id' },
  watchMany: { deed: 'read', query: 'since=nowhere' }, // a stream would not end; whoever may not read isn't even told what is wrong
  createOne: { deed: 'create', body: {} },
  createMany: { deed: 'create', body: [{}] },
  importMany: { deed: 'create' },
  findImport: { deed: 'create', query: `import=${randomUUID()}` },
  updateOne: { deed: 'update', body: {} },
  updateMany: { deed: 'update', query: `filter=id[eq]:${randomUUID()}`, body: {} },
  deleteOne: { deed: 'destroy', more: 'delete' },
  deleteMany: { deed: 'destroy', query: `filter=id[eq]:${randomUUID()}`, more: 'delete' },
  restoreOne: { deed: 'delete' },
  restoreMany: { deed: 'delete', query: `filter=id[eq]:${randomUUID()}` },
  mergeMany: { deed: 'merge', body: { ids: [randomUUID(), randomUUID()], conflictPriorityIndex: 0 } },
};

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

describe.each(Object.entries(ROLES))('a role that %s', (label, permissions) => {
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
      for (const { deed, name, source } of operationsIn(whole.schema, served))
        ask(name, deed, isForbiddenInGraphql(who, source));
      await Promise.all(asked.splice(0));
      for (const { kind, method, path } of operationsOf(served.object)) {
        const { deed, query = '', body, more } = REST[kind];
        const to = `/rest${path.replace('{id}', randomUUID())}?${query}`;
        ask(`${method} ${path}`, deed, isForbiddenInRest(who, method, to, body));
        if (more)
          ask(`${method} ${path} soft_delete`, more, isForbiddenInRest(who, method, `${to}&soft_delete=true`, body));
      }
      await Promise.all(asked);
    }
    expect(Object.keys(answers).length).toBeGreaterThan(250);
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
          return related?.select.has('id') ? [joinName(field), field.name] : [joinName(field)];
        });
      const readable = own.select.has('id');
      Object.assign(expected, {
        [type]: readable ? has('select').sort() : [],
        [`${type}CreateInput`]: readable ? has('insert').sort() : [],
        [`${type}UpdateInput`]: readable ? has('update').sort() : [],
      });
      const names = new Set(served.fields.flatMap((field) => [field.name, joinName(field)]));
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
