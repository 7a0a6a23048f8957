/**
 * What was made by hand, and a role's permission or rule says something of. Tables and columns that nobody has spoken
 * of have ids that are made of their names. Once something is said of one, its id is kept with what Postgres knows it
 * by:
 *
 *   spoken of → renamed by hand: the same table, by its oid, and its columns by their numbers
 *             → dropped: nothing, and nothing is shown of it, until one of its name is there again
 *             → restored from a dump, in which oids are others: by its name
 */

import { v5 as uuidv5 } from 'uuid';
import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import type { Granting } from '../ddl/grants.ts';
import { type Shape, shapeOf } from '../ddl/shape.ts';
import { UNKNOWN_TYPE } from '../model/field-types/index.ts';
import type { Model } from '../model/model.ts';
import { camelCase, labelOf, lowerFirst } from '../model/names.ts';
import type { Guarded, GuardedField } from '../model/roles/permissions.ts';

/**
 * Where in the schema it is: a table, or the columns of a field; of the many side of a relation, those at its other
 * end.
 */
export type Place = { readonly table: string; readonly columns: readonly string[]; readonly isInverse: boolean };
export type Known = Place & {
  readonly id: string;
  /** Is it in the table that it was in? Else in another of its name. */
  readonly isSame: boolean;
};

export type Where = { readonly workspaceId: string; readonly schema: string };

const TABLES = sql`('r', 'p')`;

// An oid says something in one database alone.
const THIS_DATABASE = sql`
  (select s.system_identifier || ' ' || d.oid
   from pg_catalog.pg_control_system() as s, pg_catalog.pg_database as d where d.datname = current_database())`;

/** What of it is there, each under its name of now. */
export async function readHandmade(client: Client, where: Where): Promise<Known[]> {
  return handmadeOf(await client.rows<HandmadeRow>(handmadeQuery(where)));
}

export type HandmadeRow = Known & { readonly isOfField: boolean };

export function handmadeQuery({ workspaceId, schema }: Where): SQL {
  return sql`
    select k.id, c.relname::text as table, k.is_inverse as "isInverse", c.is_same as "isSame",
      cardinality(k.column_names) > 0 as "isOfField",
      array(
        select a.attname::text
        from unnest(k.column_numbers, k.column_names) with ordinality as was (number, name, place)
        cross join lateral (
          select a.attname
          from pg_catalog.pg_attribute as a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and (c.is_same and a.attnum = was.number or a.attname = was.name)
          order by c.is_same and a.attnum = was.number desc
          limit 1
        ) as a
        order by was.place) as columns
    from plinth.known_by_hand as k
    cross join lateral (
      select c.oid, c.relname, c.oid = k.table_oid and k.in_database = ${THIS_DATABASE} as is_same
      from pg_catalog.pg_class as c
      where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
        and c.relkind in ${TABLES} and (c.oid = k.table_oid and k.in_database = ${THIS_DATABASE}
          or c.relname = k.table_name)
      order by c.oid = k.table_oid and k.in_database = ${THIS_DATABASE} desc
      limit 1
    ) as c
    where k.workspace_id = ${sql.value(workspaceId)}
    order by c.is_same desc, k.id`;
}

export function handmadeOf(rows: readonly HandmadeRow[]): Known[] {
  // One that was dropped, and another that has its name since: the latter is what was spoken of there.
  const taken = new Set<string>();
  return rows.filter((row) => {
    const place = placeKey(row);
    if ((row.isOfField && row.columns.length === 0) || taken.has(place)) return false;
    taken.add(place);
    return true;
  });
}

/** A field is known by its first column: of a composite, the others follow. */
function placeKey({ table, columns, isInverse }: Place): string {
  return JSON.stringify([table, columns[0] ?? null, isInverse]);
}

/** Ids of what was made by hand, by its place and by its name in the APIs. */
export function handmadeIds(known: readonly Known[], workspaceId: string): (name: string, place?: Place) => string {
  const byPlace = new Map(known.map((each) => [placeKey(each), each.id]));
  const taken = new Set(known.map(({ id }) => id));
  return (name, place) => {
    const own = place && byPlace.get(placeKey(place));
    if (own !== undefined) return own;
    let id = uuidv5(name, workspaceId);
    while (taken.has(id)) id = uuidv5(name, id); // one that had the name before keeps its id
    return id;
  };
}

/** Keeps them by what Postgres knows them by now; those that were known, by their names of now. */
export async function remember(
  client: Client,
  { workspaceId, schema }: Where,
  things: readonly (Place & { readonly id: string })[],
): Promise<void> {
  if (things.length === 0) return;
  await client.rows(sql`
    insert into plinth.known_by_hand (id, workspace_id, in_database, table_oid, table_name, column_numbers,
      column_names, is_inverse)
    select thing.id, ${sql.value(workspaceId)}, ${THIS_DATABASE}, c.oid, c.relname,
      array(
        select a.attnum
        from unnest(thing.columns) with ordinality as given (name, place)
        join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = given.name and a.attnum > 0
        order by given.place),
      thing.columns, thing."isInverse"
    from jsonb_to_recordset(${sql.value(JSON.stringify(things))}::jsonb) as thing (
      id uuid, "table" text, columns text[], "isInverse" boolean)
    join pg_catalog.pg_class as c on c.relname = thing."table"
      and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
    on conflict (id) do update set in_database = excluded.in_database, table_oid = excluded.table_oid,
    table_name = excluded.table_name,
      column_numbers = excluded.column_numbers, column_names = excluded.column_names`);
}

// What of it may be granted ------------------------------------------------------------------------------------------

type CatalogColumn = {
  readonly name: string;
  readonly isKey: boolean;
  readonly isGenerated: boolean;
  /** Names of the columns that it is generated from. */
  readonly madeOf: readonly string[];
};

/**
 * All that a role may be granted by its permissions: the objects of the model, and what is known that was made by hand.
 * @param shape of the tables as they are, where they are others than the model says
 */
export async function grantings(
  client: Client,
  where: Where & { readonly handmade?: readonly Known[] },
  model: Model,
  shape: Shape = shapeOf(model, { idDefault: '' }),
): Promise<Granting[]> {
  const modelled = grantingsOf(model, shape);
  const known = where.handmade ?? (await readHandmade(client, where));
  if (known.length === 0) return modelled;
  const tables = await handmadeColumns(client, where.schema, [...new Set(known.map(({ table }) => table))]);
  const fieldsIn = (table: string) =>
    known.filter((each) => each.table === table && each.columns.length > 0 && !each.isInverse);
  const isModelled = new Set(modelled.map(({ table }) => table));
  return [
    ...modelled.map((granting) => withColumns(granting, fieldsIn(granting.table), tables.get(granting.table) ?? [])),
    ...known
      .filter(({ table, columns }) => columns.length === 0 && !isModelled.has(table))
      .map(({ id, table }) => handmadeTable(id, table, fieldsIn(table), tables.get(table) ?? [])),
  ];
}

/** Objects of which the shape has the tables. */
export function grantingsOf(model: Model, shape: Shape): Granting[] {
  const tables = new Map(shape.tables.map((table) => [table.key, table]));
  return model.objects.flatMap((object) => {
    const table = tables.get(object.id);
    if (!table) return [];
    const columns = table.columns.map(({ key, name, generated }) => ({
      name,
      field: key.split(' ')[0] as string,
      isGenerated: generated !== null,
    }));
    return { object, table: table.name, columns };
  });
}

/** After a change of the model: what a hand has added to its tables is there as before. */
export function withSameHandmade(now: readonly Granting[], was: readonly Granting[]): Granting[] {
  const before = new Map(was.map((granting) => [granting.object.id, granting]));
  return now.map((granting) => {
    const { object, columns } = before.get(granting.object.id) ?? granting;
    const fields = object.fields.filter(({ origin }) => origin === 'database');
    if (fields.length === 0) return granting;
    const ids = new Set(fields.map(({ id }) => id));
    return {
      ...granting,
      object: { ...granting.object, fields: [...granting.object.fields, ...fields] },
      columns: [...granting.columns, ...columns.filter(({ field }) => ids.has(field))],
    };
  });
}

async function handmadeColumns(
  client: Client,
  schema: string,
  tables: readonly string[],
): Promise<Map<string, readonly CatalogColumn[]>> {
  const rows = await client.rows<{ table: string; columns: CatalogColumn[] }>(sql`
    select c.relname::text as table, json_agg(json_build_object(
      'name', a.attname,
      'isKey', coalesce(a.attnum = any (k.conkey), false),
      'isGenerated', a.attgenerated <> '',
      'madeOf', ${madeOf(sql`a`)}) order by a.attnum) as columns
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_catalog.pg_constraint as k on k.conrelid = c.oid and k.contype = 'p'
    where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
      and c.relname = any (${sql.value(tables as string[])}) and c.relkind in ${TABLES}
    group by c.relname`);
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

/**
 * Names of the columns that a generated one, a row of pg_attribute, reads; before PostgreSQL 15 the column itself
 * depended on them.
 */
export function madeOf(column: typeof TABLES) {
  return sql`
      array(
        select source.attname::text
        from pg_catalog.pg_attrdef as d
        join pg_catalog.pg_depend as on_it
          on on_it.classid = 'pg_catalog.pg_attrdef'::regclass and on_it.objid = d.oid
          or on_it.classid = 'pg_catalog.pg_class'::regclass and on_it.objid = d.adrelid and on_it.objsubid = d.adnum
        join pg_catalog.pg_attribute as source on source.attrelid = on_it.refobjid and source.attnum = on_it.refobjsubid
        where ${column}.attgenerated <> '' and d.adrelid = ${column}.attrelid and d.adnum = ${column}.attnum
          and on_it.refclassid = 'pg_catalog.pg_class'::regclass and on_it.refobjid = d.adrelid
          and on_it.refobjsubid > 0
          and on_it.refobjsubid <> d.adnum)`;
}

function withColumns(granting: Granting, fields: readonly Known[], columns: readonly CatalogColumn[]): Granting {
  if (fields.length === 0) return granting;
  const { object } = granting;
  const fieldOf = new Map([
    ...granting.columns.map(({ name, field }) => [name, field] as const),
    ...fields.flatMap(({ id, columns: names }) => names.map((name) => [name, id] as const)),
  ]);
  const parts = fields.map((field) => partsOf(field, columns, fieldOf));
  return {
    ...granting,
    object: { ...object, fields: [...object.fields, ...parts.map(({ field }) => field)] },
    columns: [...granting.columns, ...parts.flatMap((each) => each.columns)],
  };
}

function handmadeTable(
  id: string,
  table: string,
  fields: readonly Known[],
  columns: readonly CatalogColumn[],
): Granting {
  const spoken = new Set(fields.flatMap((field) => field.columns));
  const others = columns.filter(({ name }) => !spoken.has(name));
  const all = [...fields, ...others.map(({ name }) => ({ id: `${id} ${name}`, columns: [name] }))];
  const fieldOf = new Map(all.flatMap((field) => field.columns.map((name) => [name, field.id] as const)));
  const parts = all.map((field) => partsOf(field, columns, fieldOf));
  const object: Guarded = {
    id,
    nameSingular: table,
    labelPlural: labelOf(camelCase(table)),
    origin: 'database',
    fields: parts.map(({ field }) => field),
  };
  return { object, table, columns: parts.flatMap((each) => each.columns) };
}

function partsOf(
  { id, columns: names }: Pick<Known, 'id' | 'columns'>,
  columns: readonly CatalogColumn[],
  fieldOf: ReadonlyMap<string, string>,
): { field: GuardedField; columns: Granting['columns'] } {
  const own = columns.filter(({ name }) => names.includes(name));
  const [first] = own;
  const name = first?.isKey ? 'id' : lowerFirst(camelCase(first?.name ?? ''));
  const madeOf = own.flatMap((column) => column.madeOf.flatMap((source) => fieldOf.get(source) ?? []));
  return {
    field: { id, name, label: labelOf(name), type: UNKNOWN_TYPE, origin: 'database', settings: {}, madeOf },
    columns: own.map((column) => ({ name: column.name, field: id, isGenerated: column.isGenerated })),
  };
}
