/**
 * A workspace's model in the control schema: read whole, written by its difference, and remembered as long as it is the
 * same.
 */

import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { type Field, type Index, type Model, type ObjectType, sameObjects } from '../model/model.ts';

/** When something was made and changed, as Postgres writes it in JSON. */
type Time = { readonly createdAt: string; readonly updatedAt: string };

/** When an object, a field or an index was made and changed; by id. */
type Times = ReadonlyMap<string, Time>;

export type StoredModel = { readonly model: Model; readonly times: Times };

// A model of 500 objects with 40 fields each takes half a second to read, and some 15 MB.
const MAX_FIELDS = 50_000;

type Known = StoredModel & { readonly version: string };

/**
 * Models as they were last read or written here, by workspace. Each change counts the version up, so an old one is
 * never taken.
 */
const known = new LRUCache<string, Known>({
  maxSize: MAX_FIELDS,
  sizeCalculation: ({ model }) => model.objects.reduce((sum, { fields }) => sum + 1 + fields.length, 1),
});

/** The time tells versions of the same number apart where a database was taken back to an earlier day. */
const VERSION = sql`model_version || ' ' || updated_at`;

export type ModelRow = {
  readonly version: string;
  /** Null where the version is the one that is known. */
  readonly objects: ObjectType[] | null;
  readonly times: Record<string, [createdAt: string, updatedAt: string]>;
};

/** One statement, whatever the model's size. */
export async function readModel(client: Client, workspaceId: string): Promise<StoredModel> {
  const query = modelQuery(workspaceId);
  const [row] = await client.rows<ModelRow>(query.text);
  return query.modelOf(row);
}

/** The statement, and what its row means: `objects` is null where the model is the one that is known. */
export function modelQuery(workspaceId: string): {
  readonly text: SQL;
  readonly modelOf: (row: ModelRow | null | undefined) => StoredModel;
} {
  const workspace = sql.value(workspaceId);
  const before = known.get(workspaceId);
  const text = sql`
    with asked as materialized (
      select id, ${VERSION} as version
      from plinth.workspaces
      where id = ${workspace}
    )
    select asked.version, objects, times
    from asked
    left join lateral (
      select
        (-- Materialized: of a model that was made a moment ago there are no statistics, and each would be made anew for each object.
        with f as materialized (
          select f.object_id, json_agg(json_build_object(
            'id', f.id, 'name', f.name, 'type', f.type, 'label', f.label, 'description', f.description,
            'icon', f.icon, 'origin', f.origin, 'overridden', f.overridden, 'aliases', f.aliases, 'isActive',
            f.is_active,
            'isSystem', f.is_system, 'isUIReadOnly', f.is_ui_read_only, 'isNullable', f.is_nullable,
            'isUnique', f.is_unique, 'defaultValue', f.default_value, 'options', f.options, 'settings', f.settings,
            'relation', case when r.field_id is not null then json_build_object(
              'kind', r.kind, 'targetObject', r.target_object_id, 'targetField', r.target_field_id, 'onDelete',
              r.on_delete,
              'morph', r.morph, 'morphId', r.morph_id
            ) end
          ) order by f.place) as fields
          from plinth.fields as f
          left join plinth.relations as r on r.field_id = f.id
          where f.workspace_id = ${workspace}
          group by f.object_id
        ), i as materialized (
          select object_id, json_agg(json_build_object(
            'id', id, 'type', type, 'isUnique', is_unique, 'fields', fields
          ) order by place) as indexes
          from plinth.indexes
          where workspace_id = ${workspace}
          group by object_id
        )
        select coalesce(json_agg(json_build_object(
          'id', id, 'nameSingular', name_singular, 'namePlural', name_plural, 'labelSingular', label_singular,
          'labelPlural', label_plural, 'description', description, 'icon', icon, 'shortcut', shortcut, 'color', color,
          'origin', origin,
          'overridden', overridden, 'aliases', aliases, 'isActive', is_active, 'isSystem', is_system, 'isSearchable',
          is_searchable,
          'labelIdentifier', label_identifier, 'imageIdentifier', image_identifier,
          'duplicateCriteria', duplicate_criteria, 'fields', coalesce(fields, '[]'), 'indexes', coalesce(indexes, '[]')
        ) order by place), '[]')
        from plinth.objects as o
        left join f on f.object_id = o.id
        left join i on i.object_id = o.id
        where o.workspace_id = ${workspace}) as objects,
        (select coalesce(json_object_agg(id, json_build_array(created_at, updated_at)), '{}')
        from (
          select id, created_at, updated_at from plinth.objects where workspace_id = ${workspace}
          union all
          select id, created_at, updated_at from plinth.fields where workspace_id = ${workspace}
          union all
          select id, created_at, updated_at from plinth.indexes where workspace_id = ${workspace}
        ) as timed) as times
      where asked.version is distinct from ${sql.value(before?.version ?? null)}
    ) as whole on true`;
  return { text, modelOf: (row) => storedModel(workspaceId, before, row) };
}

function storedModel(workspaceId: string, before: Known | undefined, row: ModelRow | null | undefined): StoredModel {
  if (!row) return { model: { objects: [] }, times: new Map() };
  if (before && row.objects === null) return before;
  const read: Known = {
    version: row.version,
    model: { objects: row.objects ?? [] },
    times: new Map(
      Object.entries(row.times ?? {}).map(([id, [createdAt, updatedAt]]) => [id, { createdAt, updatedAt }]),
    ),
  };
  known.set(workspaceId, read);
  return read;
}

/** What is written, to be remembered when it is committed. */
export type Written = StoredModel & { remember(): void };

type Placed<T> = T & { readonly place: number };

type RowDifference<Row> = { readonly gone: readonly string[]; readonly come: readonly Row[] };

/** Rows of a model that are gone, and rows that are new or changed. */
type ModelDifference = {
  readonly objects: RowDifference<object>;
  readonly fields: RowDifference<Placed<Field>>;
  readonly indexes: RowDifference<object>;
};

/** @returns null where no row differs */
export function modelDifference(before: Model, after: Model): ModelDifference | null {
  const objects = rowDifference(
    before.objects.map(placed),
    after.objects.map(placed),
    ({ fields: _fields, indexes: _indexes, ...object }) => object,
  );
  const same = sameObjects(before, after);
  const differing = ({ objects: all }: Model) => all.filter((object) => !same.has(object));
  const fields = rowDifference(fieldsOf(differing(before)), fieldsOf(differing(after)), (field) => field);
  const indexes = rowDifference(indexesOf(differing(before)), indexesOf(differing(after)), (index) => index);
  const isEmpty = [objects, fields, indexes].every(({ gone, come }) => gone.length + come.length === 0);
  return isEmpty ? null : { objects, fields, indexes };
}

const TIMES = sql`to_json(created_at) as "createdAt", to_json(updated_at) as "updatedAt"`;

function countVersion(workspace: SQL): SQL {
  return sql`
    update plinth.workspaces
    set model_version = model_version + 1, updated_at = now()
    where id = ${workspace}
    returning ${VERSION} as version`;
}

type ModelChange = {
  readonly before: StoredModel;
  readonly after: Model;
  readonly difference: ModelDifference;
};

/** Writes the rows that differ, and counts the version up. */
export async function writeModel(
  client: Client,
  workspaceId: string,
  { before: { times }, after, difference }: ModelChange,
): Promise<Written> {
  const { objects, fields, indexes } = difference;
  const workspace = sql.value(workspaceId);
  const written = new Map(times);
  let version: string | undefined;
  const write = async (statement: SQL) => {
    for (const { id, ...time } of await client.rows<Time & { id: string }>(sql`${statement} returning id, ${TIMES}`))
      written.set(id, time);
  };

  if (fields.gone.length + objects.gone.length > 0) {
    const [gone, goneFields] = [sql.value(objects.gone), sql.value(fields.gone)];
    await client.rows(sql`
      with gone as (delete from plinth.objects where workspace_id = ${workspace} and id = any (${gone}::uuid[])),
      unsaid as (delete from plinth.object_permissions where object_id = any (${gone}::uuid[])),
      unruled as (delete from plinth.row_rules where object_id = any (${gone}::uuid[])),
      unasked as (
        delete from plinth.field_permissions
        where object_id = any (${gone}::uuid[]) or field_id = any (${goneFields}::uuid[])
      )
      delete from plinth.fields where workspace_id = ${workspace} and id = any (${goneFields}::uuid[])`);
  }
  if (objects.come.length > 0) {
    await write(sql`
      insert into plinth.objects (id, workspace_id, name_singular, name_plural, label_singular, label_plural,
        description, icon,
        shortcut, color, origin, overridden, aliases, is_active, is_system, is_searchable, label_identifier,
        image_identifier,
        duplicate_criteria, place)
      select id, ${workspace}, "nameSingular", "namePlural", "labelSingular", "labelPlural", description, icon,
        shortcut, color, origin, overridden, aliases, "isActive", "isSystem", "isSearchable", "labelIdentifier",
        "imageIdentifier",
        "duplicateCriteria", place
      from jsonb_to_recordset(${sql.value(JSON.stringify(objects.come))}::jsonb) as given (
        id uuid, "nameSingular" text, "namePlural" text, "labelSingular" text, "labelPlural" text, description text,
        icon text,
        shortcut text, color text, origin text, overridden jsonb, aliases jsonb, "isActive" boolean, "isSystem" boolean,
        "isSearchable" boolean, "labelIdentifier" text, "imageIdentifier" text, "duplicateCriteria" jsonb,
        place integer)
      on conflict (id) do update set
        name_singular = excluded.name_singular, name_plural = excluded.name_plural,
        label_singular = excluded.label_singular,
        label_plural = excluded.label_plural, description = excluded.description, icon = excluded.icon,
        shortcut = excluded.shortcut, color = excluded.color, overridden = excluded.overridden,
        aliases = excluded.aliases,
        is_active = excluded.is_active, is_searchable = excluded.is_searchable,
        label_identifier = excluded.label_identifier,
        image_identifier = excluded.image_identifier,
        duplicate_criteria = excluded.duplicate_criteria, place = excluded.place, updated_at = now()`);
  }
  if (fields.come.length > 0) {
    const given = sql.value(JSON.stringify(fields.come));
    const rows = await client.rows<Time & { id: string; version: string }>(sql`
      with written as (
        insert into plinth.fields (id, workspace_id, object_id, name, type, label, description, icon, origin,
          overridden, aliases,
          is_active, is_system, is_ui_read_only, is_nullable, is_unique, default_value, options, settings, place)
        select id, ${workspace}, "objectId", name, type, label, description, icon, origin, overridden, aliases,
          "isActive", "isSystem", "isUIReadOnly", "isNullable", "isUnique", nullif("defaultValue", 'null'),
          nullif(options, 'null'), settings, place
        from jsonb_to_recordset(${given}::jsonb) as given (
          id uuid, "objectId" uuid, name text, type text, label text, description text, icon text, origin text,
          overridden jsonb, aliases jsonb, "isActive" boolean, "isSystem" boolean, "isUIReadOnly" boolean,
          "isNullable" boolean, "isUnique" boolean, "defaultValue" jsonb, options jsonb, settings jsonb, place integer)
        on conflict (id) do update set
          name = excluded.name, label = excluded.label, description = excluded.description, icon = excluded.icon,
          overridden = excluded.overridden, aliases = excluded.aliases, is_ui_read_only = excluded.is_ui_read_only,
          is_active = excluded.is_active, is_nullable = excluded.is_nullable, is_unique = excluded.is_unique,
          default_value = excluded.default_value, options = excluded.options, settings = excluded.settings,
          place = excluded.place, updated_at = now()
        returning id, ${TIMES}
      ), linked as (
        insert into plinth.relations (field_id, workspace_id, kind, target_object_id, target_field_id, on_delete,
          morph, morph_id)
        select id, ${workspace}, relation ->> 'kind', (relation ->> 'targetObject')::uuid,
          (relation ->> 'targetField')::uuid,
          relation ->> 'onDelete', relation ->> 'morph', (relation ->> 'morphId')::uuid
        from jsonb_to_recordset(${given}::jsonb) as given (id uuid, relation jsonb)
        where jsonb_typeof(relation) = 'object'
        on conflict (field_id) do update set on_delete = excluded.on_delete, morph = excluded.morph
      ), counted as (
        ${countVersion(workspace)}
      )
      select written.*, counted.version from written, counted`);
    for (const { id, createdAt, updatedAt } of rows) written.set(id, { createdAt, updatedAt });
    version = rows[0]?.version;
  }
  if (indexes.gone.length > 0) {
    await client.rows(sql`
      delete from plinth.indexes where workspace_id = ${workspace}
      and id = any (${sql.value(indexes.gone)}::uuid[])`);
  }
  if (indexes.come.length > 0) {
    await write(sql`
      insert into plinth.indexes (id, workspace_id, object_id, type, is_unique, fields, place)
      select id, ${workspace}, "objectId", type, "isUnique", fields, place
      from jsonb_to_recordset(${sql.value(JSON.stringify(indexes.come))}::jsonb) as given (
        id uuid, "objectId" uuid, type text, "isUnique" boolean, fields jsonb, place integer)
      on conflict (id) do update set place = excluded.place`);
  }
  version ??= (await client.rows<{ version: string }>(countVersion(workspace)))[0]?.version;
  const now = { model: after, times: written, version: version ?? '' };
  return { ...now, remember: () => void known.set(workspaceId, now) };
}

function placed<T>(each: T, place: number): Placed<T> {
  return { ...each, place };
}

function fieldsOf(objects: readonly ObjectType[]): Placed<Field & { objectId: string }>[] {
  return objects.flatMap(({ id, fields }) => fields.map((field, place) => ({ ...field, objectId: id, place })));
}

function indexesOf(objects: readonly ObjectType[]): Placed<Index & { objectId: string }>[] {
  return objects.flatMap(({ id, indexes }) => indexes.map((index, place) => ({ ...index, objectId: id, place })));
}

/** Rows that differ. Key order says nothing: PostgreSQL stores JSON in an order of its own. */
function rowDifference<T extends { readonly id: string }, Row>(
  before: readonly T[],
  after: readonly T[],
  rowOf: (each: T) => Row,
): RowDifference<Row> {
  const old = new Map(before.map((each) => [each.id, JSON.stringify(rowOf(each))]));
  const now = new Set(after.map(({ id }) => id));
  const isSame = (id: string, row: Row) => {
    const [was, is] = [old.get(id), JSON.stringify(row)];
    return was !== undefined && (was === is || isDeepStrictEqual(JSON.parse(was), JSON.parse(is)));
  };
  return {
    gone: before.filter(({ id }) => !now.has(id)).map(({ id }) => id),
    come: after
      .map((each) => ({ id: each.id, row: rowOf(each) }))
      .flatMap(({ id, row }) => (isSame(id, row) ? [] : [row])),
  };
}
