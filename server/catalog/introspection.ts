/** What PostGraphile reads of the database, for one schema: its own introspection answers with the whole database. */

import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { OURS } from './ours.ts';

/**
 * The introspection of one schema as the JSON text that `pg-introspection` parses, and what it depends on in
 * pg_catalog.
 *
 * Why not PostGraphile's own query: with 500 workspaces it took 10 s. And why not that query with a condition on the
 * namespace: no catalog has an index that begins with it, so pg_class, pg_type, pg_constraint and pg_description would
 * be read whole, all workspaces of them. What *is* indexed is "who depends on this namespace" (pg_depend), and from a
 * table to its columns, constraints, indexes and comments. Nothing below reads more than it answers.
 *
 * Left empty is what we don't serve: functions, extensions, policies, memberships. What the role cannot read isn't
 * there at all, nor are the keys and indexes that it is part of: nothing that is made of this knows of it. Beside the
 * catalog's own, rows say what the role may write: `mayInsert` and `mayUpdate` of a column, `mayDelete` of a table, and
 * `mayMerge`, for which it must be allowed to write all of the table, and whatever refers to it. And what is kept from
 * it all the same: `isLimited` of a table, of which rules hide records, and `refersUnseen` of a column that refers to a
 * table that the role may not read.
 */
export async function introspect(client: Client, schema: string, role: string | null = null): Promise<string> {
  const may = mayOf(role);
  const [row] = await client.rows<{ introspection: string }>(sql`
    with
    role as materialized (select to_regrole(quote_ident(${sql.value(role)}))::oid as oid),
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
      select oid as _id, *, pg_catalog.pg_relation_is_updatable(oid, true)::bit(8)::int4 as updatable_mask,
        ${may.table('delete', sql`oid`)} as "mayDelete", ${may.isLimited(sql`pg_class.oid`)} as "isLimited"
      from pg_catalog.pg_class
      where oid = any (array(select objid from members where classid = 'pg_catalog.pg_class'::regclass))
        and relkind in ('r', 'p', 'v', 'm', 'f')
        and not relispartition -- what is in it is read through its table
        and not ${OURS}
        and ${may.anyColumn('select', sql`oid`)}
    ),
    referrers as materialized ( -- of all tables, of which the role may see none
      select oid, confrelid, conrelid, conkey, conparentid, ${may.isLimited(sql`conrelid`)} as is_limited
      from pg_catalog.pg_constraint
      where conrelid = any (array(select objid from members where classid = 'pg_catalog.pg_class'::regclass))
        and contype = 'f'
    ),
    columns as materialized (
      select *, ${may.column('select')} as "maySelect", ${may.column('insert')} as "mayInsert",
        ${may.column('update')} as "mayUpdate"
      from pg_catalog.pg_attribute
      where attrelid = any (array(select _id from classes)) and attnum > 0
    ),
    refused as materialized (select attrelid, attnum from columns where not attisdropped and not "maySelect"),
    constraints as materialized (
      select oid as _id, * from pg_catalog.pg_constraint
      where conrelid = any (array(select _id from classes))
        -- a foreign key may lead out of the schema, and has a row for each partition of its target
        and (contype <> 'f' or confrelid = any (array(select _id from classes)))
        and not exists (select from unnest(conkey) as attnum where ${isRefused(sql`conrelid`)})
        and not exists (select from unnest(confkey) as attnum where ${isRefused(sql`confrelid`)})
    ),${may.gathered}
    attributes as materialized ( -- of a column only what is read: of a large schema they are most of the answer
      select attrelid, attname, atttypid, attnum, atttypmod, attnotnull, atthasdef, attidentity, attgenerated,
        attisdropped, attacl,
        "maySelect", "mayInsert", "mayUpdate", ${may.refersUnseen} as "refersUnseen"
      from columns
      where attisdropped or "maySelect"
    ),
    indexes as materialized (
      select * from pg_catalog.pg_index
      where indrelid = any (array(select _id from classes))
        and not exists (select from unnest(indkey) as attnum where ${isRefused(sql`indrelid`)})
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
      select oid as _id, * from pg_catalog.pg_enum
      where enumtypid = any (array(select _id from types where _id >= 16384))
    ),
    described (objid) as materialized (
      select _id from classes union all select _id from constraints union all select _id from types where _id >= 16384
    ),
    descriptions as materialized (
      select *
      from pg_catalog.pg_description
      where objoid = any (array(select objid from described))
        and classoid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_constraint'::regclass,
          'pg_catalog.pg_type'::regclass)
    ),
    roles as materialized (
      select oid as _id, * from pg_catalog.pg_roles where oid = any (array(select relowner from classes))
    )
    select json_build_object(
      'database', (select row_to_json(d)
        from (select oid as _id, * from pg_catalog.pg_database where datname = current_database()) as d),
      'namespaces', (select json_agg(n order by nspname) from namespaces as n),
      'classes', (select coalesce(json_agg(c order by relname), '[]')
        from (select c.*, ${may.merge} as "mayMerge" from classes as c) as c),
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
      'ranges', (select coalesce(json_agg(r order by rngtypid), '[]') from pg_catalog.pg_range as r
        where rngtypid = any (array(select _id from types))),
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

/** What of the catalog a role may do, in SQL; everything, where there is none. */
function mayOf(role: string | null) {
  const always = sql`true`;
  if (role === null)
    return {
      table: () => always,
      anyColumn: () => always,
      column: () => always,
      isLimited: () => sql`false`,
      gathered: sql.blank,
      refersUnseen: sql`false`,
      merge: always,
    };
  const oid = sql`(select oid from role)`;
  return {
    table: (privilege: Privilege, table: SQL) =>
      sql`has_table_privilege(${oid}, ${table}, ${sql.literal(privilege)}) is true`,
    anyColumn: (privilege: Privilege, table: SQL) =>
      sql`has_any_column_privilege(${oid}, ${table}, ${sql.literal(privilege)}) is true`,
    column: (privilege: Privilege) =>
      sql`has_column_privilege(${oid}, attrelid, attnum, ${sql.literal(privilege)}) is true`,
    isLimited: (table: SQL) => limited(oid, table),
    gathered: sql`
    unseen as materialized ( -- columns of foreign keys to tables that the role may not read; a partition's is that of its table
      select conrelid, attnum
      from referrers, unnest(conkey) as attnum
      where conparentid = 0
        and (confrelid in (select objid from members where classid = 'pg_catalog.pg_class'::regclass)) is true
        and oid not in (select _id from constraints)
    ),
    unmergeable as materialized ( -- tables that the role may not write all of, or whose referrers it may not write
      select attrelid as _id
      from columns
      where not attisdropped and not ("maySelect" and ("mayUpdate" or attgenerated <> ''))
      union all
      select confrelid
      from referrers, unnest(conkey) as attnum
      where is_limited
         or not has_column_privilege(${oid}, conrelid, attnum, 'select')
         or not has_column_privilege(${oid}, conrelid, attnum, 'update')
    ),`,
    refersUnseen: sql`(attrelid, attnum) in (select conrelid, attnum from unseen)`,
    merge: sql`(c."mayDelete" and not ${limited(oid, sql`c._id`)} and c._id not in (select _id from unmergeable))`,
  };
}

/**
 * `is true` keeps the planner from joining, which compares each with each where it expects few rows: the set is hashed
 * once.
 */
function isRefused(table: SQL): SQL {
  return sql`((${table}, attnum) in (select attrelid, attnum from refused)) is true`;
}

/** Does a rule keep records of a table from a role? */
function limited(role: SQL, table: SQL): SQL {
  return sql`exists (
      select from pg_catalog.pg_policy
      where polrelid = ${table} and not polpermissive and polroles && array[0::oid, ${role}])`;
}

type Privilege = 'select' | 'insert' | 'update' | 'delete';
