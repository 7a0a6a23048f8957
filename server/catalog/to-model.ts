/**
 * The model that a schema holds, read back from its catalog as PostGraphile describes it: types tell most, smart tags in
 * comments the rest. Standard, custom and hand-made tables come out alike. Ids are names.
 */

import type { PgCodec, PgResource } from 'postgraphile/@dataplan/pg';
import { TYPES } from 'postgraphile/@dataplan/pg';
import { FIELD_TYPES, type FieldTypeName } from '../model/field-types/index.ts';
import {
  type Column,
  columnsOf,
  type Field,
  type FieldSettings,
  joinName,
  type Model,
  type ObjectType,
  type Option,
  type Relation,
} from '../model/model.ts';
import { camelCase, lowerFirst, upperFirst } from '../model/names.ts';

/** A table as PostGraphile sees it. Its types would say every column; ours come from the model, when the schema is built. */
export type Table = PgResource<any, any, readonly Unique[], any, any>;
type Unique = { readonly attributes: readonly string[]; readonly isPrimary?: boolean };

/** A table, the object that it is, and which registry relation each relation field stands for. */
export type ServedObject = {
  readonly object: ObjectType;
  readonly table: Table;
  readonly relations: ReadonlyMap<string, ServedRelation>;
  /** Active fields. */
  readonly fields: readonly Field[];
  /** Of all fields, as the table names them: reckoned once, for every request goes through them. */
  readonly columns: ReadonlyMap<Field, readonly Column[]>;
  /** What its fields were called before → what the same is called now: `companyId` → `targetCompanyId`. */
  readonly formerNames: ReadonlyMap<string, string>;
};

/** Columns of one of the object's fields; none for the many side of a relation. */
export function columnsFor({ columns }: ServedObject, field: Field): readonly Column[] {
  return columns.get(field) ?? [];
}

type ServedRelation = {
  /** Name in PostGraphile's registry. */
  readonly name: string;
  readonly targetTable: Table;
  readonly localColumn: string;
  readonly remoteColumn: string;
};

/** What of a PostGraphile build names are made with. */
export type Naming = {
  readonly singularOf: (table: Table) => string;
  readonly pluralOf: (table: Table) => string;
  readonly forwardName: (table: Table, relation: string) => string;
  readonly backwardName: (table: Table, relation: string) => string;
};

type Tags = Readonly<Record<string, string | true | (string | true)[] | undefined>>;

/** The objects that can be served: tables with a single `id uuid` key. Fields and relations are in the table's order. */
export function toModel(tables: readonly Table[], naming: Naming): { model: Model; served: ServedObject[] } {
  const servable = tables.filter(hasUuidKey);
  const names = new Map(servable.map((table) => [table, text(tagsOf(table).singular) ?? naming.singularOf(table)]));
  const served = servable
    .map((table) => servedObject(table, names, naming))
    .sort((a, b) => (a.object.namePlural < b.object.namePlural ? -1 : 1));
  return { model: { objects: served.map(({ object }) => object) }, served };
}

function hasUuidKey(table: Table): boolean {
  const key = table.uniques.find((unique) => unique.isPrimary);
  return key?.attributes.length === 1 && key.attributes[0] === 'id' && table.codec.attributes.id?.codec === TYPES.uuid;
}

function servedObject(table: Table, names: ReadonlyMap<Table, string>, naming: Naming): ServedObject {
  const tags = tagsOf(table);
  const nameSingular = names.get(table) as string;
  const relations = new Map<string, ServedRelation>();
  const relationFields: Field[] = [];
  const joinColumns = new Set<string>();

  for (const [name, relation] of Object.entries<any>(table.getRelations())) {
    const [localColumn, remoteColumn] = [relation.localAttributes[0], relation.remoteAttributes[0]];
    const target = names.get(relation.remoteResource);
    if (relation.localAttributes.length !== 1 || target === undefined) continue; // not servable yet: see docs/compatibility.md
    const relationTags: Tags = relation.extensions?.tags ?? {};
    const isBackward: boolean = relation.isReferencee ?? false;
    if ((isBackward ? remoteColumn : localColumn) === 'id') continue;
    const ownTag = text(isBackward ? relationTags.foreignFieldName : relationTags.fieldName);
    const aliases = texts(isBackward ? relationTags.foreignAlias : relationTags.alias);
    const otherTag = text(isBackward ? relationTags.fieldName : relationTags.foreignFieldName);
    const fieldName = ownTag ?? (isBackward ? naming.backwardName(table, name) : naming.forwardName(table, name));
    if (!isBackward) joinColumns.add(localColumn);
    relations.set(fieldName, { name, targetTable: relation.remoteResource, localColumn, remoteColumn });
    relationFields.push({
      ...fieldDefaults(nameSingular, fieldName, 'RELATION'),
      aliases,
      isNullable: isBackward || !table.codec.attributes[localColumn].notNull,
      isActive: !(isBackward ? relationTags.foreignInactive : relationTags.inactive),
      relation: {
        kind: isBackward ? 'ONE_TO_MANY' : 'MANY_TO_ONE',
        targetObject: target,
        targetField: `${target}.${otherTag ?? ''}`,
        onDelete: 'SET_NULL',
        morph: text(relationTags.morph) ?? null,
        morphId: null,
      } satisfies Relation,
    });
  }

  const isUnique = new Set<string>(
    table.uniques
      .filter((unique) => !unique.isPrimary && unique.attributes.length === 1)
      .map((unique) => unique.attributes[0] as string),
  );
  const columnFields = fieldsOfColumns(table, nameSingular, joinColumns, isUnique);
  const taken = new Set<string>();
  const fields = [...columnFields, ...relationFields].filter(({ name }) => !taken.has(name) && taken.add(name));

  const object: ObjectType = {
    id: nameSingular,
    nameSingular,
    namePlural:
      text(tags.plural) ?? (tags.singular === undefined ? naming.pluralOf(table) : camelCase(tableNameOf(table))),
    labelSingular: upperFirst(nameSingular),
    labelPlural: upperFirst(camelCase(tableNameOf(table))),
    description: table.description ?? null,
    icon: null,
    shortcut: null,
    color: null,
    overridden: [],
    aliases: texts(tags.alias).flatMap((names) => {
      const [singular, plural] = names.split(' ');
      return singular && plural ? [{ nameSingular: singular, namePlural: plural }] : [];
    }),
    origin: tags.singular === undefined ? 'database' : 'custom',
    isActive: tags.inactive === undefined,
    isSystem: tags.system !== undefined,
    isSearchable: tags.search !== undefined,
    labelIdentifier: text(tags.label) ?? null,
    imageIdentifier: null,
    duplicateCriteria: (text(tags.duplicates) ?? '')
      .split(' ')
      .filter(Boolean)
      .map((group) => group.split('+')),
    fields,
    indexes: [],
  };
  const active = fields.filter(({ isActive }) => isActive);
  return {
    object,
    table,
    relations,
    fields: active,
    columns: new Map(fields.map((field) => [field, columnsIn(table, object, field, relations)])),
    formerNames: formerNamesOf(active),
  };
}

/** A name that is somebody's today is nobody's former one. */
function formerNamesOf(fields: readonly Field[]): Map<string, string> {
  const keysOf = (field: Field, name: string) =>
    field.relation?.kind === 'MANY_TO_ONE' ? [name, joinName({ name })] : [name];
  const taken = new Set(fields.flatMap((field) => keysOf(field, field.name)));
  const pairs = fields.flatMap((field) =>
    field.aliases.flatMap((alias) =>
      keysOf(field, alias).map((former, i) => [former, keysOf(field, field.name)[i] as string] as const),
    ),
  );
  return new Map(pairs.filter(([former]) => !taken.has(former)));
}

/** The object under each of its former names: the same table and fields. Contract: decisions.md, aliases */
export function formerObjects(served: ServedObject): ServedObject[] {
  return served.object.aliases.map((alias) => ({
    ...served,
    object: {
      ...served.object,
      ...alias,
      id: alias.nameSingular,
      aliases: [],
      formerNameOf: served.object.nameSingular,
      isSearchable: false, // it is found once, under its name of today
    },
  }));
}

/**
 * A hand-made join column may have any name; all others are named after their field. A composite made by hand may lack some of
 * its parts.
 */
function columnsIn(
  { codec }: Table,
  object: ObjectType,
  field: Field,
  relations: ReadonlyMap<string, ServedRelation>,
): Column[] {
  const columns = columnsOf(object, field);
  const join = relations.get(field.name)?.localColumn;
  return field.relation?.kind === 'MANY_TO_ONE' && join !== undefined
    ? columns.map((column) => ({ ...column, name: join }))
    : columns.filter(({ name }) => name in codec.attributes);
}

function fieldsOfColumns(
  table: Table,
  object: string,
  joinColumns: ReadonlySet<string>,
  isUnique: ReadonlySet<string>,
): Field[] {
  const fields = new Map<string, Field>();
  for (const [column, attribute] of Object.entries<any>(table.codec.attributes)) {
    if (joinColumns.has(column)) continue;
    const tags: Tags = attribute.extensions?.tags ?? {};
    const part = text(tags.part);
    const name = part ? (part.split('.')[0] as string) : (text(tags.name) ?? camelCase(column));
    const type = text(tags.type) ?? typeOf(attribute.codec);
    if (type === null || !(type in FIELD_TYPES)) continue;
    const known = fields.get(name);
    if (known) {
      if (isUnique.has(column)) fields.set(name, { ...known, isUnique: true });
      continue;
    }
    fields.set(name, {
      ...fieldDefaults(object, name, type as FieldTypeName),
      aliases: texts(tags.alias),
      description: attribute.description ?? null,
      isActive: tags.inactive === undefined,
      isNullable: !attribute.notNull,
      isUnique: isUnique.has(column),
      defaultValue: attribute.hasDefault ? true : null,
      options: optionsOf(attribute.codec),
      settings: settingsOf(attribute.codec, tags),
    });
  }
  return [...fields.values()];
}

function fieldDefaults(object: string, name: string, type: FieldTypeName): Field {
  return {
    id: `${object}.${name}`,
    name,
    type,
    label: upperFirst(name),
    description: null,
    icon: null,
    origin: 'custom',
    overridden: [],
    aliases: [],
    isActive: true,
    isSystem: false,
    isUIReadOnly: false,
    isNullable: true,
    isUnique: false,
    defaultValue: null,
    options: null,
    settings: {},
    relation: null,
  };
}

/** The field type that a column's type means when no tag says otherwise; null for a type that we don't serve. */
function typeOf(codec: PgCodec): FieldTypeName | null {
  const inner = codec.domainOfCodec ?? codec;
  if (inner.arrayOfCodec) {
    if (isEnum(inner.arrayOfCodec)) return 'MULTI_SELECT';
    return inner.arrayOfCodec === TYPES.text || inner.arrayOfCodec === TYPES.varchar ? 'ARRAY' : null;
  }
  if (isEnum(inner)) return 'SELECT';
  return BY_CODEC.get(inner) ?? null;
}

const BY_CODEC = new Map<unknown, FieldTypeName>([
  [TYPES.text, 'TEXT'],
  [TYPES.varchar, 'TEXT'],
  [TYPES.citext, 'TEXT'],
  [TYPES.float, 'NUMBER'],
  [TYPES.int, 'NUMBER'],
  [TYPES.bigint, 'NUMBER'],
  [TYPES.numeric, 'NUMERIC'],
  [TYPES.boolean, 'BOOLEAN'],
  [TYPES.timestamptz, 'DATE_TIME'],
  [TYPES.date, 'DATE'],
  [TYPES.uuid, 'UUID'],
  [TYPES.jsonb, 'RAW_JSON'],
  [TYPES.json, 'RAW_JSON'],
  [TYPES.tsvector, 'TS_VECTOR'],
]);

function isEnum(codec: any): boolean {
  return Array.isArray(codec.values);
}

function optionsOf(codec: any): Option[] | null {
  const values = (codec.arrayOfCodec ?? codec).values;
  if (!Array.isArray(values)) return null;
  return values.map(({ value }: { value: string }, position) => ({
    id: value,
    value,
    label: value,
    color: 'gray',
    position,
  }));
}

function settingsOf(codec: PgCodec, tags: Tags): FieldSettings {
  const dataType =
    codec === TYPES.int ? 'int' : codec === TYPES.bigint ? 'bigint' : codec === TYPES.float ? 'float' : undefined;
  const maxNumberOfValues = text(tags.maxNumberOfValues);
  return {
    ...(dataType && { dataType }),
    ...(tags.bareDomain !== undefined && { bareDomain: true }),
    ...(maxNumberOfValues !== undefined && { maxNumberOfValues: Number(maxNumberOfValues) }),
  };
}

function tagsOf(table: Table): Tags {
  return (table.extensions?.tags ?? {}) as Tags;
}

function tableNameOf(table: Table): string {
  return (table.extensions as any)?.pg?.name ?? table.name;
}

/** A tag may be there several times. */
function texts(tag: Tags[string]): string[] {
  return [tag ?? []].flat().filter((each) => typeof each === 'string');
}

function text(tag: Tags[string]): string | undefined {
  return typeof tag === 'string' ? tag : undefined;
}

/** Fallback names for tables without tags, by PostGraphile's (simplified) inflection. */
export function inflectedNames(inflection: any, registry: any): Naming {
  return {
    singularOf: (table) => lowerFirst(inflection.tableType(table.codec)),
    pluralOf: (table) => inflection.camelCase(inflection.distinctPluralize(tableNameOf(table))),
    forwardName: (table, relationName) => inflection.singleRelation({ registry, codec: table.codec, relationName }),
    backwardName: (table, relationName) => inflection._manyRelation({ registry, codec: table.codec, relationName }),
  };
}
