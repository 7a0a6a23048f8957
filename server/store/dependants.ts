/**
 * What in the database depends on what a change takes away, and so forbids it: foreign keys of tables made by hand,
 * views, functions, rules on rows. Read from the catalog, for Postgres names it in its messages alone.
 */

import pg from 'pg';
import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { compare } from '../ddl/compare.ts';
import type { Shapes } from '../ddl/plan.ts';

/** What goes, by its names before the change. */
type Going = {
  readonly tables: readonly string[];
  readonly columns: readonly ColumnName[];
  /** They stay, with another type, which is refused as a drop is. */
  readonly retyped: readonly ColumnName[];
  readonly types: readonly string[];
  readonly constraints: readonly { readonly table: string; readonly name: string }[];
};
type ColumnName = { readonly table: string; readonly column: string };

const DEPENDED_UPON = [
  '2BP01', // dependent_objects_still_exist
  '0A000', // feature_not_supported: the type of a column that a view, a policy or a generated column reads
];

// A message is read by people.
const MOST_NAMED = 20;

export function isDependedUpon(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && DEPENDED_UPON.includes(error.code ?? '');
}

/**
 * Such as "table launch_pads (column rocket_id) refers to rockets; view fleet uses rockets.name"; null where the
 * catalog tells of none.
 */
export async function dependantsOf(
  client: Client,
  { workspaceId, schema }: { readonly workspaceId: string; readonly schema: string },
  shapes: Shapes,
): Promise<string | null> {
  const rows = await client.rows<{ said: string }>(dependants(workspaceId, schema, goingOf(shapes)));
  const said = [...new Set(rows.map((row) => row.said))].sort();
  if (said.length === 0) return null;
  const more = said.length > MOST_NAMED ? `; and ${said.length - MOST_NAMED} more` : '';
  return said.slice(0, MOST_NAMED).join('; ') + more;
}

function goingOf({ before, after }: Shapes): Going {
  const { enums, tables, kept } = compare(before, after);
  const remade = enums.kept.filter(
    ({ before: was, after: now }) => JSON.stringify(was.values) !== JSON.stringify(now.values),
  );
  const isRemade = (key: string | null) => remade.some(({ before: { key: own } }) => own === key);
  return {
    tables: tables.gone.map(({ name }) => name),
    columns: kept.flatMap(({ before: { name: table }, columns }) =>
      columns.gone.map(({ name: column }) => ({ table, column })),
    ),
    retyped: kept.flatMap(({ before: { name: table }, columns }) =>
      columns.kept
        .filter(({ before: was, after: now }) => was.type !== now.type || isRemade(was.enumKey))
        .map(({ before: { name: column } }) => ({ table, column })),
    ),
    types: [...enums.gone, ...remade.map(({ before: was }) => was)].map(({ name }) => name),
    constraints: kept.flatMap(({ before: { name: table }, constraints }) =>
      constraints.gone.map(({ name }) => ({ table, name })),
    ),
  };
}

/**
 * First what goes with its parts, as pg_depend knows them: a table with its columns, its row type and its indexes; a
 * column with its indexes and constraints. Then what depends on that, other than what goes too; each in a sentence.
 */
function dependants(workspaceId: string, schema: string, { tables, columns, retyped, types, constraints }: Going): SQL {
  const json = (value: unknown) => sql`${sql.value(JSON.stringify(value))}::json`;
  const catalog = (name: string) => sql`${sql.value(`pg_catalog.${name}`)}::regclass`;
  return sql`
    with space as (
      select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)}
    ), gone_table as (
      select c.oid, c.relname, c.reltype
      from pg_catalog.pg_class as c, space
      where c.relnamespace = space.oid and c.relname in (select json_array_elements_text(${json(tables)}))
    ), changed_column as (
      select a.attrelid, a.attnum, c.relname || '.' || a.attname as what, given.stays
      from (
        select *, false as stays from json_to_recordset(${json(columns)}) as given ("table" text, "column" text)
        union all
        select *, true from json_to_recordset(${json(retyped)}) as given ("table" text, "column" text)
      ) as given
      join pg_catalog.pg_class as c on c.relname = given."table" and c.relnamespace = (select oid from space)
      join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = given."column"
    ), gone_constraint as (
      select k.oid, case when k.contype <> 'f' then k.conindid else 0 end as index, k.conname, c.relname
      from json_to_recordset(${json(constraints)}) as given ("table" text, name text)
      join pg_catalog.pg_class as c on c.relname = given."table" and c.relnamespace = (select oid from space)
      join pg_catalog.pg_constraint as k on k.conrelid = c.oid and k.conname = given.name
      union
      select k.oid, case when k.contype <> 'f' then k.conindid else 0 end as index, k.conname, c.relname
      from changed_column as gone
      join pg_catalog.pg_constraint as k on k.conrelid = gone.attrelid and gone.attnum = any (k.conkey)
      join pg_catalog.pg_class as c on c.oid = k.conrelid
      where not gone.stays
    ), target (classid, objid, subid, what, stays, rank) as (
      select ${catalog('pg_class')}, oid, null::int, relname::text, false, 1 from gone_table
      union all
      select ${catalog('pg_type')}, t.oid, null, g.relname, false, 4
      from gone_table as g
      join pg_catalog.pg_type as t on t.oid = g.reltype or t.typelem = g.reltype
      union all
      select ${catalog('pg_class')}, i.indexrelid, null, g.relname, false, 3
      from gone_table as g
      join pg_catalog.pg_index as i on i.indrelid = g.oid
      union all
      select ${catalog('pg_constraint')}, k.oid, null, g.relname, false, 3
      from gone_table as g
      join pg_catalog.pg_constraint as k on k.conrelid = g.oid
      union all
      select ${catalog('pg_class')}, attrelid, attnum, what, stays, 2 from changed_column
      union all
      select ${catalog('pg_class')}, i.indexrelid, null, gone.what, false, 3
      from changed_column as gone
      join pg_catalog.pg_index as i on i.indrelid = gone.attrelid and gone.attnum = any (i.indkey)
      where not gone.stays
      union all
      select ${catalog('pg_constraint')}, oid, null, relname || ' (' || conname || ')', false, 3 from gone_constraint
      union all
      select ${catalog('pg_class')}, index, null, relname || ' (' || conname || ')', false, 3 from gone_constraint
      where index <> 0
      union all
      select ${catalog('pg_type')}, t.oid, null, base.typname, false, 4
      from pg_catalog.pg_type as base
      join space on base.typnamespace = space.oid
      join pg_catalog.pg_type as t on t.oid = base.oid or t.oid = base.typarray
      where base.typname in (select json_array_elements_text(${json(types)}))
    ), dependant as (
      select distinct on (d.classid, d.objid, d.objsubid) d.classid, d.objid, d.objsubid, t.what
      from target as t
      join pg_catalog.pg_depend as d
        on d.refclassid = t.classid and d.refobjid = t.objid and (t.subid is null or t.subid = d.refobjsubid)
      where case
        when not t.stays then d.deptype = 'n'
        -- Keys and indexes follow a column's new type; a generated column is a part of its table that does not.
        when d.classid = ${catalog('pg_class')} then d.objsubid > 0
        else d.deptype = 'n' and d.classid <> ${catalog('pg_constraint')}
      end
      order by d.classid, d.objid, d.objsubid, t.rank, t.what
    ), placed as (
      select
        d.*,
        r.rulename, k.conname, k.contype, k.conrelid, k.conkey, p.polname, t.tgname,
        coalesce(r.ev_class, k.conrelid, p.polrelid, t.tgrelid, f.adrelid, case when d.classid = ${catalog('pg_class')}
          then d.objid end) as relid,
        coalesce(f.adnum, case when d.classid = ${catalog('pg_class')} then nullif(d.objsubid, 0) end) as attnum
      from dependant as d
      left join pg_catalog.pg_rewrite as r on d.classid = ${catalog('pg_rewrite')} and r.oid = d.objid
      left join pg_catalog.pg_constraint as k on d.classid = ${catalog('pg_constraint')} and k.oid = d.objid
      left join pg_catalog.pg_policy as p on d.classid = ${catalog('pg_policy')} and p.oid = d.objid
      left join pg_catalog.pg_trigger as t on d.classid = ${catalog('pg_trigger')} and t.oid = d.objid
      left join pg_catalog.pg_attrdef as f on d.classid = ${catalog('pg_attrdef')} and f.oid = d.objid
      where t.oid is null or not (t.tgisinternal or t.tgname like 'plinth%')
    ), named as (
      select
        d.*,
        c.relkind,
        case when c.relnamespace = (select oid from space) then ''
        else quote_ident(n.nspname) || '.' end || c.relname as relation,
        a.attname,
        a.attgenerated,
        (
          select case when count(*) = 1 then 'column '
          else 'columns ' end || string_agg(of_key.attname, ', ' order by place)
          from unnest(d.conkey) with ordinality as part (attnum, place)
          join pg_catalog.pg_attribute as of_key on of_key.attrelid = d.conrelid and of_key.attnum = part.attnum
        ) as key_columns,
        role.label as role_label
      from placed as d
      left join pg_catalog.pg_class as c on c.oid = d.relid
      left join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
      left join pg_catalog.pg_attribute as a on a.attrelid = d.relid and a.attnum = d.attnum
      left join plinth.roles as role on role.role_name = d.polname and role.workspace_id = ${sql.value(workspaceId)}
      where
        not coalesce(d.relid in (select oid from gone_table), false)
        and not (d.classid = ${catalog('pg_class')} and c.relkind in ('v', 'm')) -- its rule says the same
        and not (d.classid = ${catalog('pg_constraint')} and d.objid in (select oid from gone_constraint))
        and not exists (
          select from changed_column as own
          where own.attrelid = d.relid and own.attnum = d.attnum and not (own.stays and attgenerated <> '')
        )
    )
    select case
      when contype = 'f' then format('table %s (%s) refers to %s', relation, key_columns, what)
      when conname is not null then format('constraint %s of table %s uses %s', conname, relation, what)
      when relkind = 'v' then format('view %s uses %s', relation, what)
      when relkind = 'm' then format('materialized view %s uses %s', relation, what)
      when rulename is not null then format('rule %s of table %s uses %s', rulename, relation, what)
      when role_label is not null then format('the rule on rows of role "%s" on %s uses %s', role_label, relation, what)
      when polname is not null then format('policy %s of table %s uses %s', polname, relation, what)
      when tgname is not null then format('trigger %s of table %s uses %s', tgname, relation, what)
      when attname is not null and attgenerated <> ''
      then format('generated column %s of table %s uses %s', attname, relation, what)
      when classid = ${catalog('pg_attrdef')}
      then format('the default of column %s of table %s uses %s', attname, relation, what)
      when attname is not null then format('column %s of table %s is of type %s', attname, relation, what)
      when relkind in ('r', 'p', 'f') then format('table %s inherits from %s', relation, what)
      when classid = ${catalog('pg_proc')}
      then format('function %s uses %s', replace(objid::regproc::text, own_prefix, ''), what)
      else format(
        '%s %s uses %s',
        (pg_identify_object(classid, objid, objsubid)).type,
        replace((pg_identify_object(classid, objid, objsubid)).identity, own_prefix, ''),
        what)
    end as said
    from named, (select quote_ident(${sql.value(schema)}) || '.' as own_prefix) as own`;
}

/**
 * What a hand gave to a role, but for its sessions' own tables, default privileges and large objects. `drop owned`
 * would drop it, with all that is in it; what is in other databases it would leave in the role's way.
 */
export async function ownedBy(client: Client, schema: string, role: string): Promise<string[]> {
  const rows = await client.rows<{ said: string }>(sql`
    select distinct case
      when d.dbid = 0 then 'the database ' || (select datname from pg_catalog.pg_database where oid = d.objid)
      when d.dbid <> here.oid then 'something in the database ' || (select datname from pg_catalog.pg_database
        where oid = d.dbid)
      when o.schema = ${sql.value(schema)} and o.name is not null then o.type || ' ' || o.name
      else o.type || ' ' || o.identity
    end as said
    from pg_catalog.pg_shdepend as d
    join pg_catalog.pg_database as here on here.datname = current_database()
    left join lateral pg_identify_object(d.classid, d.objid, d.objsubid) as o on d.dbid = here.oid
    where
      d.refclassid = 'pg_catalog.pg_authid'::regclass
      and d.refobjid = (select oid from pg_catalog.pg_roles where rolname = ${sql.value(role)})
      and (d.deptype = 'o' or d.dbid not in (0, here.oid))
      and d.classid not in ('pg_catalog.pg_default_acl'::regclass, 'pg_catalog.pg_largeobject'::regclass)
      and not starts_with(coalesce(o.schema, ''), 'pg_temp')
    order by said`);
  return rows.map(({ said }) => said);
}
