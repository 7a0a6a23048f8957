/** Grants of Postgres roles: what their roles' permissions say, and what differs. */

import type { Client } from '../../db/client.ts';
import { ident, idents, sql } from '../../db/sql.ts';
import { OURS } from '../catalog/ours.ts';
import { compare } from '../ddl/compare.ts';
import {
  carriedGrants,
  carriedStrays,
  defaultPrivileges,
  type Grant,
  type Granting,
  governedTables,
  type Present,
  type Privilege,
  planGrants,
  restoredGrants,
  type Stray,
  settledGrants,
  wantedGrants,
} from '../ddl/grants.ts';
import type { Shapes } from '../ddl/plan.ts';
import type { Statement } from '../ddl/statement.ts';

import type { Model } from '../model/model.ts';
import type { RolePermissions } from '../model/roles/permissions.ts';
import type { Facts } from '../store/facts.ts';
import { grantings, grantingsOf, madeOf, withSameHandmade } from '../store/handmade.ts';
import { existingRoles, ownRole, type StoredRole } from '../store/roles.ts';
import { runInSchema } from '../store/run.ts';

/** A Postgres role, and the schema whose tables it is granted. */
export type Grantee = { readonly schema: string; readonly role: string };

/** What of a model changes, and the tables with it. */
export type Changing = { readonly before: Model; readonly after: Model; readonly shapes: Shapes };

/** A Postgres role with its grants once the tables have changed, and with those that it is to have. */
type Settling = { readonly role: string; readonly current: readonly Grant[]; readonly target: readonly Grant[] };

/**
 * What a change of the model makes of what roles are granted: what their permissions say then, and didn't before.
 * @param isRestored all that they say, whatever a hand did
 */
export async function grantStatements(
  client: Client,
  facts: Facts,
  changing: Changing,
  isRestored: boolean,
): Promise<Statement[]> {
  const settling = await settleRoles(client, facts, changing, isRestored);
  return settling.flatMap(({ role, current, target }) => planGrants(role, current, target));
}

export async function settleRoles(
  client: Client,
  facts: Facts,
  { before, after, shapes }: Changing,
  isRestored: boolean,
): Promise<Settling[]> {
  const change = compare(shapes.before, shapes.after);
  const isOfTables = change.tables.come.length + change.tables.gone.length + change.kept.length > 0;
  if (!isOfTables && !isRestored) return [];
  const own = isRestored ? [ownRole(facts)] : []; // it has all of the model's, by default
  const roles = [...own, ...existingRoles(facts.roles)];
  if (roles.length === 0) return [];
  const modelled = new Set(before.objects.map(({ id }) => id));
  const all = await grantings(client, facts, before, shapes.before);
  const was = isRestored ? all : all.filter(({ object }) => modelled.has(object.id));
  const byHand = was.filter(({ object }) => !modelled.has(object.id));
  const now = [...withSameHandmade(grantingsOf(after, shapes.after), was), ...byHand];
  const settled: Settling[] = [];
  for (const role of roles) {
    const name = role.roleName as string;
    const [said, saidNow] = [governedTables(role, was), governedTables(role, now)];
    const { grants, strays } = await presentGrants(client, { schema: facts.schema, role: name }, said);
    const byDefault = defaultPrivileges(role);
    const carried = (each: readonly Grant[]) => carriedGrants(change, each, byDefault);
    const present = { grants: carried(grants), strays: carriedStrays(change, strays) };
    const wanted = wantedGrants(saidNow, role);
    const target = isRestored
      ? restoredGrants(saidNow, present, wanted)
      : settledGrants(saidNow, present, wanted, carried(wantedGrants(said, role)));
    const isSaid = new Set(saidNow.map(({ table }) => table));
    settled.push({ role: name, current: present.grants.filter(({ table }) => isSaid.has(table)), target });
  }
  return settled;
}

export async function syncGrants(
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
export function guardedHandmadeTables(role: StoredRole, all: readonly Granting[]): string[] {
  const ruled = new Set(role.rules.map(({ objectId }) => objectId));
  const said = new Set(governedTables(role, all));
  return all
    .filter((granting) => said.has(granting) || ruled.has(granting.object.id))
    .flatMap(({ object, table }) => (object.origin === 'database' ? table : []));
}

/** Of a table that is guarded, partitions are read through it: by themselves they would show all that is in them. */
export async function closePartitions(
  client: Client,
  { schema, role }: Grantee,
  tables: readonly string[],
): Promise<void> {
  if (tables.length === 0) return;
  const open = await client.rows<{ name: string }>(sql`
    select distinct format('%I.%I', n.nspname, p.relname) as name
    from pg_catalog.pg_class as c, pg_partition_tree(c.oid) as tree
    join pg_catalog.pg_class as p on p.oid = tree.relid and tree.level > 0
    join pg_catalog.pg_namespace as n on n.oid = p.relnamespace, aclexplode(p.relacl) as x
    where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
      and c.relname = any (${sql.value(tables as string[])}) and c.relkind = 'p'
      and x.grantee = to_regrole(${sql.value(ident(role))})`);
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
      where x.grantee = to_regrole(${sql.value(ident(role))})
        and x.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
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
    select (select coalesce(json_agg(granted), '[]') from granted) as grants, (select coalesce(json_agg(strays), '[]')
      from strays) as strays`);
  const { grants, strays } = row as NonNullable<typeof row>;
  return { grants, strays: Map.groupBy(strays, ({ table }) => table) };
}

/**
 * What was made by hand, of which the role's permissions say nothing, and what will be: those whose tables the
 * workspace's own role gets make them for this one too.
 */
export async function grantByDefault(
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
      array(select distinct pg_get_userbyid(d.defaclrole)::text from pg_catalog.pg_default_acl as d
        where d.defaclnamespace = n.oid) as makers
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
