/** A workspace's model in the control schema: read whole, written by its difference. */

import type { Client } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import type { Field, Index, Model, ObjectType } from '../model/model.ts';

/** When an object, a field or an index was made and changed; by id. */
export type Times = ReadonlyMap<string, { readonly createdAt: string; readonly updatedAt: string }>;

type ObjectRow = Omit<ObjectType, 'fields' | 'indexes'> & { createdAt: string; updatedAt: string };
type FieldRow = Field & { objectId: string; createdAt: string; updatedAt: string };
type IndexRow = Index & { objectId: string; createdAt: string; updatedAt: string };

/** One statement, whatever the model's size. */
export async function readModel(client: Client, workspaceId: string): Promise<{ model: Model; times: Times }> {
  const [row] = await client.rows<{ objects: ObjectRow[]; fields: FieldRow[]; indexes: IndexRow[] }>(sql`
    select
      (select coalesce(jsonb_agg(jsonb_build_object(
        'id', id, 'nameSingular', name_singular, 'namePlural', name_plural, 'labelSingular', label_singular,
        'labelPlural', label_plural, 'description', description, 'icon', icon, 'shortcut', shortcut, 'color', color, 'origin', origin,
        'overridden', overridden, 'aliases', aliases, 'isActive', is_active, 'isSystem', is_system, 'isSearchable', is_searchable,
        'labelIdentifier', label_identifier, 'imageIdentifier', image_identifier,
        'duplicateCriteria', duplicate_criteria, 'createdAt', created_at, 'updatedAt', updated_at
      ) order by place), '[]') from plinth.objects where workspace_id = ${sql.value(workspaceId)}) as objects,
      (select coalesce(jsonb_agg(jsonb_build_object(
        'id', f.id, 'objectId', f.object_id, 'name', f.name, 'type', f.type, 'label', f.label, 'description', f.description,
        'icon', f.icon, 'origin', f.origin, 'overridden', f.overridden, 'aliases', f.aliases, 'isActive', f.is_active,
        'isSystem', f.is_system, 'isUIReadOnly', f.is_ui_read_only, 'isNullable', f.is_nullable,
        'isUnique', f.is_unique, 'defaultValue', f.default_value, 'options', f.options, 'settings', f.settings,
        'relation', case when r.field_id is not null then jsonb_build_object(
          'kind', r.kind, 'targetObject', r.target_object_id, 'targetField', r.target_field_id, 'onDelete', r.on_delete, 'morph', r.morph,
          'morphId', r.morph_id
        ) end, 'createdAt', f.created_at, 'updatedAt', f.updated_at
      ) order by f.place), '[]')
      from plinth.fields as f
      left join plinth.relations as r on r.field_id = f.id
      where f.workspace_id = ${sql.value(workspaceId)}) as fields,
      (select coalesce(jsonb_agg(jsonb_build_object(
        'id', id, 'objectId', object_id, 'type', type, 'isUnique', is_unique, 'fields', fields,
        'createdAt', created_at, 'updatedAt', updated_at
      ) order by place), '[]') from plinth.indexes where workspace_id = ${sql.value(workspaceId)}) as indexes`);
  const { objects, fields, indexes } = row as { objects: ObjectRow[]; fields: FieldRow[]; indexes: IndexRow[] };
  const byObject = Map.groupBy(fields, ({ objectId }) => objectId);
  const indexesOf = Map.groupBy(indexes, ({ objectId }) => objectId);
  return {
    model: {
      objects: objects.map(({ createdAt: _created, updatedAt: _updated, ...object }) => ({
        ...object,
        fields: (byObject.get(object.id) ?? []).map(
          ({ objectId: _object, createdAt: _c, updatedAt: _u, ...field }) => field,
        ),
        indexes: (indexesOf.get(object.id) ?? []).map(
          ({ objectId: _object, createdAt: _c, updatedAt: _u, ...index }) => index,
        ),
      })),
    },
    times: new Map(
      [...objects, ...fields, ...indexes].map(({ id, createdAt, updatedAt }) => [
        id,
        { createdAt: iso(createdAt), updatedAt: iso(updatedAt) },
      ]),
    ),
  };
}

function iso(time: string): string {
  return new Date(time).toISOString();
}

type Placed<T> = T & { readonly place: number };

/** Writes what differs: rows that are gone, rows that are new or changed. Six statements at most. */
export async function writeModel(client: Client, workspaceId: string, before: Model, after: Model): Promise<void> {
  const workspace = sql.value(workspaceId);
  const objects = changed(
    before.objects.map(placed),
    after.objects.map(placed),
    ({ fields: _fields, indexes: _indexes, ...object }) => object,
  );
  const fields = changed(fieldsOf(before), fieldsOf(after), (field) => field);
  const indexes = changed(indexesOf(before), indexesOf(after), (index) => index);

  if (fields.gone.length + objects.gone.length > 0) {
    await client.rows(sql`
      with gone as (delete from plinth.objects where workspace_id = ${workspace} and id = any (${sql.value(objects.gone as never)}::uuid[]))
      delete from plinth.fields where workspace_id = ${workspace} and id = any (${sql.value(fields.gone as never)}::uuid[])`);
  }
  if (objects.come.length > 0) {
    await client.rows(sql`
      insert into plinth.objects (id, workspace_id, name_singular, name_plural, label_singular, label_plural, description, icon,
        shortcut, color, origin, overridden, aliases, is_active, is_system, is_searchable, label_identifier, image_identifier,
        duplicate_criteria, place)
      select id, ${workspace}, "nameSingular", "namePlural", "labelSingular", "labelPlural", description, icon,
        shortcut, color, origin, overridden, aliases, "isActive", "isSystem", "isSearchable", "labelIdentifier", "imageIdentifier",
        "duplicateCriteria", place
      from jsonb_to_recordset(${sql.value(JSON.stringify(objects.come))}::jsonb) as given (
        id uuid, "nameSingular" text, "namePlural" text, "labelSingular" text, "labelPlural" text, description text, icon text,
        shortcut text, color text, origin text, overridden jsonb, aliases jsonb, "isActive" boolean, "isSystem" boolean,
        "isSearchable" boolean, "labelIdentifier" text, "imageIdentifier" text, "duplicateCriteria" jsonb, place integer)
      on conflict (id) do update set
        name_singular = excluded.name_singular, name_plural = excluded.name_plural, label_singular = excluded.label_singular,
        label_plural = excluded.label_plural, description = excluded.description, icon = excluded.icon,
        shortcut = excluded.shortcut, color = excluded.color, overridden = excluded.overridden, aliases = excluded.aliases,
        is_active = excluded.is_active, is_searchable = excluded.is_searchable, label_identifier = excluded.label_identifier,
        image_identifier = excluded.image_identifier,
        duplicate_criteria = excluded.duplicate_criteria, place = excluded.place, updated_at = now()`);
  }
  if (fields.come.length > 0) {
    const given = sql.value(JSON.stringify(fields.come));
    await client.rows(sql`
      insert into plinth.fields (id, workspace_id, object_id, name, type, label, description, icon, origin, overridden, aliases,
        is_active, is_system, is_ui_read_only, is_nullable, is_unique, default_value, options, settings, place)
      select id, ${workspace}, "objectId", name, type, label, description, icon, origin, overridden, aliases,
        "isActive", "isSystem", "isUIReadOnly", "isNullable", "isUnique", nullif("defaultValue", 'null'), nullif(options, 'null'), settings, place
      from jsonb_to_recordset(${given}::jsonb) as given (
        id uuid, "objectId" uuid, name text, type text, label text, description text, icon text, origin text,
        overridden jsonb, aliases jsonb, "isActive" boolean, "isSystem" boolean, "isUIReadOnly" boolean, "isNullable" boolean, "isUnique" boolean, "defaultValue" jsonb, options jsonb, settings jsonb, place integer)
      on conflict (id) do update set
        name = excluded.name, label = excluded.label, description = excluded.description, icon = excluded.icon,
        overridden = excluded.overridden, aliases = excluded.aliases, is_ui_read_only = excluded.is_ui_read_only,
        is_active = excluded.is_active, is_nullable = excluded.is_nullable, is_unique = excluded.is_unique,
        default_value = excluded.default_value, options = excluded.options, settings = excluded.settings,
        place = excluded.place, updated_at = now()`);
    await client.rows(sql`
      insert into plinth.relations (field_id, workspace_id, kind, target_object_id, target_field_id, on_delete, morph, morph_id)
      select id, ${workspace}, relation ->> 'kind', (relation ->> 'targetObject')::uuid, (relation ->> 'targetField')::uuid,
        relation ->> 'onDelete', relation ->> 'morph', (relation ->> 'morphId')::uuid
      from jsonb_to_recordset(${given}::jsonb) as given (id uuid, relation jsonb)
      where jsonb_typeof(relation) = 'object'
      on conflict (field_id) do update set on_delete = excluded.on_delete, morph = excluded.morph`);
  }
  if (indexes.gone.length > 0) {
    await client.rows(sql`
      delete from plinth.indexes where workspace_id = ${workspace} and id = any (${sql.value(indexes.gone as never)}::uuid[])`);
  }
  if (indexes.come.length > 0) {
    await client.rows(sql`
      insert into plinth.indexes (id, workspace_id, object_id, type, is_unique, fields, place)
      select id, ${workspace}, "objectId", type, "isUnique", fields, place
      from jsonb_to_recordset(${sql.value(JSON.stringify(indexes.come))}::jsonb) as given (
        id uuid, "objectId" uuid, type text, "isUnique" boolean, fields jsonb, place integer)
      on conflict (id) do update set place = excluded.place`);
  }
}

function placed<T>(each: T, place: number): Placed<T> {
  return { ...each, place };
}

function fieldsOf({ objects }: Model): Placed<Field & { objectId: string }>[] {
  return objects.flatMap(({ id, fields }) => fields.map((field, place) => ({ ...field, objectId: id, place })));
}

function indexesOf({ objects }: Model): Placed<Index & { objectId: string }>[] {
  return objects.flatMap(({ id, indexes }) => indexes.map((index, place) => ({ ...index, objectId: id, place })));
}

function changed<T extends { readonly id: string }, Row>(
  before: readonly T[],
  after: readonly T[],
  rowOf: (each: T) => Row,
): { gone: string[]; come: Row[] } {
  const old = new Map(before.map((each) => [each.id, JSON.stringify(rowOf(each))]));
  const now = new Set(after.map(({ id }) => id));
  return {
    gone: before.filter(({ id }) => !now.has(id)).map(({ id }) => id),
    come: after
      .map((each) => ({ each, row: rowOf(each) }))
      .flatMap(({ each, row }) => (old.get(each.id) === JSON.stringify(row) ? [] : [row])),
  };
}
