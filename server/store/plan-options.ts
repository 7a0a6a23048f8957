/** What a plan needs to know of the server and of a workspace's tables. */

import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import type { PlanOptions } from '../ddl/later.ts';

// What is smaller is read or written through in some 50 ms; jobs do it for what is larger. Pages of 8 KB are counted by
// vacuum, rows by the statistics that are there a second after a write. To ask for the size itself would be to wait for
// a busy table.
const BIG_TABLE_PAGES = 1_024;

const BIG_TABLE_ROWS = 10_000;

export type PlanRow = { readonly version: number; readonly big: string[]; readonly unmade: string[] };

/** The server's version, the workspace's big tables, and what jobs have still to make of its model. */
export function planOptionsQuery(workspaceId: string): SQL {
  return sql`
    select
      ${VERSION} as version,
      array(
        select class.relname::text
        from plinth.workspaces as workspace
        join pg_catalog.pg_class as class
          on class.relnamespace = to_regnamespace(quote_ident(workspace.schema_name)) and class.relkind = 'r'
        where
          workspace.id = ${sql.value(workspaceId)}
          and not workspace.is_adopted -- jobs hold no tables, which the schema's owner could exchange meanwhile
          and (
            class.relpages > ${sql.value(BIG_TABLE_PAGES)}
            or pg_stat_get_live_tuples(class.oid) > ${sql.value(BIG_TABLE_ROWS)}
          )
      ) as big,
      array(
        select key
        from plinth.model_jobs
        where workspace_id = ${sql.value(workspaceId)} and kind = 'make' and state in ('waiting', 'running')
      ) as unmade`;
}

export function planOptionsOf({ version, big, unmade }: PlanRow): PlanOptions {
  return { idDefault: idDefaultOf(version), big: new Set(big), unmade: new Set(unmade) };
}

const VERSION = sql`current_setting('server_version_num')::int`;

/** What a plan must know of the server alone. */
export async function planOptions(client: Client): Promise<{ idDefault: string }> {
  const [row] = await client.rows<{ version: number }>(sql`select ${VERSION} as version`);
  return { idDefault: idDefaultOf(row?.version ?? 0) };
}

/** Ids in order of time where the server makes them. */
function idDefaultOf(version: number): string {
  return version >= FIRST_WITH_UUID_V7 ? 'uuidv7()' : 'gen_random_uuid()';
}

const FIRST_WITH_UUID_V7 = 180_000;
