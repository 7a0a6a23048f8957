/** The tables of a schema as data, in Postgres' own words: two schemas can be compared part by part. */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';
import { leaveSchema } from './held.ts';
import { OURS } from './ours.ts';

export type CatalogColumn = {
  readonly type: string;
  readonly isNotNull: boolean;
  readonly default: string | null;
  /** Expression of a generated column. */
  readonly generated: string | null;
  readonly comment: string | null;
};

export type CatalogTable = {
  readonly columns: Readonly<Record<string, CatalogColumn>>;
  /** Definitions by name, without names in them. */
  readonly constraints: Readonly<Record<string, string>>;
  /** Those that no constraint has made. */
  readonly indexes: Readonly<Record<string, string>>;
};

export type CatalogTables = {
  readonly tables: Readonly<Record<string, CatalogTable>>;
  /** Labels in their order. */
  readonly enums: Readonly<Record<string, readonly string[]>>;
};

/**
 * Sets the search path within the query, so that no definition says the schema's name, and no operator in the query is
 * the schema's.
 */
export async function readTables(client: Client, schema: string): Promise<CatalogTables> {
  const [row] = await client.rows<CatalogTables>(sql`
    with
    path as materialized (select set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp', true)),
    members as materialized ( -- from the namespace, by an index that all workspaces share
      select classid, objid
      from pg_catalog.pg_depend, path
      where refclassid = 'pg_catalog.pg_namespace'::regclass
        and refobjid = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
    ),
    tables as materialized (
      select oid, relname
      from pg_catalog.pg_class
      where oid = any (array(select objid from members where classid = 'pg_catalog.pg_class'::regclass))
        and relkind in ('r', 'p') and not ${OURS}
    ),
    columns as (
      select a.attrelid, jsonb_object_agg(a.attname, jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod), 'isNotNull', a.attnotnull,
        'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
        'generated', case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end,
        'comment', col_description(a.attrelid, a.attnum))) as columns
      from pg_catalog.pg_attribute as a
      left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = any (array(select oid from tables)) and a.attnum > 0 and not a.attisdropped
      group by a.attrelid
    ),
    constraints as (
      select conrelid, jsonb_object_agg(conname, pg_get_constraintdef(oid)) as constraints
      from pg_catalog.pg_constraint
      where conrelid = any (array(select oid from tables)) and contype in ('p', 'u', 'f', 'c')
      group by conrelid
    ),
    indexes as (
      select i.indrelid, jsonb_object_agg(c.relname, concat(
        case when i.indisunique then 'unique ' end, m.amname, ' (',
        (select string_agg(pg_get_indexdef(i.indexrelid, place, true), ', ' order by place)
         from generate_series(1, i.indnatts) as place), ')',
        ' where ' || pg_get_expr(i.indpred, i.indrelid))) as indexes
      from pg_catalog.pg_index as i
      join pg_catalog.pg_class as c on c.oid = i.indexrelid
      join pg_catalog.pg_am as m on m.oid = c.relam
      where i.indrelid = any (array(select oid from tables)) and i.indisvalid
        and not exists (select from pg_catalog.pg_constraint as k
          where k.conrelid = i.indrelid and k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
      group by i.indrelid
    )
    select
      (select coalesce(jsonb_object_agg(t.relname, jsonb_build_object(
          'columns', coalesce(c.columns, '{}'), 'constraints', coalesce(k.constraints, '{}'), 'indexes',
          coalesce(i.indexes, '{}'))), '{}')
        from tables as t
        left join columns as c on c.attrelid = t.oid
        left join constraints as k on k.conrelid = t.oid
        left join indexes as i on i.indrelid = t.oid) as tables,
      (select coalesce(jsonb_object_agg(y.typname,
          (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum as e
            where e.enumtypid = y.oid)), '{}')
        from pg_catalog.pg_type as y
        where y.oid = any (array(select objid from members where classid = 'pg_catalog.pg_type'::regclass))
          and y.typtype = 'e') as enums`);
  await leaveSchema(client);
  return row ?? { tables: {}, enums: {} };
}
