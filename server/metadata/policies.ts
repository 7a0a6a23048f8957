/** Row security of a workspace's tables: a role's rule on one, made, changed or taken away. */

import type { Client } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { type Policy, planPolicy, type TableSecurity } from '../ddl/policies.ts';
import { runInSchema } from './apply.ts';

export async function setPolicy(client: Client, schema: string, table: string, policy: Policy): Promise<void> {
  const [security] = await client.rows<TableSecurity>(sql`
    select c.relname as table, c.relrowsecurity as "isEnabled",
      array(select p.polname::text from pg_catalog.pg_policy as p where p.polrelid = c.oid) as policies
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = ${sql.value(schema)} and c.relname = ${sql.value(table)}`);
  if (security) await runInSchema(client, schema, planPolicy(security, policy));
}
