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
import type { Client, Database, Identity } from '../../db/pool.ts';
import { ident, idents, sql } from '../../db/sql.ts';
import { flagsOf } from '../access/roles.ts';
import { tellAccessChanged } from '../access/watch.ts';
import { OURS } from '../catalog/ours.ts';
import {
  defaultPrivileges,
  type Grant,
  type Grantee,
  type Privilege,
  planGrants,
  SYSTEM_COLUMNS,
  wantedGrants,
} from '../ddl/grants.ts';
import { shapeOf } from '../ddl/shape.ts';
import type { Model } from '../model/model.ts';
import { isRestricted, type RolePermissions } from '../model/permissions.ts';
import { renamedFilter } from '../model/row-rules.ts';
import { readModel } from './stored-model.ts';

/** A role with what it may do to records. */
export type StoredRole = RolePermissions & {
  readonly id: string;
  readonly label: string;
  /** Of the Postgres role that it has, or will have; null where it needs none. */
  readonly roleName: string | null;
  readonly isEditable: boolean;
};

type Where = { readonly workspaceId: string; readonly schema: string };

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
      (select coalesce(jsonb_agg(jsonb_build_object('objectId', w.object_id, 'filter', w.filter)), '[]')
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

/** Makes the Postgres role that somebody is about to run as, where it is only a name yet. */
export async function prepareRole(database: Database, { schema, role }: Identity): Promise<void> {
  await database.transaction(async (client) => {
    const [workspace] = await client.rows<{ id: string }>(
      sql`select id from plinth.workspaces where schema_name = ${sql.value(schema)} for update`,
    );
    if (!workspace) return;
    const wanted = (await readRoles(client, workspace.id)).find(({ roleName }) => roleName === role);
    if (!wanted || (await madeOf(client, schema, [wanted])).length > 0) return;
    await makeRole(client, { workspaceId: workspace.id, schema }, wanted);
    await tellAccessChanged(client, workspace.id);
  });
}

async function makeRole(client: Client, { workspaceId, schema }: Where, role: StoredRole): Promise<string> {
  const name = await createRole(client, role.roleName as string);
  // Where a role of another database has the name that this one was given, it has another now.
  await client.rows(sql`update plinth.roles set role_name = ${sql.value(name)} where id = ${sql.value(role.id)}`);
  await client.run(`grant usage on schema ${ident(schema)} to ${ident(name)}`);
  const { model } = await readModel(client, workspaceId);
  await grantByDefault(client, { schema, role: name }, model, [], defaultPrivileges(role));
  await grantAfresh(client, { schema, role: name }, model, role); // some of it came by the defaults of the schema
  return name;
}

/** After a change of the model: what each role may do with what is there now. */
export async function grantAll(client: Client, { workspaceId, schema }: Where, model: Model): Promise<void> {
  for (const role of await madeOf(client, schema, await readRoles(client, workspaceId)))
    await grantAfresh(client, { schema, role: role.roleName as string }, model, role);
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

/** After a change of a role, which was `before`; of one that is new, without. What is refused to it for the first time takes a Postgres role, whose name is answered. */
export async function grantChanged(
  client: Client,
  where: Where,
  now: StoredRole,
  before?: StoredRole,
): Promise<string | null> {
  const roleName = await nameOf(client, where.workspaceId, now);
  if (roleName === null) return null;
  const role = { ...now, roleName };
  if ((await madeOf(client, where.schema, [role])).length === 0) return makeRole(client, where, role);
  const who = { schema: where.schema, role: roleName };
  const { model } = await readModel(client, where.workspaceId);
  await grantByDefault(client, who, model, before ? defaultPrivileges(before) : [], defaultPrivileges(now));
  await grantAfresh(client, who, model, now);
  return roleName;
}

/** Drops a Postgres role, of whichever it is certain that it is this workspace's. */
export async function dropRoles(client: Client, schema: string, roles: readonly StoredRole[]): Promise<void> {
  for (const { roleName } of await madeOf(client, schema, roles))
    await client.run(`drop owned by ${ident(roleName as string)}; drop role ${ident(roleName as string)}`);
}

/** Those of the roles that are more than a name. */
async function madeOf(client: Client, schema: string, roles: readonly StoredRole[]): Promise<StoredRole[]> {
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

async function grantAfresh(client: Client, who: Grantee, model: Model, role: RolePermissions): Promise<void> {
  await run(client, planGrants(who, await presentGrants(client, who, model), wantedGrants(model, role)));
}

/** What a role has of the tables and columns of the model; what was granted by hand on others is nobody's business. */
async function presentGrants(client: Client, { schema, role }: Grantee, model: Model): Promise<Grant[]> {
  const columnsOf = new Map(
    shapeOf(model, { idDefault: '' }).tables.map(({ name, columns }) => [
      name,
      new Set([...columns.map((column) => column.name), ...SYSTEM_COLUMNS]),
    ]),
  );
  const grants = await client.rows<Grant>(sql`
    with tables as materialized (
      select c.oid, c.relname, c.relacl
      from pg_catalog.pg_class as c
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = ${sql.value(schema)} and c.relname = any (${sql.value([...columnsOf.keys()])}) and c.relkind in ('r', 'p')
    )
    select t.relname as table, lower(x.privilege_type) as privilege, null::text[] as columns
    from tables as t, aclexplode(t.relacl) as x
    where x.grantee = ${sql.value(role)}::regrole and x.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    union all
    select t.relname, lower(x.privilege_type), array_agg(a.attname::text order by a.attnum)
    from tables as t
    join pg_catalog.pg_attribute as a on a.attrelid = t.oid and not a.attisdropped, aclexplode(a.attacl) as x
    where x.grantee = ${sql.value(role)}::regrole and x.privilege_type in ('SELECT', 'INSERT', 'UPDATE')
    group by t.relname, x.privilege_type`);
  return grants.flatMap((grant) => {
    if (grant.columns === null) return grant;
    const columns = grant.columns.filter((column) => columnsOf.get(grant.table)?.has(column));
    return columns.length > 0 ? { ...grant, columns } : [];
  });
}

/** What was made by hand, and what will be: those whose tables the workspace's own role gets make them for this one too. */
async function grantByDefault(
  client: Client,
  { schema, role }: Grantee,
  model: Model,
  before: readonly Privilege[],
  after: readonly Privilege[],
): Promise<void> {
  const gone = before.filter((privilege) => !after.includes(privilege));
  const come = after.filter((privilege) => !before.includes(privilege));
  if (gone.length + come.length === 0) return;
  const modelled = shapeOf(model, { idDefault: '' }).tables.map(({ name }) => name);
  const [found] = await client.rows<{ tables: string[]; makers: string[] }>(sql`
    select
      array(
        select c.relname::text from pg_catalog.pg_class as c
        where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f') and not ${OURS}
          and c.relname <> all (${sql.value(modelled)})) as tables,
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
          // Keys of tables made by hand may come from sequences, which say nothing of records.
          `grant usage on all sequences in schema ${ident(schema)} to ${ident(role)}`,
          ...(makers.length > 0 ? [`${defaults} grant usage on sequences to ${ident(role)}`] : []),
        ]
      : []),
  ]);
}

async function run(client: Client, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await client.run(statements.join(';\n'));
}
