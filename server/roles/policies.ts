/** Row security of a workspace's tables: a role's rule on one, made, changed or taken away. */

import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { ident, sql } from '../../db/sql.ts';
import { leaveSchema } from '../catalog/held.ts';
import type { Granting } from '../ddl/grants.ts';
import { type Policy, planPolicy, type TableSecurity } from '../ddl/policies.ts';
import { refuse } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { renamedFilter } from '../model/roles/row-rules.ts';
import type { Facts } from '../store/facts.ts';
import { grantings } from '../store/handmade.ts';
import type { StoredRole } from '../store/roles.ts';
import { runInSchema } from '../store/run.ts';

export async function setPolicy(client: Client, schema: string, table: string, policy: Policy): Promise<void> {
  const [security] = await client.rows<TableSecurity>(sql`
    select c.relname as table, c.relrowsecurity as "isEnabled",
      array(select p.polname::text from pg_catalog.pg_policy as p where p.polrelid = c.oid) as policies
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = ${sql.value(schema)} and c.relname = ${sql.value(table)}`);
  if (security) await runInSchema(client, schema, planPolicy(security, policy));
}

export const UNREADABLE_RULE = 'A rule may only use objects, fields and relations that its author can read';

/**
 * Lets Postgres say whether the author of a condition may read all that it reads, in whatever table. No record is
 * looked at.
 * @throws PlinthError PERMISSION_DENIED
 */
export async function refuseUnreadable(
  database: Database,
  schema: string,
  table: string,
  { role, condition }: { readonly role: string; readonly condition: string },
): Promise<void> {
  // On a connection of the role, and not as it in the transaction: to plan a query may be to run functions of the
  // schema.
  const look = `select from ${ident(table)} where (${condition}) limit 0`;
  await database
    .withConnection({ schema, role }, ({ run }) => run(look))
    .catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError) || error.code !== INSUFFICIENT_PRIVILEGE) throw error;
      throw refuse('PERMISSION_DENIED', { message: UNREADABLE_RULE, cause: error });
    });
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** A role's rule, and the table that it is on. */
export type PlacedRule = {
  readonly roleId: string;
  readonly roleName: string;
  readonly objectId: string;
  readonly table: string;
};

/**
 * Keeps what Postgres has made of rules, so that a policy that somebody changed by hand is known as such.
 * @param areNew else of those alone that are as they were kept, whatever the names in them are now
 */
export async function snapshotPolicies(
  client: Client,
  schema: string,
  rules: readonly PlacedRule[],
  { areNew = false } = {},
): Promise<void> {
  if (rules.length === 0) return;
  await client.rows(sql`
    with path as materialized (select set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp',
      true)),
    now as materialized (
      select given."roleId", given."objectId", pg_get_expr(p.polqual, p.polrelid) as condition, ${PARSED} as parsed
      from path, jsonb_to_recordset(${sql.value(JSON.stringify(rules))}::jsonb) as given (
        "roleId" uuid, "roleName" text, "objectId" uuid, "table" text)
      join pg_catalog.pg_class as c on c.relname = given."table"
        and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
      join pg_catalog.pg_policy as p on p.polrelid = c.oid and p.polname = given."roleName"
    )
    update plinth.row_rules as rule
    set condition = now.condition, parsed = now.parsed
    from now
    where rule.role_id = now."roleId" and rule.object_id = now."objectId"
      and (${sql.value(areNew)}::boolean or rule.parsed is null or rule.parsed = now.parsed
        or rule.condition = now.condition)`);
  await leaveSchema(client);
}

/** Of `p`, a row of pg_policy. */
export const PARSED = sql`md5(concat(p.polqual, p.polwithcheck))`;

/**
 * Rules are kept in the names of the APIs, and policies follow renames by themselves. A rule on what is gone, Postgres
 * keeps from going.
 */
export async function renameInRowRules(client: Client, { roles, stored }: Facts, after: Model): Promise<void> {
  for (const { id, rules } of roles) {
    for (const { objectId, filter } of rules) {
      const renamed = renamedFilter(stored.model, after, objectId, filter);
      if (renamed !== null && !isDeepStrictEqual(renamed, filter))
        await client.rows(sql`
          update plinth.row_rules set filter = ${sql.value(JSON.stringify(renamed))}
          where role_id = ${sql.value(id)} and object_id = ${sql.value(objectId)}`);
    }
  }
}

/** After a change of the model: names in what is kept of rules are those of now. */
export async function refreshPolicySnapshots(
  client: Client,
  facts: Facts,
  model: Model,
  areNew: boolean,
): Promise<void> {
  const roles = facts.roles.filter(({ rules }) => rules.length > 0);
  if (roles.length > 0)
    await snapshotPolicies(client, facts.schema, placedRules(roles, await grantings(client, facts, model)), { areNew });
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
 * Tables whose policies for a role read each other, directly or through others; none where one reads only its own
 * table.
 */
export async function circleOfPolicies(client: Client, schema: string, role: string): Promise<readonly string[]> {
  const edges = await client.rows<{ table: string; read: string }>(sql`
    select distinct c.relname::text as table, other.relname::text as read
    from pg_catalog.pg_policy as p
    join pg_catalog.pg_class as c on c.oid = p.polrelid
    join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
      and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> p.polrelid
    join pg_catalog.pg_class as other on other.oid = d.refobjid
    where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
      and p.polroles && array[0::oid, to_regrole(quote_ident(${sql.value(role)}))::oid]`);
  const reads = Map.groupBy(edges, ({ table }) => table);
  const circles = [...reads.keys()].map((table) => wayBack(reads, table)).filter((circle) => circle.length > 0);
  return circles.sort((a, b) => a.length - b.length)[0] ?? [];
}

type Reads = ReadonlyMap<string, readonly { readonly read: string }[]>;

/** The shortest way from a table to itself; empty where there is none. */
function wayBack(reads: Reads, table: string): readonly string[] {
  const known = new Set<string>();
  const ways: string[][] = [[table]];
  for (const way of ways) {
    for (const { read } of reads.get(way.at(-1) as string) ?? []) {
      if (read === table) return way;
      if (known.has(read)) continue;
      known.add(read);
      ways.push([...way, read]);
    }
  }
  return [];
}
