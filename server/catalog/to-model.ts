/**
 * The model that a schema holds, read back from its catalog as PostGraphile describes it: types tell most, smart tags
 * in comments the rest. Standard, custom and hand-made tables come out alike. Ids are names.
 */

import type { PgCodecRelation, PgRegistry } from 'postgraphile/@dataplan/pg';
import { FIELD_TYPES, RELATION } from '../model/field-types/index.ts';
import {
  BASE_FIELDS,
  type Column,
  columnsOf,
  type Deed,
  type Field,
  joinName,
  type Model,
  type ObjectType,
  type Relation,
} from '../model/model.ts';
import { camelCase, labelOf, lowerFirst } from '../model/names.ts';
import { readRelationTags, readTableTags, type Tags } from '../model/smart-tags.ts';
import { fieldDefaults, fieldsOfColumns } from './column-fields.ts';
import { type Key, keyOf, namesTaken, reasonAgainst, type Unserved } from './servable.ts';
import type { ServedObject, ServedRelation } from './served.ts';
import { type Table, tableNameOf, tagsOf } from './table.ts';

/** What of a PostGraphile build names are made with. */
export type Naming = {
  readonly singularOf: (table: Table) => string;
  readonly pluralOf: (table: Table) => string;
  readonly forwardName: (table: Table, relation: string) => string;
  readonly backwardName: (table: Table, relation: string) => string;
};

/**
 * The objects that can be served: tables with a key of one column. Fields and relations are in the table's order. What
 * else there is, is told with the reason why it isn't served.
 */
export function toModel(
  tables: readonly Table[],
  naming: Naming,
  omitted: readonly Unserved[],
): { model: Model; served: ServedObject[]; unserved: Unserved[] } {
  const unserved: Unserved[] = [];
  const names = new Map<Table, Named>();
  const taken = namesTaken();
  // Those that Plinth made have their names before those that a DBA has made.
  const inOrder = [...tables].sort((a, b) => Number(isByHand(a)) - Number(isByHand(b)));
  for (const table of inOrder) {
    const key = keyOf(table);
    const named = typeof key === 'string' ? null : { ...namesOf(table, naming), key: key as Key };
    const reason = named ? (isByHand(table) ? reasonAgainst(named, taken) : null) : (key as string);
    if (named && reason === null) {
      taken.add(named);
      names.set(table, named);
    } else unserved.push({ table: tableNameOf(table), column: null, reason: reason as string });
  }
  const served = tables
    .flatMap((table) => (names.has(table) ? [servedObject(table, names, naming, unserved)] : []))
    .sort((a, b) => (a.object.namePlural < b.object.namePlural ? -1 : 1));
  const servedTables = new Set(served.map(({ table }) => tableNameOf(table)));
  unserved.push(...omitted.filter(({ table }) => servedTables.has(table)));
  const place = ({ table, column }: Unserved) => `${table}.${column ?? ''}`;
  unserved.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  return { model: { objects: served.map(({ object }) => object) }, served, unserved };
}

type Named = { readonly nameSingular: string; readonly namePlural: string; readonly key: Key };

/** Tables that Plinth makes say what they are called; so may those of a DBA. */
function isByHand(table: Table): boolean {
  return tagsOf(table).singular === undefined;
}

function isActive(table: Table): boolean {
  return !readTableTags(tagsOf(table), null).isInactive;
}

function namesOf(table: Table, naming: Naming): Omit<Named, 'key'> {
  const { nameSingular, namePlural } = readTableTags(tagsOf(table), null);
  return {
    nameSingular: nameSingular ?? naming.singularOf(table),
    namePlural: namePlural ?? (isByHand(table) ? naming.pluralOf(table) : camelCase(tableNameOf(table))),
  };
}

function servedObject(
  table: Table,
  names: ReadonlyMap<Table, Named>,
  naming: Naming,
  unserved: Unserved[],
): ServedObject {
  const { labelIdentifier, ...tagged } = readTableTags(tagsOf(table), table.description);
  const { nameSingular, namePlural, key } = names.get(table) as Named;
  const refuse = (column: string, reason: string) => {
    unserved.push({ table: tableNameOf(table), column, reason });
  };
  const relations = new Map<string, ServedRelation>();
  const relationFields: Field[] = [];
  const joinColumns = new Set<string>();

  for (const [name, relation] of Object.entries<PgCodecRelation>(table.getRelations())) {
    const [localColumn = '', remoteColumn = ''] = [relation.localAttributes[0], relation.remoteAttributes[0]];
    const target = names.get(relation.remoteResource);
    const isBackward: boolean = relation.isReferencee ?? false;
    // A table that isn't served is told of by itself; its foreign keys are plain columns.
    if (target === undefined) continue;
    const [child, parent] = isBackward ? [target.key, key] : [key, target.key];
    const [childColumn, parentColumn] = isBackward ? [remoteColumn, localColumn] : [localColumn, remoteColumn];
    const reason =
      relation.localAttributes.length !== 1
        ? 'a foreign key of several columns is served as its columns, not as a relation'
        : childColumn === child.column
          ? 'a foreign key that is the table’s own key is served as the id alone, not as a relation'
          : parentColumn !== parent.column
            ? 'a foreign key to another column than the key is served as a plain column, not as a relation'
            : null;
    if (reason !== null) {
      if (!isBackward) refuse(relation.localAttributes.join(', '), reason);
      continue;
    }
    const end = relationEnd(readRelationTags((relation.extensions?.tags ?? {}) as Tags), isBackward);
    const fieldName = end.name ?? (isBackward ? naming.backwardName(table, name) : naming.forwardName(table, name));
    if (!isBackward) joinColumns.add(localColumn);
    const targetTable: Table = relation.remoteResource;
    relations.set(fieldName, { name, targetTable, targetKey: target.key, localColumn, remoteColumn });
    relationFields.push({
      ...fieldDefaults(nameSingular, fieldName, RELATION),
      aliases: end.aliases,
      label: end.label ?? labelOf(fieldName),
      isNullable: isBackward || !table.codec.attributes[localColumn].notNull,
      // Where the other object is inactive, nothing of the relation is served: its ids could be read and not written.
      isActive: !end.isInactive && isActive(targetTable),
      relation: {
        kind: isBackward ? 'ONE_TO_MANY' : 'MANY_TO_ONE',
        targetObject: target.nameSingular,
        targetField: `${target.nameSingular}.${end.otherName ?? inverseName(table, relation, naming) ?? ''}`,
        onDelete: 'SET_NULL',
        morph: end.morph ?? null,
        morphId: null,
      } satisfies Relation,
    });
  }

  const isUnique = new Set<string>(
    table.uniques
      .filter((unique) => !unique.isPrimary && unique.attributes.length === 1)
      .map((unique) => unique.attributes[0] as string),
  );
  const { fields: columnFields, columnOf } = fieldsOfColumns(table, nameSingular, key, joinColumns, isUnique, refuse);
  const taken = new Set<string>();
  const known = [...columnFields, ...relationFields].filter((field) => {
    const words = field.relation?.kind === 'MANY_TO_ONE' ? [field.name, joinName(field)] : [field.name];
    const isFree = !words.some((word) => taken.has(word));
    if (isFree) for (const word of words) taken.add(word);
    else if (field.relation)
      refuse(
        relations.get(field.name)?.localColumn ?? '',
        `its relation would be called "${field.name}", as another field is`,
      );
    return isFree;
  });

  const named: ObjectType = {
    id: nameSingular,
    nameSingular,
    namePlural,
    labelSingular: tagged.labelSingular ?? labelOf(nameSingular),
    labelPlural: tagged.labelPlural ?? labelOf(namePlural),
    description: tagged.description,
    icon: null,
    shortcut: null,
    color: null,
    overridden: [],
    aliases: tagged.aliases,
    origin: isByHand(table) ? 'database' : 'custom',
    isActive: isActive(table),
    isSystem: tagged.isSystem,
    isSearchable: tagged.isSearchable,
    labelIdentifier: labelIdentifier ?? null,
    imageIdentifier: null,
    duplicateCriteria: tagged.duplicateCriteria,
    fields: known,
    indexes: [],
  };
  const columns = new Map(known.map((field) => [field, columnsIn(table, named, field, relations, columnOf)]));
  const fields = known.map((field) => withRefusals(table, field, columns.get(field) as Column[]));
  const refused = refusedDeeds(table, fields);
  const object: ObjectType = { ...named, fields, ...(refused.size > 0 && { refused }) };
  const active = fields.filter(({ isActive }) => isActive);
  return {
    object,
    table,
    key,
    relations,
    fields: active,
    columns: new Map(fields.map((field, i) => [field, columns.get(known[i] as Field) as Column[]])),
    formerNames: formerNamesOf(active),
  };
}

/** The end of a relation that a table is at. */
function relationEnd(tags: ReturnType<typeof readRelationTags>, isBackward: boolean) {
  const { name, foreignName, morph, aliases, foreignAliases, label, foreignLabel, isInactive, isForeignInactive } =
    tags;
  return isBackward
    ? {
        name: foreignName,
        otherName: name,
        morph,
        aliases: foreignAliases,
        label: foreignLabel,
        isInactive: isForeignInactive,
      }
    : { name, otherName: foreignName, morph, aliases, label, isInactive };
}

/** A field is written where all of its columns may be. */
function withRefusals({ codec }: Table, field: Field, columns: readonly Column[]): Field {
  const isRefused = (right: 'mayInsert' | 'mayUpdate') =>
    columns.some(({ name }) => codec.attributes[name].extensions?.[right] === false);
  const refused = new Set([
    ...(isRefused('mayInsert') ? (['create'] as const) : []),
    ...(isRefused('mayUpdate') ? (['update'] as const) : []),
  ]);
  return refused.size > 0 ? { ...field, refused } : field;
}

/**
 * Records are written where a field of theirs may be that is about more than the row: to soft-delete one, say, is to
 * write when it was changed too, and yet no right to change it.
 */
function refusedDeeds({ extensions }: Table, fields: readonly Field[]): Set<Deed> {
  const { mayDelete, mayMerge } = (extensions ?? {}) as { mayDelete?: boolean; mayMerge?: boolean };
  const stored = fields.filter(
    ({ type, relation }) => relation?.kind !== 'ONE_TO_MANY' && !FIELD_TYPES[type].isGenerated,
  );
  const telling = stored.filter(({ name }) => !BASE_FIELDS.has(name));
  const isRefused = (deed: 'create' | 'update') =>
    (telling.length > 0 ? telling : stored).every(({ refused }) => refused?.has(deed));
  const deletedAt = fields.find(({ name }) => name === 'deletedAt');
  return new Set<Deed>([
    ...(isRefused('create') ? (['create'] as const) : []),
    ...(isRefused('update') ? (['update'] as const) : []),
    ...(deletedAt?.refused?.has('update') ? (['delete'] as const) : []),
    ...(mayDelete === false ? (['destroy'] as const) : []),
    ...(mayMerge === false ? (['merge'] as const) : []),
  ]);
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
 * A column made by hand may have any name, and a join column the type of any key. A composite made by hand may lack
 * some of its parts.
 */
function columnsIn(
  { codec }: Table,
  object: ObjectType,
  field: Field,
  relations: ReadonlyMap<string, ServedRelation>,
  columnOf: ReadonlyMap<string, string>,
): Column[] {
  const columns = columnsOf(object, field);
  const join = relations.get(field.name);
  if (field.relation?.kind === 'MANY_TO_ONE' && join !== undefined)
    return columns.map((column) => ({ ...column, ...joinPart(join.targetKey, column), name: join.localColumn }));
  const name = columnOf.get(field.name);
  return FIELD_TYPES[field.type].composite === null && name !== undefined
    ? columns.map((column) => ({ ...column, name }))
    : columns.filter((column) => column.name in codec.attributes);
}

/** Of a join column: what the key is that it holds. */
function joinPart({ type }: Key, { part }: Column): Partial<Column> {
  switch (type) {
    case 'uuid':
      return {};
    case 'text':
      return { type: 'text', part: { ...part, sql: 'text', scalar: 'String' } };
    case 'int':
      return { type: 'integer', part: { ...part, sql: 'integer', scalar: 'Int' } };
    case 'bigint':
      return { type: 'bigint', part: { ...part, sql: 'bigint', scalar: 'BigFloat' } };
  }
}

/** What the relation is called at its other end. */
function inverseName(table: Table, relation: PgCodecRelation, naming: Naming): string | null {
  const [localColumn = '', remoteColumn = ''] = [relation.localAttributes[0], relation.remoteAttributes[0]];
  const { remoteResource: target, isReferencee: isBackward = false } = relation;
  for (const [name, each] of Object.entries<PgCodecRelation>(target.getRelations())) {
    const isInverse =
      each.remoteResource === table &&
      (each.isReferencee ?? false) !== isBackward &&
      each.localAttributes[0] === remoteColumn &&
      each.remoteAttributes[0] === localColumn;
    if (isInverse) return isBackward ? naming.forwardName(target, name) : naming.backwardName(target, name);
  }
  return null;
}

/** Fallback names for tables without tags, by PostGraphile's (simplified) inflection. */
export function inflectedNames(inflection: GraphileBuild.Inflection, registry: PgRegistry): Naming {
  return {
    singularOf: (table) => lowerFirst(inflection.tableType(table.codec)),
    pluralOf: (table) => inflection.camelCase(inflection.distinctPluralize(tableNameOf(table))),
    forwardName: (table, relationName) => inflection.singleRelation({ registry, codec: table.codec, relationName }),
    backwardName: (table, relationName) => inflection._manyRelation({ registry, codec: table.codec, relationName }),
  };
}
