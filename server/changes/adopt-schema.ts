/** Takes an existing schema of the database as a workspace. Nothing in it changes but grants. */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { ident, idents, sql } from '../../db/sql.ts';
import { createKey } from '../access/keys.ts';
import { createFirstRoles } from '../access/roles.ts';
import { createRole } from '../catalog/new-role.ts';
import { refuse } from '../errors.ts';
import { labelOf } from '../model/names.ts';
import { type NewWorkspace, recordWorkspace, WORKSPACE_NAME } from './workspaces.ts';

type Adoption = {
  readonly schema: string;
  /** Of the workspace; unless given, that of the schema. */
  readonly name?: string | undefined;
};

// What is the database's own, or Plinth's.
const OWN = /^(pg_.*|information_schema|plinth|graphile_worker)$/;

/**
 * In one transaction: a role, its grants, the workspace and its first key.
 * @throws PlinthError BAD_REQUEST for a schema that cannot be adopted, INVALID_WORKSPACE_NAME, WORKSPACE_ALREADY_EXISTS
 */
export async function adoptWorkspace(
  database: Database,
  { schema, name = schema }: Adoption,
): Promise<NewWorkspace & { readonly role: string }> {
  if (OWN.test(schema)) throw refuse('BAD_REQUEST', `The schema "${schema}" cannot hold a workspace`);
  if (!WORKSPACE_NAME.test(name))
    throw refuse('INVALID_WORKSPACE_NAME', `"${name}" is not a valid workspace name; choose one with --name`);
  return database.transaction(async (client) => {
    const makers = await makersIn(client, schema);
    const role = await createRole(client, `ws_${name}`);
    const [workspace] = await client.rows<{ id: string }>(sql`
      insert into plinth.workspaces (name, display_name, schema_name, role_name, is_adopted)
      values (${sql.value(name)}, ${sql.value(labelOf(name))}, ${sql.value(schema)}, ${sql.value(role)}, true)
      on conflict do nothing
      returning id`);
    if (!workspace)
      throw refuse(
        'WORKSPACE_ALREADY_EXISTS',
        `There is a workspace named "${name}", or one of the schema "${schema}", already`,
      );
    await client.run(`
      grant usage on schema ${ident(schema)} to ${ident(role)};
      grant select, insert, update, delete on all tables in schema ${ident(schema)} to ${ident(role)};
      grant usage on all sequences in schema ${ident(schema)} to ${ident(role)}`);
    if (makers.length > 0)
      await client.run(`
        alter default privileges for role ${idents(makers)} in schema ${ident(schema)}
          grant select, insert, update, delete on tables to ${ident(role)};
        alter default privileges for role ${idents(makers)} in schema ${ident(schema)}
          grant usage on sequences to ${ident(role)}`);
    await createFirstRoles(client, workspace.id);
    const { token } = await createKey(client, workspace.id, 'Default');
    await recordWorkspace(client, 'adopted', { id: workspace.id, name });
    return { id: workspace.id, name, schema, role, apiKey: token };
  });
}

/**
 * Whoever owns the schema or a table of it may make others, which the workspace shall see too; and so may we.
 * @throws PlinthError BAD_REQUEST where there is no such schema, or one whose tables are not ours to grant
 */
async function makersIn(client: Client, schema: string): Promise<string[]> {
  const [found] = await client.rows<{ makers: string[]; foreign: string[] }>(sql`
    with namespace as materialized (
      select oid, nspowner from pg_catalog.pg_namespace where nspname = ${sql.value(schema)}
    ),
    tables as materialized (
      select c.relname, c.relowner
      from pg_catalog.pg_class as c
      join namespace as n on c.relnamespace = n.oid
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    ),
    owners (oid) as (
      select nspowner from namespace union select relowner from tables union
      select r.oid from pg_catalog.pg_roles as r where r.rolname = current_user
    )
    select
      array(select r.rolname::text from owners join pg_catalog.pg_roles as r using (oid)
        where pg_has_role(r.oid, 'usage') order by 1) as makers,
      array(select relname::text from tables where not pg_has_role(relowner, 'usage') order by 1) as foreign
    from namespace`);
  if (!found) throw refuse('BAD_REQUEST', `There is no schema "${schema}"`);
  const { makers, foreign } = found;
  if (foreign.length > 0)
    throw refuse(
      'BAD_REQUEST',
      `Tables of "${schema}" belong to roles that Plinth's login role is no member of, so that it cannot grant their use: ${foreign.slice(0, 5).join(', ')}`,
    );
  return makers;
}
