/** Ids of new records. */

import { randomBytes } from 'node:crypto';
import type { PgClient } from 'postgraphile/@dataplan/pg';
import { v7 as uuidv7 } from 'uuid';
import { compiled, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/served.ts';

/**
 * An id for each record that has none, in the order of the records: UUIDs are made here, numbers come from the column's
 * own sequence, as they do in psql. Undefined where the table has no way of making one, and for those that have one.
 */
export async function newIds(
  served: ServedObject,
  hasId: readonly boolean[],
  client: PgClient,
): Promise<(string | undefined)[]> {
  const { type } = served.key;
  const missing = hasId.filter((has) => !has).length;
  if (missing === 0) return [];
  if (type === 'uuid') return newUuids(hasId.length);
  const made = type === 'text' ? [] : await nextOfSequence(served, missing, client);
  let next = 0;
  return hasId.map((has) => (has ? undefined : made[next++]));
}

/** In the order of the records, so that reading them by id reads them as they were sent. */
function newUuids(count: number): string[] {
  const random = randomBytes(16 * count); // one call: each costs more than the ids do
  const first = count > 0 ? random.readUInt32BE(0) >>> 1 : 0;
  const msecs = Date.now();
  return Array.from({ length: count }, (_, i) =>
    uuidv7({ random: random.subarray(16 * i, 16 * (i + 1)), seq: first + i, msecs }),
  );
}

/** The sequence that the column owns, or else the one that its default reads: dumps of old databases have such. */
async function nextOfSequence({ table, key }: ServedObject, count: number, client: PgClient): Promise<string[]> {
  const name = (table.extensions as { pg?: { name: string } } | undefined)?.pg?.name ?? table.name;
  const query = sql`
    with owner as materialized (
      select a.attrelid, a.attnum
      from pg_catalog.pg_attribute as a
      where a.attrelid = quote_ident(${sql.value(name)})::regclass and a.attname = ${sql.value(key.column)}
    ),
    sequence as materialized (
      select coalesce(
        pg_get_serial_sequence(quote_ident(${sql.value(name)}), ${sql.value(key.column)})::regclass,
        (select d.refobjid::regclass
         from owner
         join pg_catalog.pg_attrdef as def on def.adrelid = owner.attrelid and def.adnum = owner.attnum
         join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = def.oid
         join pg_catalog.pg_class as s on s.oid = d.refobjid and d.refclassid = 'pg_catalog.pg_class'::regclass
         and s.relkind = 'S'
         limit 1)) as oid
    )
    select nextval(sequence.oid)::text as id
    from sequence, generate_series(1, ${sql.value(count)}::int)
    where sequence.oid is not null`;
  const { rows } = await client.query<{ id: string }>(compiled(query));
  return rows.map(({ id }) => id);
}
