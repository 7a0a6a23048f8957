/**
 * The Postgres roles of a workspace. Its own serves all roles without restrictions; one with restrictions has its own,
 * which is
 *
 *   named (in plinth.roles) when something is refused to the role
 *   → made when it is first wanted: granted what the role may do, whatever that is then
 *   → granted what differs, in the transaction of each change of the role or of the model
 *   → dropped with the role.
 *
 * A name without a role serves nobody: whoever has it finds no way into the schema.
 */

import pg from 'pg';
import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { ident, sql } from '../../db/sql.ts';
import type { Identity } from '../../db/workspace-pool.ts';
import { tellAccessChanged } from '../access/watch.ts';
import { createRole } from '../catalog/new-role.ts';
import { defaultPrivileges, type Granting, governedTables, wantedGrants } from '../ddl/grants.ts';
import { isRestricted } from '../model/roles/permissions.ts';
import { grantings, readHandmade, remember, type Where } from '../store/handmade.ts';
import { readModel } from '../store/model.ts';
import { existingRoles, readRoles, type StoredRole } from '../store/roles.ts';
import { closePartitions, type Grantee, grantByDefault, guardedHandmadeTables, syncGrants } from './grants.ts';
import { setPolicy } from './policies.ts';

// Postgres cuts names at 63 bytes, and a number may be added.
const MAX_NAME = 58;

/**
 * The name of a role's Postgres role, given to it where something is refused to it for the first time; null where
 * nothing is.
 */
async function nameOf(client: Client, workspaceId: string, role: StoredRole): Promise<string | null> {
  if (role.roleName !== null || !isRestricted(role)) return role.roleName;
  const slug = role.label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  const [workspace] = await client.rows<{ name: string; taken: string[] }>(sql`
    select w.role_name as name, array(select role_name from plinth.roles
      where role_name like w.role_name || '%') as taken
    from plinth.workspaces as w where w.id = ${sql.value(workspaceId)}`);
  const { name, taken } = workspace as { name: string; taken: string[] };
  const wanted = `${name}__${slug || 'role'}`.slice(0, MAX_NAME);
  let free = wanted;
  for (let i = 2; taken.includes(free); i++) free = `${wanted}_${i}`;
  return free;
}

/**
 * Makes the Postgres role that somebody is about to run as, where it is only a name yet. Where a table of which roles'
 * permissions say something was dropped by hand and made again, the same is said of the new one first.
 */
export async function prepareRole(database: Database, { schema, role }: Identity): Promise<void> {
  const where = await database.lookUpIn(schema, (client) => unprepared(client, schema, role as string));
  if (!where) return;
  await database.sharedBy(schema).transaction(async (client) => {
    await client.rows(sql`select from plinth.workspaces where id = ${sql.value(where.workspaceId)} for update`);
    const roles = await readRoles(client, where.workspaceId);
    const wanted = roles.find(({ roleName }) => roleName === role);
    if (wanted && !wanted.isMade) {
      await makePostgresRole(client, where, wanted);
      await tellAccessChanged(client, where.workspaceId);
    }
    await reapplyPermissions(client, where, wanted?.isMade ? roles : await readRoles(client, where.workspaceId));
  });
}

async function unprepared(client: Client, schema: string, role: string): Promise<Where | null> {
  const [found] = await client.rows<{ workspaceId: string; isMade: boolean | null }>(sql`
    select w.id as "workspaceId", has_schema_privilege(to_regrole(${sql.value(ident(role))})::oid, n.oid,
      'usage') as "isMade"
    from plinth.workspaces as w
    join pg_catalog.pg_namespace as n on n.nspname = w.schema_name
    where w.schema_name = ${sql.value(schema)}`);
  if (!found) return null;
  const where = { workspaceId: found.workspaceId, schema };
  const isPrepared = found.isMade && (await readHandmade(client, where)).every(({ isSame }) => isSame);
  return isPrepared ? null : where;
}

/** A new table has what is granted by default, and no policies. */
async function reapplyPermissions(client: Client, where: Where, roles: readonly StoredRole[]): Promise<void> {
  const known = await readHandmade(client, where);
  const again = new Set(known.filter(({ isSame }) => !isSame).map(({ table }) => table));
  if (again.size === 0) return;
  await remember(client, where, known);
  const { model } = await readModel(client, where.workspaceId);
  const all = (await grantings(client, where, model)).filter(({ table }) => again.has(table));
  for (const role of existingRoles(roles)) {
    const who = { schema: where.schema, role: role.roleName as string };
    await syncGrants(client, who, governedTables(role, all), role);
    for (const { object, table } of all) {
      const rule = role.rules.find(({ objectId }) => objectId === object.id);
      if (rule) await restorePolicy(client, who, table, rule.condition as string); // kept of all that was made by hand
    }
  }
}

/** What a rule is made of may be no more: then nothing of the table is to be seen until somebody says what is. */
async function restorePolicy(
  client: Client,
  { schema, role }: Grantee,
  table: string,
  condition: string,
): Promise<void> {
  await client.run('savepoint rule');
  try {
    await setPolicy(client, schema, table, { role, condition });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code === '55P03') throw error;
    await client.run(`rollback to savepoint rule; revoke all on ${ident(schema)}.${ident(table)} from ${ident(role)}`);
  }
}

async function makePostgresRole(
  client: Client,
  where: Where,
  role: StoredRole,
  given?: readonly Granting[],
): Promise<string> {
  const { schema } = where;
  const name = await createRole(client, role.roleName as string, { schema });
  // Where a role of another database has the name that this one was given, it has another now.
  await client.rows(sql`update plinth.roles set role_name = ${sql.value(name)} where id = ${sql.value(role.id)}`);
  const all = given ?? (await grantings(client, where, (await readModel(client, where.workspaceId)).model));
  const said = governedTables(role, all);
  await grantByDefault(client, { schema, role: name }, said, [], defaultPrivileges(role));
  await syncGrants(client, { schema, role: name }, said, role); // some of it came by the defaults of the schema
  await closePartitions(client, { schema, role: name }, guardedHandmadeTables(role, all));
  return name;
}

/**
 * After a change of a role, which was `before`; of one that is new, without. What is refused to it for the first time
 * takes a Postgres role, whose name is answered.
 * @param about ids of the objects of which something is said: of these it has what its permissions say, whatever a hand
 *   did
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
  if (!now.isMade) return makePostgresRole(client, where, role, all);
  const who = { schema: where.schema, role: roleName };
  const said = governedTables(now, all);
  await grantByDefault(client, who, said, before ? defaultPrivileges(before) : [], defaultPrivileges(now));
  const isAbout = ({ object }: Granting) => about.has(object.id);
  await syncGrants(client, who, said.filter(isAbout), now);
  const others = said.filter((granting) => !isAbout(granting));
  await syncGrants(client, who, others, now, before ? wantedGrants(others, before) : null);
  await closePartitions(client, who, guardedHandmadeTables(now, all));
  return roleName;
}

/** Drops a Postgres role, of whichever it is certain that it is this workspace's. */
export async function dropRoles(client: Client, roles: readonly StoredRole[]): Promise<void> {
  for (const { roleName } of existingRoles(roles))
    await client.run(`drop owned by ${ident(roleName as string)}; drop role ${ident(roleName as string)}`);
}
