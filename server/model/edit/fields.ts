/** Fields that users make, change and delete, as pure functions Model → Model. Contract: metadata.md 2. */

import { randomUUID } from 'node:crypto';
import { refuse } from '../../errors.ts';
import type { OnDelete, Option } from '../field-types/field-type.ts';
import { FIELD_TYPES, isFieldTypeName, MORPH_RELATION, RELATION, UNKNOWN_TYPE } from '../field-types/index.ts';
import { type Field, type Model, type ObjectType, objectById, relationSettings } from '../model.ts';
import { type Morph, memberName, morphById } from '../morphs.ts';
import { camelOf, fieldMistakes, refuseMistakes, requiredMistakes, typeMistakes } from './check.ts';
import { withoutBrought } from './indexes.ts';
import type { CreateField, UpdateField } from './inputs.ts';
import { addTargets, createMorph, createRelation } from './relations.ts';
import {
  allOrMistakes,
  checkedId,
  FACE,
  foundField,
  foundObject,
  given,
  mapFields,
  mapObject,
  overriddenIn,
  renamedField,
  UPDATING,
  withField,
  withoutFields,
} from './steps.ts';
import { withBroughtAliases } from './target-names.ts';

/** @returns the model with the field, and the id by which users know it: of a morph relation, that of the whole */
export function createField(model: Model, given: CreateField): { model: Model; id: string } {
  const object = foundObject(model, given.objectMetadataId);
  const input = { ...given, name: textOf(given.name).trim(), label: textOf(given.label).trim() };
  const { name, label, type } = input;
  const entity = { name, objectMetadataId: object.id };
  const ofType = typeMistakes(type);
  if (type === RELATION) return createRelation(model, object, input, ofType);
  if (type === MORPH_RELATION) return createMorph(model, object, input, ofType);
  const isKnown = ofType.length === 0 && isFieldTypeName(type);
  const { isNeverNull = false, initialDefault = null, fixedOptions } = isKnown ? FIELD_TYPES[type] : {};
  const field: Field = {
    id: randomUUID(),
    name,
    type: isKnown ? type : UNKNOWN_TYPE,
    label,
    description: input.description ?? null,
    icon: input.icon ?? null,
    origin: 'custom',
    overridden: [],
    aliases: [],
    isActive: input.isActive ?? true,
    isSystem: false,
    isUIReadOnly: input.isUIReadOnly ?? false,
    isNullable: !isNeverNull && (input.isNullable ?? true),
    isUnique: input.isUnique ?? false,
    defaultValue: isKnown ? (input.defaultValue ?? initialDefault) : null,
    options: isKnown ? (fixedOptions?.() ?? optionsOf(input.options, null)) : null,
    settings: (isKnown && input.settings) || {},
    relation: null,
  };
  const after = withField(model, object.id, field);
  refuseMistakes('fieldMetadata', 'create', entity, [
    ...ofType,
    ...fieldMistakes(objectById(after, object.id) as ObjectType, field, {
      action: 'create',
      isSynced: input.isLabelSyncedWithName ?? false,
    }),
    ...requiredMistakes(field),
  ]);
  return { model: after, id: field.id };
}

/** All, or none; the mistakes of all. */
export function createFields(model: Model, inputs: readonly CreateField[]): { model: Model; ids: readonly string[] } {
  return allOrMistakes(model, 'fieldMetadata', 'create', inputs, createField);
}

/** REST gives what it is given; what is no text says nothing, and is refused for that. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function optionsOf(
  given: readonly Partial<Option>[] | null | undefined,
  before: readonly Option[] | null,
): Option[] | null {
  if (!given) return before ? [...before] : null;
  if (!Array.isArray(given) || given.some((option) => typeof option !== 'object' || option === null))
    throw refuse('INVALID_FIELD_INPUT', 'options must be a list of { id, value, label, color, position }');
  return given.map((option, i) => {
    const known = before?.find(
      ({ id, value }) => id === option.id || (option.id == null && value === textOf(option.value).trim()),
    );
    return {
      id: option.id ?? known?.id ?? randomUUID(),
      value: textOf(option.value).trim(),
      label: textOf(option.label ?? option.value)
        .replace(/\s+/g, ' ')
        .trim(),
      color: option.color ?? known?.color ?? 'gray',
      position: option.position ?? i,
    };
  });
}

/** @param id of a field, or of a morph relation, which changes all its targets' fields */
export function updateField(model: Model, id: string, update: UpdateField): Model {
  const morph = morphById(model, checkedId(id));
  if (morph) return updateMorph(model, morph, update);
  const { object, field } = foundField(model, id);
  refuseUpdate(object, field, update);
  const changed = changedField(field, update);
  const isRenamed = changed.name !== field.name;
  const after = renamedField(
    withOnDeleteOf(
      mapFields(model, (each) => (each.id === field.id ? changed : each)),
      changed,
    ),
    object.id,
    field.name,
    changed.name,
  );
  refuseMistakes('fieldMetadata', 'update', { id: field.id, name: changed.name, objectMetadataId: object.id }, [
    ...fieldMistakes(objectById(after, object.id) as ObjectType, changed, {
      action: 'update',
      isSynced: update.isLabelSyncedWithName ?? false,
    }),
    ...(field.isNullable && !isRenamed ? requiredMistakes(changed) : []),
    ...(field.origin === 'standard' && field.isUnique && !changed.isUnique
      ? [{ code: 'INVALID_FIELD_INPUT', message: "A standard field's own unique index cannot be dropped" }]
      : []),
  ]);
  return withBroughtAliases(mapObject(after, object.id, withoutBrought));
}

function refuseUpdate(object: ObjectType, field: Field, update: UpdateField): void {
  if (field.origin === 'standard') {
    const refused = [
      ...(update.name != null && update.name !== field.name ? ['name'] : []),
      ...(update.isLabelSyncedWithName != null && update.isLabelSyncedWithName !== (camelOf(field.label) === field.name)
        ? ['isLabelSyncedWithName']
        : []),
    ];
    if (refused.length > 0)
      throw refuse(
        'FIELD_MUTATION_NOT_ALLOWED',
        `Cannot edit standard field metadata properties: ${refused.join(', ')}`,
      );
  }
  if (field.isSystem) throw refuse('FIELD_MUTATION_NOT_ALLOWED', `System field "${field.name}" cannot be changed`);
  if (update.isActive === false && object.labelIdentifier === field.name)
    throw refuse('INVALID_FIELD_INPUT', 'The label identifier cannot be deactivated');
}

function changedField(field: Field, update: UpdateField): Field {
  const options = optionsOf(update.options, field.options);
  const name = update.name == null ? field.name : textOf(update.name).trim();
  const changed: Field = {
    ...field,
    ...given(update, ['description', 'icon', 'defaultValue']),
    ...given(update, ['isActive', 'isNullable', 'isUnique', 'isUIReadOnly'], false),
    ...(update.label != null && { label: textOf(update.label).trim() }),
    name,
    aliases: fieldAliases(field, name, update),
    options,
    settings: { ...(update.settings === undefined ? field.settings : update.settings) },
  };
  const followed =
    update.defaultValue === undefined ? { ...changed, defaultValue: followedDefault(field, options) } : changed;
  const related = field.relation ? withRelationOf(followed, update) : followed;
  return { ...related, overridden: overriddenIn(field, related, ['label', ...FACE]) };
}

function fieldAliases(field: Field, name: string, update: UpdateField): string[] {
  const aliases = (update.aliases ?? field.aliases).map((alias) => textOf(alias).trim());
  if (name === field.name) return aliases;
  return [...aliases.filter((alias) => alias !== name), ...(update.keepFormerName ? [field.name] : [])];
}

/** Of a relation's settings only what happens on deletion is a user's to say. */
function withRelationOf(field: Field, { settings }: UpdateField): Field {
  const relation = {
    ...(field.relation as NonNullable<Field['relation']>),
    ...(settings?.onDelete && { onDelete: settings.onDelete as OnDelete }),
  };
  return { ...field, relation, settings: relationSettings(field.name, relation) };
}

/**
 * The foreign key is one, so both ends say the same of it; and a morph relation is one field, whichever end it is asked
 * at.
 */
function withOnDeleteOf(model: Model, { relation: own }: Field): Model {
  if (!own) return model;
  return mapFields(model, (each) => {
    const isOfIt = each.id === own.targetField || (own.morphId !== null && each.relation?.morphId === own.morphId);
    if (!isOfIt || !each.relation || each.relation.onDelete === own.onDelete) return each;
    const relation = { ...each.relation, onDelete: own.onDelete };
    return { ...each, relation, settings: relationSettings(each.name, relation) };
  });
}

/** A default that names an option follows it to its new name, and goes with it. */
function followedDefault(field: Field, options: readonly Option[] | null): unknown {
  if (!field.options || field.defaultValue === null) return field.defaultValue;
  const follow = (value: unknown): string[] => {
    const option = field.options?.find((each) => `'${each.value}'` === value);
    const now = options?.find(({ id }) => id === option?.id);
    return now ? [`'${now.value}'`] : [];
  };
  if (!Array.isArray(field.defaultValue)) return follow(field.defaultValue)[0] ?? null;
  const followed = field.defaultValue.flatMap(follow);
  return followed.length > 0 ? followed : null;
}

function updateMorph(model: Model, { id, name: from, object, members }: Morph, update: UpdateField): Model {
  refuseUpdate(object, { ...members[0], name: from }, update);
  const name = update.name == null ? from : textOf(update.name).trim();
  refuseNewAliases(members, update);
  const ids = new Set(members.map((member) => member.id));
  const inverses = new Set(members.map(({ relation }) => relation?.targetField));
  const changed = mapFields(model, (field) => {
    if (!field.relation || !(ids.has(field.id) || inverses.has(field.id))) return field;
    const relation = { ...field.relation, morph: name };
    if (!ids.has(field.id)) return { ...field, relation };
    const target = objectById(model, relation.targetObject) as ObjectType;
    const own = memberName(name, target);
    const aliases = update.aliases && field.aliases.filter((alias) => update.aliases?.includes(alias));
    return changedField({ ...field, relation }, { ...update, aliases, name: own });
  });
  const first = objectById(changed, object.id)?.fields.find((field) => ids.has(field.id)) as Field;
  const after = withOnDeleteOf(changed, first);
  const now = objectById(after, object.id) as ObjectType;
  refuseMistakes('fieldMetadata', 'update', { id, name, objectMetadataId: object.id }, [
    ...now.fields.filter((field) => ids.has(field.id)).flatMap((field) => fieldMistakes(now, field, UPDATING)),
    ...requiredMistakes(first),
  ]);
  const more = addTargets(after, morphById(after, id) as Morph, update.morphRelationsUpdatePayload ?? []);
  return withBroughtAliases(more);
}

/** Each is a former name of one of its targets, which a new one doesn't say. */
function refuseNewAliases(members: Morph['members'], { aliases }: UpdateField): void {
  const known = new Set(members.flatMap((member) => member.aliases));
  const stray = aliases?.find((alias) => !known.has(alias));
  if (stray !== undefined)
    throw refuse(
      'INVALID_FIELD_INPUT',
      `"${stray}" is no former name of a target of this morph relation: renames make them, and here they can be left out`,
    );
}

/** Both ends of a relation, all of a morph relation. */
export function deleteField(model: Model, id: string): Model {
  const morph = morphById(model, checkedId(id));
  const { object, field } = morph ? { object: morph.object, field: morph.members[0] } : foundField(model, id);
  if (field.origin === 'standard')
    throw refuse('INVALID_FIELD_INPUT', 'Standard fields cannot be deleted; deactivate them instead');
  if (field.isSystem) throw refuse('INVALID_FIELD_INPUT', 'System fields cannot be deleted');
  if (object.labelIdentifier === field.name)
    throw refuse('INVALID_FIELD_INPUT', 'The label identifier cannot be deleted');
  const gone = morph ? morph.members : [field];
  return withBroughtAliases(
    withoutFields(model, new Set(gone.flatMap(({ id, relation }) => (relation ? [id, relation.targetField] : [id])))),
  );
}
