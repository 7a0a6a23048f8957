/** Objects and fields as the metadata APIs show them. Contract: metadata.md 1.3. */

import { camelOf } from '../model/check.ts';
import { type Field, type Model, type ObjectType, objectById } from '../model/model.ts';
import type { Times } from './stored-model.ts';

/** A model as it was read for one request. */
export type Snapshot = { readonly model: Model; readonly times: Times };

export type ObjectView = ReturnType<typeof objectView>;
export type FieldView = ReturnType<typeof fieldView>;

export function objectView({ times }: Snapshot, object: ObjectType) {
  const { origin, labelIdentifier, fields } = object;
  return {
    id: object.id,
    universalIdentifier: object.id,
    dataSourceId: object.id,
    nameSingular: object.nameSingular,
    namePlural: object.namePlural,
    labelSingular: object.labelSingular,
    labelPlural: object.labelPlural,
    description: object.description,
    icon: object.icon,
    shortcut: null,
    color: null,
    origin,
    isCustom: origin === 'custom',
    isRemote: false,
    isActive: object.isActive,
    isSystem: object.isSystem,
    isSearchable: object.isSearchable,
    isUIEditable: true,
    isUICreatable: true,
    isUIReadOnly: false,
    isLabelSyncedWithName:
      camelOf(object.labelSingular) === object.nameSingular && camelOf(object.labelPlural) === object.namePlural,
    labelIdentifierFieldMetadataId: fields.find(({ name }) => name === (labelIdentifier ?? 'id'))?.id ?? null,
    imageIdentifierFieldMetadataId: null,
    duplicateCriteria: object.duplicateCriteria.length > 0 ? object.duplicateCriteria : null,
    standardOverrides: null,
    applicationId: null,
    ...timesOf(times, object.id),
  };
}

export function fieldView({ model, times }: Snapshot, object: ObjectType, field: Field) {
  return {
    id: field.id,
    universalIdentifier: field.id,
    type: field.type,
    name: field.name,
    label: field.label,
    description: field.description,
    icon: field.icon,
    origin: field.origin,
    isCustom: field.origin === 'custom',
    isActive: field.isActive,
    isSystem: field.isSystem,
    isNullable: field.isNullable,
    isUnique: field.isUnique,
    isUIReadOnly: false,
    isLabelSyncedWithName: camelOf(field.label) === field.name,
    defaultValue: field.defaultValue ?? null,
    options: field.options,
    settings: field.settings,
    standardOverrides: null,
    objectMetadataId: object.id,
    morphId: null,
    morphRelations: null,
    relation: relationView({ model, times }, object, field),
    ...timesOf(times, field.id),
  };
}

/** Seen from the field: its object is the source. Names and ids only, so that it can be shown inside the field. */
function relationView({ model }: Snapshot, object: ObjectType, field: Field) {
  const target = field.relation && objectById(model, field.relation.targetObject);
  const inverse = target?.fields.find(({ id }) => id === field.relation?.targetField);
  if (!field.relation || !target || !inverse) return null;
  const objectPart = ({ id, nameSingular, namePlural }: ObjectType) => ({ id, nameSingular, namePlural });
  return {
    type: field.relation.kind,
    sourceObjectMetadata: objectPart(object),
    targetObjectMetadata: objectPart(target),
    sourceFieldMetadata: { id: field.id, name: field.name },
    targetFieldMetadata: { id: inverse.id, name: inverse.name },
  };
}

function timesOf(times: Times, id: string) {
  return times.get(id) ?? { createdAt: new Date(0).toISOString(), updatedAt: new Date(0).toISOString() };
}
