/** Objects, fields and indexes as the metadata APIs show them. Contract: metadata.md 1.3. */

import { indexName } from '../ddl/shape.ts';
import { camelOf, isObjectSynced } from '../model/edit/check.ts';
import { broughtIndexes } from '../model/edit/indexes.ts';
import { MORPH_RELATION } from '../model/field-types/index.ts';
import { type Field, fieldByName, type Index, type ObjectType, objectById, relationSettings } from '../model/model.ts';
import { isMorph, logicalFields, type Morph, morphOf } from '../model/morphs.ts';
import type { Snapshot } from '../store/snapshot.ts';

/** The snapshot that a view was made of, where GraphQL looks further; JSON leaves it out. */
export const SNAPSHOT = Symbol('snapshot');

export type ObjectView = ReturnType<typeof objectView>;
export type FieldView = ReturnType<typeof fieldView>;
export type RelationView = NonNullable<FieldView['relation']>;
export type IndexView = ReturnType<typeof indexView>;

export function objectView(snapshot: Snapshot, object: ObjectType) {
  const { origin, overridden } = object;
  return {
    [SNAPSHOT]: snapshot,
    id: object.id,
    universalIdentifier: object.id,
    dataSourceId: object.id,
    nameSingular: object.nameSingular,
    namePlural: object.namePlural,
    aliases: object.aliases,
    labelSingular: object.labelSingular,
    labelPlural: object.labelPlural,
    description: object.description,
    icon: object.icon,
    shortcut: object.shortcut,
    color: object.color,
    origin,
    isCustom: origin === 'custom',
    isRemote: false,
    isActive: object.isActive,
    isSystem: object.isSystem,
    isSearchable: object.isSearchable,
    isUIEditable: true,
    isUICreatable: true,
    isUIReadOnly: false,
    isLabelSyncedWithName: isObjectSynced(object),
    labelIdentifierFieldMetadataId: fieldByName(object, object.labelIdentifier ?? 'id')?.id ?? null,
    imageIdentifierFieldMetadataId: fieldByName(object, object.imageIdentifier ?? '')?.id ?? null,
    duplicateCriteria: object.duplicateCriteria.length > 0 ? object.duplicateCriteria : null,
    standardOverrides: overridesOf(object, overridden),
    applicationId: null,
    ...timesOf(snapshot, object.id),
  };
}

/** A field as users know it; a morph relation is one. */
export function fieldView(snapshot: Snapshot, object: ObjectType, each: Field | Morph) {
  const field = isMorph(each) ? each.members[0] : each;
  const morph = isMorph(each) ? each : morphOf(object, field);
  const { id, name } = each;
  return {
    [SNAPSHOT]: snapshot,
    id,
    universalIdentifier: id,
    type: morph ? MORPH_RELATION : field.type,
    name,
    aliases: isMorph(each) ? each.members.flatMap(({ aliases }) => aliases) : field.aliases,
    label: field.label,
    description: field.description,
    icon: field.icon,
    origin: field.origin,
    isCustom: field.origin === 'custom',
    isActive: isMorph(each) ? each.members.some(({ isActive }) => isActive) : field.isActive,
    isSystem: field.isSystem,
    isNullable: field.isNullable,
    isUnique: field.isUnique,
    isUIEditable: !field.isUIReadOnly,
    isUIReadOnly: field.isUIReadOnly,
    isLabelSyncedWithName: camelOf(field.label) === name,
    defaultValue: field.defaultValue ?? null,
    options: field.options,
    settings:
      isMorph(each) && field.relation
        ? { ...field.settings, ...relationSettings(name, field.relation) }
        : field.settings,
    standardOverrides: overridesOf(field, field.overridden),
    objectMetadataId: object.id,
    relation: isMorph(each) ? null : relationView(snapshot, object, field),
    morphId: morph?.id ?? null,
    morphRelations: morph ? morph.members.flatMap((member) => relationView(snapshot, object, member) ?? []) : null,
    ...timesOf(snapshot, field.id),
  };
}

/** What shows instead of what the standard says; null where a user has changed nothing. */
function overridesOf<T extends ObjectType | Field>(of: T, keys: readonly (string & keyof T)[]) {
  return keys.length === 0 ? null : Object.fromEntries(keys.map((key) => [key, of[key]]));
}

/** Seen from the field: its object is the source. Names and ids only, so that it can be shown inside the field. */
function relationView(snapshot: Snapshot, object: ObjectType, field: Field) {
  const target = field.relation && objectById(snapshot.model, field.relation.targetObject);
  const inverse = target?.fields.find(({ id }) => id === field.relation?.targetField);
  if (!field.relation || !target || !inverse) return null;
  const objectPart = ({ id, nameSingular, namePlural }: ObjectType) => ({ id, nameSingular, namePlural });
  return {
    [SNAPSHOT]: snapshot,
    type: field.relation.kind,
    sourceObjectMetadata: objectPart(object),
    targetObjectMetadata: objectPart(target),
    sourceFieldMetadata: { id: field.id, name: field.name },
    targetFieldMetadata: { id: inverse.id, name: inverse.name },
  };
}

function indexView(snapshot: Snapshot, object: ObjectType, index: Index) {
  return {
    [SNAPSHOT]: snapshot,
    id: index.id,
    name: indexName(object, index),
    isCustom: object.indexes.includes(index),
    isUnique: index.isUnique,
    indexWhereClause: null,
    indexType: index.type,
    objectMetadataId: object.id,
    indexFieldMetadatas: index.fields.map(({ id, field, part }, order) => ({
      id,
      fieldMetadataId: field,
      order,
      subFieldName: part,
      ...timesOf(snapshot, index.id),
    })),
    ...timesOf(snapshot, index.id),
  };
}

export function fieldViews(snapshot: Snapshot, object: ObjectType): FieldView[] {
  return logicalFields(object).map((field) => fieldView(snapshot, object, field));
}

/** Those that fields bring along, then those that were asked for. */
export function indexViews(snapshot: Snapshot, object: ObjectType): IndexView[] {
  // What was made by hand has indexes of its own, which are told of in the database.
  if (object.origin === 'database') return [];
  const fields = object.fields.filter(({ origin }) => origin !== 'database');
  return [...broughtIndexes({ ...object, fields }), ...object.indexes].map((index) =>
    indexView(snapshot, object, index),
  );
}

function timesOf({ times }: Snapshot, id: string) {
  const { createdAt = 0, updatedAt = 0 } = times.get(id) ?? {};
  return { createdAt: new Date(createdAt).toISOString(), updatedAt: new Date(updatedAt).toISOString() };
}
