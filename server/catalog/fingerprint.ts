/**
 * A schema as readable text, and the hash of that text: two workspaces with the same text can share one GraphQL schema.
 */

import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { OURS } from './ours.ts';

/**
 * Tables, columns, constraints, indexes, enums and comments of a schema, each by itself, in an order of names: no oid,
 * no schema name, no order of creation. The same text is what tests compare.
 */
export async function describeSchema(client: Client, schema: string, role: string | null = null): Promise<string> {
  const [row] = await client.rows<{ text: string | null }>(sql`
    ${descriptionOf(schema, role)} select string_agg(line, e'\n' order by kind, thing, line) as text from lines`);
  return row?.text ?? '';
}

/**
 * Hash of `describeSchema`, made by Postgres. What the role is refused is part of it, and nothing else of the role:
 * whoever is refused nothing shares the fingerprint of the whole schema.
 * @param role null sees all that there is
 * @returns null where there is no such schema, or where the role isn't there or has no business in it
 */
export async function fingerprint(client: Client, schema: string, role: string | null = null): Promise<string | null> {
  const isLetIn =
    role === null
      ? sql`true`
      : sql`has_schema_privilege((select oid from role), (select oid from namespace), 'usage') is true`;
  const [row] = await client.rows<{ fingerprint: string }>(sql`
    ${descriptionOf(schema, role)}
    select encode(sha256(convert_to(coalesce(string_agg(line, e'\n' order by kind, thing, line), ''), 'UTF8')),
      'hex') as fingerprint
    from lines
    having exists (select from namespace) and ${isLetIn}`);
  return row?.fingerprint ?? null;
}

/**
 * Begins at the namespace and follows indexed dependencies, as `introspect` does. `format_type` and its like leave a
 * schema's name out where the type is visible, so these queries run with the schema in the search path. Comments are
 * looked up one by one, by their index: joined, they were compared each with each, which took 38 s of a schema of 500
 * tables. And not by `col_description`, which runs a query of its own for each column: 1.4 s instead of 0.1 s.
 */
function descriptionOf(schema: string, role: string | null): SQL {
  return sql`
    with
    role as materialized (select to_regrole(quote_ident(${sql.value(role)}))::oid as oid),
    namespace as materialized (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)}),
    path as materialized (select set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp', true)
      from namespace),
    members as materialized (
      select classid, objid
      from pg_catalog.pg_depend, path
      where refclassid = 'pg_catalog.pg_namespace'::regclass and refobjid = (select oid from namespace)
    ),
    tables as materialized (
      select oid, relname, relkind
      from pg_catalog.pg_class
      where oid = any (array(select objid from members where classid = 'pg_catalog.pg_class'::regclass))
        and relkind in ('r', 'p', 'v', 'm', 'f') and not ${OURS}
    ),
    granted as materialized ( -- nothing, where nobody's role is asked about
      select t.oid, t.relname, role.oid as role, asked.privilege,
        has_table_privilege(role.oid, t.oid, asked.privilege) as is_whole
      from tables as t, role, unnest(array['select', 'insert', 'update', 'delete']) as asked (privilege)
      where role.oid is not null
    ),
    limits as materialized ( -- the grants of tables of which something is refused
      select * from (select *, bool_and(is_whole) over (partition by oid) as is_all from granted) as each
      where not is_all
    ),
    lines (kind, thing, line) as (
      select 1, t.relname, format('table %I (%s)%s', t.relname, t.relkind, ' -- ' || ${comment(sql`t.oid`, 'pg_class')})
      from tables as t
      union all
      select 2, t.relname, format('column %I.%I %s%s%s%s', t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then ' not null' end,
        case a.attgenerated when '' then ' default ' || pg_get_expr(d.adbin, d.adrelid)
          else ' generated ' || pg_get_expr(d.adbin, d.adrelid) end,
        ' -- ' || ${comment(sql`t.oid`, 'pg_class', sql`a.attnum`)})
      from tables as t
      join pg_catalog.pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      left join pg_catalog.pg_attrdef as d on d.adrelid = t.oid and d.adnum = a.attnum
      union all
      select 3, t.relname, format('constraint %I.%I %s%s%s', t.relname, k.conname, pg_get_constraintdef(k.oid),
        case when not k.convalidated then ' (not validated)' end, ' -- ' || ${comment(sql`k.oid`, 'pg_constraint')})
      from tables as t
      join pg_catalog.pg_constraint as k on k.conrelid = t.oid and k.contype <> 'n' -- 18 lists not null here too
      union all
      select 4, t.relname, format('index %s',
        replace(pg_get_indexdef(i.indexrelid), format(' ON %I.', ${sql.value(schema)}::text), ' ON '))
      from tables as t
      join pg_catalog.pg_index as i on i.indrelid = t.oid and i.indisvalid
      union all
      select 5, y.typname, format('enum %I (%s)', y.typname,
        (select string_agg(e.enumlabel, ', ' order by e.enumsortorder) from pg_catalog.pg_enum as e
          where e.enumtypid = y.oid))
      from pg_catalog.pg_type as y
      where y.oid = any (array(select objid from members where classid = 'pg_catalog.pg_type'::regclass))
        and y.typtype = 'e'
      union all
      select 6, g.relname, format('grant %I %s%s', g.relname, g.privilege, case when not g.is_whole then
        (select format(' (%s)', string_agg(quote_ident(a.attname), ', ' order by a.attname))
         from pg_catalog.pg_attribute as a
         where a.attrelid = g.oid and not a.attisdropped
           and has_column_privilege(g.role, a.attrelid, a.attnum, g.privilege)) end)
      from limits as g
      where case when g.is_whole then true when g.privilege <> 'delete'
      then has_any_column_privilege(g.role, g.oid, g.privilege) end
      union all
      select 6, t.relname, format('limited %I', t.relname)
      from tables as t, role
      where exists (
        select from pg_catalog.pg_policy as p
        where p.polrelid = t.oid and not p.polpermissive and p.polroles && array[0::oid, role.oid])
        and role.oid is not null
      union all -- of a table of which nothing is granted, no line would say so
      select 6, g.relname, format('refused %I', g.relname)
      from limits as g
      where not g.is_whole and g.privilege = 'select' and not has_any_column_privilege(g.role, g.oid, 'select')
    )`;
}

/** @param column 0 for what has no columns, or for the table itself */
function comment(of: SQL, catalog: 'pg_class' | 'pg_constraint', column = sql`0`): SQL {
  return sql`(
          select d.description
          from pg_catalog.pg_description as d
          where d.objoid = ${of} and d.classoid = ${sql.literal(`pg_catalog.${catalog}`)}::regclass
            and d.objsubid = ${column})`;
}
