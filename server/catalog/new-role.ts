/** Postgres roles of workspaces. */

import type { Client } from '../../db/client.ts';
import { ident, sql } from '../../db/sql.ts';

/**
 * Makes a role of which the login role is a member. Roles belong to the whole cluster: where another database has a
 * role of this name, a number is added. Roles that serve requests can log in, without a password: on Citus workers are
 * reached as the current role.
 * @param schema that it may use
 * @returns its name
 */
export async function createRole(
  client: Client,
  wanted: string,
  { canLogIn = true, schema }: { canLogIn?: boolean; schema?: string } = {},
): Promise<string> {
  const rows = await client.rows<{ rolname: string }>(sql`
    select rolname from pg_catalog.pg_roles
    where rolname = ${sql.value(wanted)} or rolname like ${sql.value(`${wanted.replaceAll('_', '\\_')}\\_\\_%`)}`);
  const taken = new Set(rows.map(({ rolname }) => rolname));
  let role = wanted;
  for (let i = 2; taken.has(role); i++) role = `${wanted}__${i}`;
  const kind = canLogIn ? 'login' : 'nologin';
  const access = schema === undefined ? '' : `; grant usage on schema ${ident(schema)} to ${ident(role)}`;
  await client.run(`create role ${ident(role)} ${kind} noinherit; grant ${ident(role)} to current_user${access}`);
  return role;
}
