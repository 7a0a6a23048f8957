/**
 * What a plan would destroy, counted for whoever asks: of records and values that they may not read, no number is told.
 */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';
import type { OwnerSession } from '../catalog/as-owner.ts';
import { EVERYBODY } from '../ddl/policies.ts';
import type { Loss } from '../ddl/statement.ts';

/** Who asks: a Postgres role in a schema; without one, whoever may read everything. */
export type Reader = { readonly schema: string; readonly role?: string | undefined };

/**
 * One query, however many there are, with the schema in the search path.
 * @param isRead of each loss: is it the asker's to know? Else it is null
 */
export async function countLosses(
  tables: OwnerSession,
  losses: readonly Loss[],
  isRead: readonly boolean[],
): Promise<readonly (number | null)[]> {
  const counts = losses.map(({ count }, i) => (isRead[i] ? `(${count})` : 'null')).join(', ');
  const [row] = await tables.rows<{ counts: (number | null)[] }>(`select jsonb_build_array(${counts}) as counts`);
  return row?.counts ?? [];
}

/**
 * May the reader read the column, of all records of the table? What isn't there is left to whoever counts it. To be
 * asked without the schema in the search path, whose operators might answer.
 */
export async function readableLosses(
  client: Client,
  { schema, role }: Reader,
  losses: readonly Loss[],
): Promise<readonly boolean[]> {
  if (role === undefined) return losses.map(() => true);
  const places = losses.map(({ table, column }, place) => ({ place, table, column }));
  const rows = await client.rows<{ place: number }>(sql`
    select given.place
    from jsonb_to_recordset(${sql.value(JSON.stringify(places))}::jsonb) as given (place int, "table" text,
      "column" text)
    cross join (select to_regrole(quote_ident(${sql.value(role)}))::oid as oid) as reader
    left join pg_catalog.pg_class as c on c.relname = given."table"
      and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
    left join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = given."column"
    where c.oid is null or (
      case when a.attnum is null then has_any_column_privilege(reader.oid, c.oid, 'select')
        else has_column_privilege(reader.oid, c.oid, a.attnum, 'select') end
      and not (c.relrowsecurity and exists (
        select from pg_catalog.pg_policy as p
        where p.polrelid = c.oid and p.polname <> ${sql.value(EVERYBODY)} and p.polroles && array[0::oid,
        reader.oid])))`);
  const isRead = new Set(rows.map(({ place }) => place));
  return losses.map((_, place) => isRead.has(place));
}
