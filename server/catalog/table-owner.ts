/**
 * Who owns the tables of a workspace in which SQL may run that Plinth did not write. PostgreSQL runs the actions of
 * foreign keys (`on delete cascade`, `set null`) and the expressions of indexes as the owner of the table. So there the
 * tables belong to a role of the workspace's own, which cannot log in and may do nothing outside of the schema. The
 * login role is a member of it.
 *
 * A workspace has an *owner role* (in plinth.workspaces) from the first time that such SQL is seen, and keeps it.
 * Changes of the model run as it from then on (as-owner.ts). Tables that the login role makes later are given to it
 * when they are seen.
 */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { ident, sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import { createOwnerFunction, dropOwnerFunction } from './as-owner.ts';
import { createRole } from './new-role.ts';

type Holding = {
  readonly roleName: string;
  readonly ownerRole: string | null;
  /** Are the role and its function there, as they should be? */
  readonly isReady: boolean;
  /** `table "name"`, `type "name"`: what belongs to the login role and should not. */
  readonly belongings: readonly string[];
};

// Others wait behind whoever waits for a table. So it is waited for a moment at a time.
const LOCK_TIMEOUT_MS = 200;
const LOCK_NOT_AVAILABLE = '55P03';
const PATIENCE_MS = 2_500;

/**
 * Gives the tables of a workspace to its owner role, which is made where it isn't there.
 * @throws PlinthError MODEL_BUSY where others hold one of them for long
 */
export async function giveTables(database: Database, schema: string): Promise<void> {
  const found = await database.lookUpIn(schema, (client) => holdingOf(client, schema));
  if (!found || (found.isReady && found.belongings.length === 0)) return;
  const deadline = performance.now() + PATIENCE_MS;
  const owner = await patiently(deadline, () => inMoments(database, schema, (client) => readyOwner(client, schema)));
  for (const belonging of found.belongings)
    await patiently(deadline, () =>
      inMoments(database, schema, (client) =>
        client.run(`alter ${belonging} owner to ${ident(owner)}`).catch((error) => {
          if (error.code !== UNDEFINED_TABLE && error.code !== UNDEFINED_OBJECT) throw error; // dropped meanwhile
        }),
      ),
    );
}

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_OBJECT = '42704';

function inMoments<T>(database: Database, schema: string, use: (client: Client) => Promise<T>): Promise<T> {
  return database.sharedBy(schema).transaction(async (client) => {
    await client.rows(sql`select set_config('lock_timeout', ${sql.value(String(LOCK_TIMEOUT_MS))}, true)`);
    return use(client);
  });
}

async function patiently<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      if (performance.now() > deadline) throw refuse('MODEL_BUSY', { cause: error });
    }
  }
}

/** Partitions are tables; sequences of columns follow their tables, and array types their types. */
async function holdingOf(client: Client, schema: string): Promise<Holding | null> {
  const [found] = await client.rows<Holding>(sql`
    with givers as materialized ( -- a login role that is a superuser gives what other superusers made, too
      select r.oid
      from pg_catalog.pg_roles as r
      join pg_catalog.pg_roles as me on me.rolname = current_user
      where r.oid = me.oid or (r.rolsuper and me.rolsuper)
    )
    select w.role_name as "roleName", w.owner_role as "ownerRole",
      exists (
        select from pg_catalog.pg_roles as r
        join pg_catalog.pg_proc as p on p.proowner = r.oid
        where r.rolname = w.owner_role and p.pronamespace = 'plinth'::regnamespace and p.proname = w.owner_role
          and p.prosecdef
          and has_schema_privilege(r.oid, n.oid, 'create')
          and not has_schema_privilege(r.oid, 'plinth', 'usage')) as "isReady",
      array(
        select format('table %I.%I', ${sql.value(schema)}::text, c.relname)
        from pg_catalog.pg_class as c
        where c.relnamespace = n.oid and c.relkind in ('r', 'p') and c.relowner in (select oid from givers)
          and not starts_with(c.relname::text, 'plinth_')
        union all
        select format('type %I.%I', ${sql.value(schema)}::text, t.typname)
        from pg_catalog.pg_type as t
        where t.typnamespace = n.oid and t.typtype = 'e' and t.typowner in (select oid from givers)) as belongings
    from plinth.workspaces as w
    join pg_catalog.pg_namespace as n on n.nspname = w.schema_name
    where w.schema_name = ${sql.value(schema)}`);
  return found ?? null;
}

/** The owner role, with all that it needs. Roles of requests are called ws_…, so that none has its name. */
async function readyOwner(client: Client, schema: string): Promise<string> {
  // Of several servers, one does it; and changes of the schema plinth exclude each other.
  await client.rows(sql`select pg_advisory_xact_lock(hashtextextended('owners of tables', 0))`);
  const found = await holdingOf(client, schema);
  if (!found) throw refuse('WORKSPACE_NOT_FOUND');
  if (found.isReady) return found.ownerRole as string;
  const owner = await existingOrNew(client, found);
  await client.run(`
    grant usage, create on schema ${ident(schema)} to ${ident(owner)};
    revoke all on schema plinth from ${ident(owner)};
    ${createOwnerFunction(schema, owner)}`);
  await copyDefaultPrivileges(client, schema, owner);
  await client.rows(
    sql`update plinth.workspaces set owner_role = ${sql.value(owner)} where schema_name = ${sql.value(schema)}`,
  );
  return owner;
}

async function existingOrNew(client: Client, { roleName, ownerRole }: Holding): Promise<string> {
  if (ownerRole !== null) {
    const existing = await client.rows(
      sql`select from pg_catalog.pg_roles where rolname = ${sql.value(ownerRole)} and not rolcanlogin and not rolsuper`,
    );
    if (existing.length > 0) return ownerRole;
  }
  return createRole(client, `owner_of_${roleName}`, { canLogIn: false });
}

/** Who may use tables that the login role makes may use those that the owner role makes. */
async function copyDefaultPrivileges(client: Client, schema: string, owner: string): Promise<void> {
  const rows = await client.rows<{ statement: string }>(sql`
    select format('alter default privileges for role %I in schema %I grant %s on %s to %s',
      ${sql.value(owner)}::text, ${sql.value(schema)}::text, a.privilege_type,
      case d.defaclobjtype when 'r' then 'tables' else 'sequences' end,
      coalesce(nullif(a.grantee, 0)::regrole::text, 'public')) as statement
    from pg_catalog.pg_default_acl as d, aclexplode(d.defaclacl) as a
    where d.defaclnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
      and pg_get_userbyid(d.defaclrole) = current_user and d.defaclobjtype in ('r', 'S')
      and a.grantee <> d.defaclrole`);
  if (rows.length > 0) await client.run(rows.map(({ statement }) => statement).join(';\n'));
}

/** With the workspace. What it owns in a schema that stays belongs to the login role then. */
export function dropOwner(ownerRole: string): string {
  const owner = ident(ownerRole);
  return `${dropOwnerFunction(ownerRole)};
reassign owned by ${owner} to current_user;
drop owned by ${owner};
drop role ${owner}`;
}
