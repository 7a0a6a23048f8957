/** What PostGraphile reads of the database, for one schema: its own introspection answers with the whole database. */

import type { Client } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { OURS } from './ours.ts';

/**
 * The introspection of one schema as the JSON text that `pg-introspection` parses, and what it depends on in pg_catalog.
 *
 * Why not PostGraphile's own query: with 500 workspaces it took 10 s. And why not that query with a condition on the
 * namespace: no catalog has an index that begins with it, so pg_class, pg_type, pg_constraint and pg_description would be
 * read whole, all workspaces of them. What *is* indexed is "who depends on this namespace" (pg_depend), and from a table
 * to its columns, constraints, indexes and comments. Nothing below reads more than it answers.
 *
 * Left empty is what we don't serve: functions, extensions, policies, memberships.
 */
export async function introspect(client: Client, schema: string): Promise<string> {
  const [row] = await client.rows<{ introspection: string }>(sql`
    with
    namespaces as materialized (
      select oid as _id, * from pg_catalog.pg_namespace where nspname in ('pg_catalog', ${sql.value(schema)})
    ),
    members as materialized ( -- tables and types of the schema
      select classid, objid
      from pg_catalog.pg_depend
      where refclassid = 'pg_catalog.pg_namespace'::regclass
        and refobjid = (select _id from namespaces where nspname = ${sql.value(schema)})
        and classid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass)
    ),
    classes as materialized (
      select oid as _id, *, pg_catalog.pg_relation_is_updatable(oid, true)::bit(8)::int4 as updatable_mask
      from pg_catalog.pg_class
      where oid = any (array(select objid from members where classid = 'pg_catalog.pg_class'::regclass))
        and relkind in ('r', 'p', 'v', 'm', 'f')
        and not relispartition -- what is in it is read through its table
        and not ${OURS}
    ),
    attributes as materialized (
      select * from pg_catalog.pg_attribute where attrelid = any (array(select _id from classes)) and attnum > 0
    ),
    constraints as materialized (
      select oid as _id, * from pg_catalog.pg_constraint
      where conrelid = any (array(select _id from classes))
        -- a foreign key may lead out of the schema, and has a row for each partition of its target
        and (contype <> 'f' or confrelid = any (array(select _id from classes)))
    ),
    indexes as materialized (
      select * from pg_catalog.pg_index where indrelid = any (array(select _id from classes))
    ),
    types as materialized (
      select oid as _id, *
      from pg_catalog.pg_type
      where oid < 16384 -- built in; the first oid that a user's object can have is 16384
         or oid = any (array(select objid from members where classid = 'pg_catalog.pg_type'::regclass))
         or oid = any (array(select reltype from classes))
         or typelem <> 0 and oid = any (array(
              select typarray from pg_catalog.pg_type
              where oid = any (array(select objid from members where classid = 'pg_catalog.pg_type'::regclass))
                 or oid = any (array(select reltype from classes))))
    ),
    enums as materialized (
      select oid as _id, * from pg_catalog.pg_enum where enumtypid = any (array(select _id from types where _id >= 16384))
    ),
    described (objid) as materialized (
      select _id from classes union all select _id from constraints union all select _id from types where _id >= 16384
    ),
    descriptions as materialized (
      select *
      from pg_catalog.pg_description
      where objoid = any (array(select objid from described))
        and classoid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_type'::regclass)
    ),
    roles as materialized (
      select oid as _id, * from pg_catalog.pg_roles where oid = any (array(select relowner from classes))
    )
    select json_build_object(
      'database', (select row_to_json(d) from (select oid as _id, * from pg_catalog.pg_database where datname = current_database()) as d),
      'namespaces', (select json_agg(n order by nspname) from namespaces as n),
      'classes', (select coalesce(json_agg(c order by relname), '[]') from classes as c),
      'attributes', (select coalesce(json_agg(a order by attrelid, attnum), '[]') from attributes as a),
      'constraints', (select coalesce(json_agg(c order by conrelid, conname), '[]') from constraints as c),
      'procs', '[]'::json,
      'roles', (select coalesce(json_agg(r order by rolname), '[]') from roles as r),
      'auth_members', '[]'::json,
      'types', (select json_agg(t order by typnamespace, typname) from types as t),
      'enums', (select coalesce(json_agg(e order by enumtypid, enumsortorder), '[]') from enums as e),
      'extensions', '[]'::json,
      'indexes', (select coalesce(json_agg(i order by indrelid, indexrelid), '[]') from indexes as i),
      'inherits', '[]'::json,
      'languages', '[]'::json,
      'policies', '[]'::json,
      'ranges', (select coalesce(json_agg(r order by rngtypid), '[]') from pg_catalog.pg_range as r where rngtypid = any (array(select _id from types))),
      'depends', '[]'::json,
      'descriptions', (select coalesce(json_agg(d order by objoid, classoid, objsubid), '[]') from descriptions as d),
      'am', (select json_agg(a order by amname) from (select oid as _id, * from pg_catalog.pg_am) as a),
      'catalog_by_oid', (
        select json_object_agg(oid::text, relname order by relname)
        from pg_catalog.pg_class
        where oid < 16384 and relkind = 'r' and relnamespace = 'pg_catalog'::regnamespace
      ),
      'current_user', current_user,
      'pg_version', version(),
      'introspection_version', 1
    )::text as introspection`);
  if (!row) throw new Error(`Postgres answered nothing about the schema ${schema}`);
  return row.introspection;
}
