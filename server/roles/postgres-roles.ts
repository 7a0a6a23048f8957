/**
 * The Postgres roles of a workspace. Its own serves all roles without restrictions; one with restrictions has its own, which is
 *
 *   named (in plinth.roles) when something is refused to the role
 *   → made when it is first wanted: granted what the role may do, whatever that is then
 *   → granted what differs, in the transaction of each change of the role or of the model
 *   → dropped with the role.
 *
 * A name without a role serves nobody: whoever has it finds no way into the schema.
 */

import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import type { Client, Database, Identity } from '../../db/pool.ts';
import { ident, idents, sql } from '../../db/sql.ts';
import { ALL_FLAGS, flagsOf } from '../access/roles.ts';
import { tellAccessChanged } from '../access/watch.ts';
import { OURS } from '../catalog/ours.ts';
import { compare } from '../ddl/compare.ts';
import {
  carriedGrants,
  carriedStrays,
  defaultPrivileges,
  type Grant,
  type Granting,
  type Present,
  type Privilege,
  planGrants,
  restoredGrants,
  type Stray,
  saidTo,
  settledGrants,
  wantedGrants,
} from '../ddl/grants.ts';
import type { Shapes } from '../ddl/plan.ts';
import type { Statement } from '../ddl/statement.ts';
import type { Model } from '../model/model.ts';
import { isRestricted, type RolePermissions } from '../model/roles/permissions.ts';
import { type RowRule, renamedFilter } from '../model/roles/row-rules.ts';
import { runInSchema } from '../changes/apply.ts';
import { grantings, grantingsOf, knownByHand, madeOf, remember, type Where, withSameByHand } from '../store/handmade.ts';
import { keepConditions, type PlacedRule, setPolicy } from './policies.ts';
import { readModel } from '../store/model.ts';

/** A role with what it may do to records. */
export type StoredRole = Omit<RolePermissions, 'rules'> & {
  readonly id: string;
  readonly label: string;
  /** Of the Postgres role that it has, or will have; null where it needs none. */
  readonly roleName: string | null;
  readonly isEditable: boolean;
  /** With what Postgres has made of each; null for what is older than that this is kept. */
  readonly rules: readonly (RowRule & { readonly condition: string | null; readonly parsed: string | null })[];
};

/** A Postgres role, and the schema whose tables it is granted. */
type Grantee = { readonly schema: string; readonly role: string };

export async function readRoles(client: Client, workspaceId: string): Promise<StoredRole[]> {
  return client.rows<StoredRole>(sql`
    select r.id, r.label, r.role_name as "roleName", r.is_editable as "isEditable", ${flagsOf(sql.identifier('r'))} as flags,
      jsonb_build_object(
        'read', r.can_read_all_object_records, 'update', r.can_update_all_object_records,
        'softDelete', r.can_soft_delete_all_object_records, 'destroy', r.can_destroy_all_object_records) as all,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'objectId', o.object_id, 'granted', to_jsonb(o.granted),
          'read', o.can_read, 'update', o.can_update, 'softDelete', o.can_soft_delete, 'destroy', o.can_destroy)), '[]')
        from plinth.object_permissions as o where o.role_id = r.id) as objects,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'objectId', f.object_id, 'fieldId', f.field_id, 'read', f.can_read, 'update', f.can_update)), '[]')
        from plinth.field_permissions as f where f.role_id = r.id) as fields,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'objectId', w.object_id, 'filter', w.filter, 'condition', w.condition, 'parsed', w.parsed)), '[]')
        from plinth.row_rules as w where w.role_id = r.id) as rules
    from plinth.roles as r
    where r.workspace_id = ${sql.value(workspaceId)}
    order by r.created_at, r.id`);
}

/**
 * Roles belong to the whole cluster: where another database has a workspace of this name, a number is added. Login without a
 * password: on Citus workers are reached as the current role.
 */
export async function createRole(client: Client, wanted: string): Promise<string> {
  const rows = await client.rows<{ rolname: string }>(sql`
    select rolname from pg_catalog.pg_roles where rolname = ${sql.value(wanted)} or rolname like ${sql.value(`${wanted.replaceAll('_', '\\_')}\\_\\_%`)}`);
  const taken = new Set(rows.map(({ rolname }) => rolname));
  let role = wanted;
  for (let i = 2; taken.has(role); i++) role = `${wanted}__${i}`;
  await client.run(`create role ${ident(role)} login noinherit; grant ${ident(role)} to current_user`);
  return role;
}

// Postgres cuts names at 63 bytes, and a number may be added.
const MAX_NAME = 58;

/** The name of a role's Postgres role, given to it where something is refused to it for the first time; null where nothing is. */
async function nameOf(client: Client, workspaceId: string, role: StoredRole): Promise<string | null> {
  if (role.roleName !== null || !isRestricted(role)) return role.roleName;
  const slug = role.label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  const [workspace] = await client.rows<{ name: string; taken: string[] }>(sql`
    select w.role_name as name, array(select role_name from plinth.roles where role_name like w.role_name || '%') as taken
    from plinth.workspaces as w where w.id = ${sql.value(workspaceId)}`);
  const { name, taken } = workspace as { name: string; taken: string[] };
  const wanted = `${name}__${slug || 'role'}`.slice(0, MAX_NAME);
  let free = wanted;
  for (let i = 2; taken.includes(free); i++) free = `${wanted}_${i}`;
  return free;
}

/**
 * Makes the Postgres role that somebody is about to run as, where it is only a name yet. Where a table of which roles' permissions say
 * something was dropped by hand and made again, the same is said of the new one first.
 */
export async function prepareRole(database: Database, { schema, role }: Identity): Promise<void> {
  const where = await database.lookUpIn(schema, (client) => unprepared(client, schema, role as string));
  if (!where) return;
  await database.sharedBy(schema).transaction(async (client) => {
    await client.rows(sql`select from plinth.workspaces where id = ${sql.value(where.workspaceId)} for update`);
    const roles = await readRoles(client, where.workspaceId);
    const wanted = roles.find(({ roleName }) => roleName === role);
    if (wanted && (await thoseMade(client, schema, [wanted])).length === 0) {
      await makeRole(client, where, wanted);
      await tellAccessChanged(client, where.workspaceId);
    }
    await sayAgain(client, where, roles);
  });
}

async function unprepared(client: Client, schema: string, role: string): Promise<Where | null> {
  const [found] = await client.rows<{ workspaceId: string; isMade: boolean | null }>(sql`
    select w.id as "workspaceId", has_schema_privilege(to_regrole(${sql.value(ident(role))})::oid, n.oid, 'usage') as "isMade"
    from plinth.workspaces as w
    join pg_catalog.pg_namespace as n on n.nspname = w.schema_name
    where w.schema_name = ${sql.value(schema)}`);
  if (!found) return null;
  const where = { workspaceId: found.workspaceId, schema };
  const isPrepared = found.isMade && (await knownByHand(client, where)).every(({ isSame }) => isSame);
  return isPrepared ? null : where;
}

/** A new table has what is granted by default, and no policies. */
async function sayAgain(client: Client, where: Where, roles: readonly StoredRole[]): Promise<void> {
  const known = await knownByHand(client, where);
  const again = new Set(known.filter(({ isSame }) => !isSame).map(({ table }) => table));
  if (again.size === 0) return;
  await remember(client, where, known);
  const { model } = await readModel(client, where.workspaceId);
  const all = (await grantings(client, where, model)).filter(({ table }) => again.has(table));
  for (const role of await thoseMade(client, where.schema, roles)) {
    const who = { schema: where.schema, role: role.roleName as string };
    await grantAfresh(client, who, saidTo(role, all), role);
    for (const { object, table } of all) {
      const rule = role.rules.find(({ objectId }) => objectId === object.id);
      if (rule) await ruleAgain(client, who, table, rule.condition as string); // kept of all that was made by hand
    }
  }
}

/** What a rule is made of may be no more: then nothing of the table is to be seen until somebody says what is. */
async function ruleAgain(client: Client, { schema, role }: Grantee, table: string, condition: string): Promise<void> {
  await client.run('savepoint rule');
  try {
    await setPolicy(client, schema, table, { role, condition });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code === '55P03') throw error;
    await client.run(`rollback to savepoint rule; revoke all on ${ident(schema)}.${ident(table)} from ${ident(role)}`);
  }
}

async function makeRole(client: Client, where: Where, role: StoredRole): Promise<string> {
  const { schema } = where;
  const name = await createRole(client, role.roleName as string);
  // Where a role of another database has the name that this one was given, it has another now.
  await client.rows(sql`update plinth.roles set role_name = ${sql.value(name)} where id = ${sql.value(role.id)}`);
  await client.run(`grant usage on schema ${ident(schema)} to ${ident(name)}`);
  const { model } = await readModel(client, where.workspaceId);
  const all = await grantings(client, where, model);
  const said = saidTo(role, all);
  await grantByDefault(client, { schema, role: name }, said, [], defaultPrivileges(role));
  await grantAfresh(client, { schema, role: name }, said, role); // some of it came by the defaults of the schema
  await closePartitions(client, { schema, role: name }, guardedByHand(role, all));
  return name;
}

/** What of a model changes, and the tables with it. */
export type Changing = { readonly before: Model; readonly after: Model; readonly shapes: Shapes };

/** A Postgres role: what it will have of tables when they are changed, and what it shall have. */
type Settling = { readonly role: string; readonly has: readonly Grant[]; readonly shall: readonly Grant[] };

/**
 * What a change of the model makes of what roles are granted: what their permissions say then, and didn't before.
 * @param isRestored all that they say, whatever a hand did
 */
export async function grantStatements(
  client: Client,
  where: Where,
  changing: Changing,
  isRestored: boolean,
): Promise<Statement[]> {
  const settling = await settledRoles(client, where, changing, isRestored);
  return settling.flatMap(({ role, has, shall }) => planGrants(role, has, shall));
}

export async function settledRoles(
  client: Client,
  where: Where,
  { before, after, shapes }: Changing,
  isRestored: boolean,
): Promise<Settling[]> {
  const change = compare(shapes.before, shapes.after);
  const isOfTables = change.tables.come.length + change.tables.gone.length + change.kept.length > 0;
  if (!isOfTables && !isRestored) return [];
  const stored = await readRoles(client, where.workspaceId);
  const own = isRestored ? [await ownRole(client, where.workspaceId)] : []; // it has all of the model's, by default
  const roles = await thoseMade(client, where.schema, [...own, ...stored]);
  if (roles.length === 0) return [];
  const modelled = new Set(before.objects.map(({ id }) => id));
  const all = await grantings(client, where, before, shapes.before);
  const was = isRestored ? all : all.filter(({ object }) => modelled.has(object.id));
  const byHand = was.filter(({ object }) => !modelled.has(object.id));
  const now = [...withSameByHand(grantingsOf(after, shapes.after), was), ...byHand];
  const settled: Settling[] = [];
  for (const role of roles) {
    const name = role.roleName as string;
    const [said, saidNow] = [saidTo(role, was), saidTo(role, now)];
    const { grants, strays } = await presentGrants(client, { schema: where.schema, role: name }, said);
    const byDefault = defaultPrivileges(role);
    const carried = (each: readonly Grant[]) => carriedGrants(change, each, byDefault);
    const present = { grants: carried(grants), strays: carriedStrays(change, strays) };
    const wanted = wantedGrants(saidNow, role);
    const shall = isRestored
      ? restoredGrants(saidNow, present, wanted)
      : settledGrants(saidNow, present, wanted, carried(wantedGrants(said, role)));
    const isSaid = new Set(saidNow.map(({ table }) => table));
    settled.push({ role: name, has: present.grants.filter(({ table }) => isSaid.has(table)), shall });
  }
  return settled;
}

/** What serves all roles without restrictions. */
async function ownRole(client: Client, workspaceId: string): Promise<StoredRole> {
  const [workspace] = await client.rows<{ roleName: string }>(
    sql`select role_name as "roleName" from plinth.workspaces where id = ${sql.value(workspaceId)}`,
  );
  return {
    id: workspaceId,
    label: '',
    roleName: workspace?.roleName ?? null,
    isEditable: false,
    all: { read: true, update: true, softDelete: true, destroy: true },
    objects: [],
    fields: [],
    rules: [],
    flags: [...ALL_FLAGS],
  };
}

/** Rules are kept in the names of the APIs, and policies follow renames by themselves. A rule on what is gone, Postgres keeps from going. */
export async function renameInRules(client: Client, workspaceId: string, before: Model, after: Model): Promise<void> {
  const roles = (await readRoles(client, workspaceId)).filter(({ rules }) => rules.length > 0);
  for (const { id, rules } of roles) {
    for (const { objectId, filter } of rules) {
      const renamed = renamedFilter(before, after, objectId, filter);
      if (renamed !== null && !isDeepStrictEqual(renamed, filter))
        await client.rows(sql`
          update plinth.row_rules set filter = ${sql.value(JSON.stringify(renamed))}
          where role_id = ${sql.value(id)} and object_id = ${sql.value(objectId)}`);
    }
  }
}

/** After a change of the model: names in what is kept of rules are those of now. */
export async function keepRules(client: Client, where: Where, model: Model, areNew: boolean): Promise<void> {
  const roles = (await readRoles(client, where.workspaceId)).filter(({ rules }) => rules.length > 0);
  if (roles.length > 0)
    await keepConditions(client, where.schema, placedRules(roles, await grantings(client, where, model)), { areNew });
}

export function placedRules(roles: readonly StoredRole[], all: readonly Granting[]): PlacedRule[] {
  const tables = new Map(all.map(({ object, table }) => [object.id, table]));
  return roles.flatMap(({ id: roleId, roleName, rules }) =>
    rules.flatMap(({ objectId }) => {
      const table = tables.get(objectId);
      return table !== undefined && roleName !== null ? { roleId, roleName, objectId, table } : [];
    }),
  );
}

/**
 * After a change of a role, which was `before`; of one that is new, without. What is refused to it for the first time takes a Postgres
 * role, whose name is answered.
 * @param about ids of the objects of which something is said: of these it has what its permissions say, whatever a hand did
 */
export async function grantChanged(
  client: Client,
  where: Where,
  all: readonly Granting[],
  now: StoredRole,
  { before, about }: { readonly before: StoredRole | undefined; readonly about: ReadonlySet<string> },
): Promise<string | null> {
  const roleName = await nameOf(client, where.workspaceId, now);
  if (roleName === null) return null;
  const role = { ...now, roleName };
  if ((await thoseMade(client, where.schema, [role])).length === 0) return makeRole(client, where, role);
  const who = { schema: where.schema, role: roleName };
  const said = saidTo(now, all);
  await grantByDefault(client, who, said, before ? defaultPrivileges(before) : [], defaultPrivileges(now));
  const isAbout = ({ object }: Granting) => about.has(object.id);
  await grantAfresh(client, who, said.filter(isAbout), now);
  const others = said.filter((granting) => !isAbout(granting));
  await grantAfresh(client, who, others, now, before ? wantedGrants(others, before) : null);
  await closePartitions(client, who, guardedByHand(now, all));
  return roleName;
}

/** Drops a Postgres role, of whichever it is certain that it is this workspace's. */
export async function dropRoles(client: Client, schema: string, roles: readonly StoredRole[]): Promise<void> {
  for (const { roleName } of await thoseMade(client, schema, roles))
    await client.run(`drop owned by ${ident(roleName as string)}; drop role ${ident(roleName as string)}`);
}

export async function rolesMade(client: Client, { workspaceId, schema }: Where): Promise<StoredRole[]> {
  return thoseMade(client, schema, await readRoles(client, workspaceId));
}

/** Those of the roles that are more than a name. */
async function thoseMade(client: Client, schema: string, roles: readonly StoredRole[]): Promise<StoredRole[]> {
  const names = roles.flatMap(({ roleName }) => roleName ?? []);
  if (names.length === 0) return [];
  const rows = await client.rows<{ name: string }>(sql`
    select r.rolname as name
    from pg_catalog.pg_roles as r
    join pg_catalog.pg_namespace as n on n.nspname = ${sql.value(schema)}
    where r.rolname = any (${sql.value(names)}) and has_schema_privilege(r.oid, n.oid, 'usage')`);
  const made = new Set(rows.map(({ name }) => name));
  return roles.filter(({ roleName }) => roleName !== null && made.has(roleName));
}

async function grantAfresh(
  client: Client,
  { schema, role: name }: Grantee,
  said: readonly Granting[],
  role: RolePermissions,
  before: readonly Grant[] | null = null,
): Promise<void> {
  if (said.length === 0) return;
  const present = await presentGrants(client, { schema, role: name }, said);
  const wanted = settledGrants(said, present, wantedGrants(said, role), before);
  await runInSchema(client, schema, planGrants(name, present.grants, wanted));
  const byHand = new Set(said.filter(({ object }) => object.origin === 'database').map(({ table }) => table));
  if (wanted.some(({ table, privilege }) => privilege === 'insert' && byHand.has(table)))
    await run(client, [usageOfSequences(schema, name)]);
}

/** Tables made by hand of which a permission or a rule of the role says something. */
function guardedByHand(role: StoredRole, all: readonly Granting[]): string[] {
  const ruled = new Set(role.rules.map(({ objectId }) => objectId));
  const said = new Set(saidTo(role, all));
  return all
    .filter((granting) => said.has(granting) || ruled.has(granting.object.id))
    .flatMap(({ object, table }) => (object.origin === 'database' ? table : []));
}

/** Of a table that is guarded, partitions are read through it: by themselves they would show all that is in them. */
async function closePartitions(client: Client, { schema, role }: Grantee, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  const open = await client.rows<{ name: string }>(sql`
    select distinct format('%I.%I', n.nspname, p.relname) as name
    from pg_catalog.pg_class as c, pg_partition_tree(c.oid) as tree
    join pg_catalog.pg_class as p on p.oid = tree.relid and tree.level > 0
    join pg_catalog.pg_namespace as n on n.oid = p.relnamespace, aclexplode(p.relacl) as x
    where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
      and c.relname = any (${sql.value(tables as string[])}) and c.relkind = 'p' and x.grantee = to_regrole(${sql.value(ident(role))})`);
  await run(
    client,
    open.map(({ name }) => `revoke all on ${name} from ${ident(role)}`),
  );
}

/** What a role has of tables, and what of their columns is none of those that its permissions are about. */
async function presentGrants(client: Client, { schema, role }: Grantee, said: readonly Granting[]): Promise<Present> {
  const columns = Object.fromEntries(said.map(({ table, columns: own }) => [table, own.map(({ name }) => name)]));
  const [row] = await client.rows<{ grants: Grant[]; strays: ({ table: string } & Stray)[] }>(sql`
    with tables as materialized (
      select c.oid, c.relname, c.relacl, given.columns
      from jsonb_each(${sql.value(JSON.stringify(columns))}::jsonb) as given (name, columns)
      join pg_catalog.pg_class as c on c.relname = given.name and c.relkind in ('r', 'p')
        and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
    ), granted as (
      select t.relname as table, lower(x.privilege_type) as privilege, null::name[] as columns
      from tables as t, aclexplode(t.relacl) as x
      where x.grantee = to_regrole(${sql.value(ident(role))}) and x.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
      union all
      select t.relname, lower(x.privilege_type), array_agg(a.attname order by a.attnum)
      from tables as t
      join pg_catalog.pg_attribute as a on a.attrelid = t.oid and not a.attisdropped, aclexplode(a.attacl) as x
      where x.grantee = to_regrole(${sql.value(ident(role))}) and x.privilege_type in ('SELECT', 'INSERT', 'UPDATE')
      group by t.relname, x.privilege_type
    ), strays as (
      select t.relname as table, a.attname as name, ${madeOf(sql`a`)} as "madeOf"
      from tables as t
      join pg_catalog.pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      where not t.columns ? a.attname::text
    )
    select (select coalesce(json_agg(granted), '[]') from granted) as grants, (select coalesce(json_agg(strays), '[]') from strays) as strays`);
  const { grants, strays } = row as NonNullable<typeof row>;
  return { grants, strays: Map.groupBy(strays, ({ table }) => table) };
}

/**
 * What was made by hand, of which the role's permissions say nothing, and what will be: those whose tables the workspace's own role gets
 * make them for this one too.
 */
async function grantByDefault(
  client: Client,
  { schema, role }: Grantee,
  said: readonly Granting[],
  before: readonly Privilege[],
  after: readonly Privilege[],
): Promise<void> {
  const gone = before.filter((privilege) => !after.includes(privilege));
  const come = after.filter((privilege) => !before.includes(privilege));
  if (gone.length + come.length === 0) return;
  const others = said.map(({ table }) => table);
  const [found] = await client.rows<{ tables: string[]; makers: string[] }>(sql`
    select
      array(
        select c.relname::text from pg_catalog.pg_class as c
        where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f') and not ${OURS}
          and c.relname <> all (${sql.value(others)})) as tables,
      array(select distinct pg_get_userbyid(d.defaclrole)::text from pg_catalog.pg_default_acl as d where d.defaclnamespace = n.oid) as makers
    from pg_catalog.pg_namespace as n
    where n.nspname = ${sql.value(schema)}`);
  const { tables, makers } = found as { tables: string[]; makers: string[] };
  const of = (names: readonly string[]) => names.map((name) => `${ident(schema)}.${ident(name)}`).join(', ');
  const defaults = `alter default privileges for role ${idents(makers)} in schema ${ident(schema)}`;
  await run(client, [
    ...(gone.length > 0
      ? [
          ...(tables.length > 0 ? [`revoke ${gone.join(', ')} on ${of(tables)} from ${ident(role)}`] : []),
          ...(makers.length > 0 ? [`${defaults} revoke ${gone.join(', ')} on tables from ${ident(role)}`] : []),
        ]
      : []),
    ...(come.length > 0
      ? [
          ...(tables.length > 0 ? [`grant ${come.join(', ')} on ${of(tables)} to ${ident(role)}`] : []),
          ...(makers.length > 0 ? [`${defaults} grant ${come.join(', ')} on tables to ${ident(role)}`] : []),
          usageOfSequences(schema, role),
          ...(makers.length > 0 ? [`${defaults} grant usage on sequences to ${ident(role)}`] : []),
        ]
      : []),
  ]);
}

/** Keys of tables made by hand may come from sequences, which say nothing of records. */
function usageOfSequences(schema: string, role: string): string {
  return `grant usage on all sequences in schema ${ident(schema)} to ${ident(role)}`;
}

async function run(client: Client, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await client.run(statements.join(';\n'));
}
