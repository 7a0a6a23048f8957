/** Objects that users make, change and delete, as pure functions Model → Model. Contract: metadata.md 2. */

import { refuse } from '../../errors.ts';
import { FIELD_TYPES, LABEL_TYPES } from '../field-types/index.ts';
import { type Model, type ObjectAlias, type ObjectType, objectById } from '../model.ts';
import { withNewObject } from '../standard/standard.ts';
import { type Asked, fieldMistakes, isObjectSynced, type Mistake, objectMistakes, refuseMistakes } from './check.ts';
import {
  allOrMistakes,
  CREATING,
  checkedId,
  FACE,
  foundObject,
  given,
  mapObject,
  overriddenIn,
  withoutFields,
} from './steps.ts';
import { withBroughtAliases, withTargetsFollowing } from './target-names.ts';

export type CreateObject = {
  readonly nameSingular: string;
  readonly namePlural: string;
  readonly labelSingular: string;
  readonly labelPlural: string;
  readonly description?: string | null;
  readonly icon?: string | null;
  readonly shortcut?: string | null;
  readonly color?: string | null;
  readonly isSearchable?: boolean | null;
  readonly isLabelSyncedWithName?: boolean | null;
};

export type UpdateObject = Partial<CreateObject> & {
  readonly isActive?: boolean | null;
  readonly labelIdentifierFieldMetadataId?: string | null;
  readonly imageIdentifierFieldMetadataId?: string | null;
  /** Former names that go on being served: the whole list. */
  readonly aliases?: readonly ObjectAlias[] | null;
  /** With other names: the ones until now go on being served. */
  readonly keepFormerName?: boolean | null;
};

const NAMES = ['nameSingular', 'namePlural', 'labelSingular', 'labelPlural'] as const;

/** @throws PlinthError METADATA_VALIDATION_FAILED with every mistake; BAD_USER_INPUT for empty names. */
export function createObject(model: Model, input: CreateObject): Model {
  const after = withNewObject(model, {
    ...(trimmed(input, true) as Pick<ObjectType, (typeof NAMES)[number]>),
    ...given(input, [...FACE, 'shortcut', 'color']),
    ...given(input, ['isSearchable'], false),
  });
  const object = after.objects.at(-1) as ObjectType;
  const asked: Asked = { action: 'create', isSynced: input.isLabelSyncedWithName ?? false };
  refuseMistakes('objectMetadata', 'create', about(object), objectMistakes(after, object, asked));
  refuseMistakes('objectMetadata', 'create', about(object), newFieldMistakes(model, after));
  return after;
}

/**
 * What comes with an object, or follows it to another name, must find its own names free on the objects that it is on.
 */
function newFieldMistakes(before: Model, after: Model): Mistake[] {
  const known = new Set(before.objects.flatMap(({ fields }) => fields.map((field) => field)));
  return after.objects.flatMap((object) =>
    object.fields.filter((field) => !known.has(field)).flatMap((field) => fieldMistakes(object, field, CREATING)),
  );
}

/** A name or label that was given must say something. All that don't are named. Contract: metadata.md 2.2 */
function trimmed(input: Partial<CreateObject>, isWhole: boolean): Partial<Record<(typeof NAMES)[number], string>> {
  const said = NAMES.filter((key) => isWhole || input[key] !== undefined);
  const stray = said.filter((key) => input[key] != null && typeof input[key] !== 'string');
  const empty = said.filter((key) => input[key] == null || input[key] === '');
  const wrong = [...stray.map((key) => `${key} must be a text`), ...empty.map((key) => `${key} should not be empty`)];
  if (wrong.length > 0) throw refuse('INVALID_OBJECT_INPUT', wrong.join(', '));
  return Object.fromEntries(said.map((key) => [key, (input[key] as string).trim()]));
}

export function updateObject(model: Model, id: string, update: UpdateObject): Model {
  const object = foundObject(model, id);
  if (object.origin === 'standard') refuseOfStandard(object, update);
  const changed: ObjectType = {
    ...object,
    ...trimmed(update, false),
    ...given(update, [...FACE, 'shortcut', 'color']),
    ...given(update, ['isActive', 'isSearchable'], false),
    labelIdentifier: labelIdentifierOf(object, update),
    imageIdentifier: imageIdentifierOf(object, update),
  };
  const renamed: ObjectType = {
    ...changed,
    overridden: overriddenIn(object, changed, ['labelSingular', 'labelPlural', ...FACE]),
    aliases: objectAliases(object, changed, update),
  };
  const after = withTargetsFollowing(
    mapObject(model, object.id, () => renamed),
    object,
    renamed,
  );
  const asked: Asked = { action: 'update', isSynced: update.isLabelSyncedWithName ?? false };
  const now = objectById(after, object.id) as ObjectType;
  refuseMistakes('objectMetadata', 'update', about(now), objectMistakes(after, now, asked));
  refuseMistakes('objectMetadata', 'update', about(now), newFieldMistakes(model, after));
  return after;
}

/** All, or none; the mistakes of all. */
export function updateObjects(
  model: Model,
  updates: readonly { readonly id: string; readonly update: UpdateObject }[],
): Model {
  const done = allOrMistakes(model, 'objectMetadata', 'update', updates, (now, { id, update }) => ({
    model: updateObject(now, id, update),
    id,
  }));
  return done.model;
}

function refuseOfStandard(object: ObjectType, update: UpdateObject): void {
  const identifier = object.fields.find(({ name }) => name === object.labelIdentifier)?.id ?? null;
  const now: UpdateObject = {
    nameSingular: object.nameSingular,
    namePlural: object.namePlural,
    labelIdentifierFieldMetadataId: identifier,
    isLabelSyncedWithName: isObjectSynced(object),
  };
  const refused = (Object.keys(now) as (keyof UpdateObject)[]).filter(
    (key) => update[key] != null && update[key] !== now[key],
  );
  if (refused.length > 0)
    throw refuse('INVALID_OBJECT_INPUT', `Cannot edit standard object metadata properties: ${refused.join(', ')}`);
}

function labelIdentifierOf(
  object: ObjectType,
  { labelIdentifierFieldMetadataId: fieldId }: UpdateObject,
): string | null {
  if (fieldId === undefined) return object.labelIdentifier;
  const field = fieldId !== null && object.fields.find(({ id }) => id === checkedId(fieldId));
  if (!field || !FIELD_TYPES[field.type].canLabel) {
    throw refuse(
      'INVALID_OBJECT_INPUT',
      `labelIdentifierFieldMetadataId must be a ${LABEL_TYPES.join(' or ')} field of the object`,
    );
  }
  if (!field.isActive) throw refuse('INVALID_OBJECT_INPUT', 'The label identifier must be an active field');
  return field.name;
}

function imageIdentifierOf(
  object: ObjectType,
  { imageIdentifierFieldMetadataId: fieldId }: UpdateObject,
): string | null {
  if (fieldId === undefined) return object.imageIdentifier;
  if (fieldId === null) return null;
  const field = object.fields.find(({ id }) => id === checkedId(fieldId));
  if (!field) throw refuse('INVALID_OBJECT_INPUT', 'imageIdentifierFieldMetadataId must be a field of the object');
  return field.name;
}

function objectAliases(
  before: ObjectType,
  { nameSingular, namePlural }: ObjectType,
  update: UpdateObject,
): ObjectAlias[] {
  const isRenamed = nameSingular !== before.nameSingular || namePlural !== before.namePlural;
  const aliases = (update.aliases ?? before.aliases).map((alias) => ({
    nameSingular: String(alias?.nameSingular ?? '').trim(),
    namePlural: String(alias?.namePlural ?? '').trim(),
  }));
  if (!isRenamed) return aliases;
  // A name that comes back is no alias any more.
  const still = aliases.filter((alias) => alias.nameSingular !== nameSingular && alias.namePlural !== namePlural);
  const former = { nameSingular: before.nameSingular, namePlural: before.namePlural };
  if (!update.keepFormerName) return still;
  if (former.nameSingular === nameSingular || former.namePlural === namePlural)
    throw refuse('INVALID_OBJECT_INPUT', 'keepFormerName needs both names to change: singular and plural');
  return [...still, former];
}

/** With the relations to it, on both ends. */
export function deleteObject(model: Model, id: string): Model {
  const object = foundObject(model, id);
  if (object.origin === 'standard')
    throw refuse('INVALID_OBJECT_INPUT', 'Standard objects cannot be deleted; deactivate them instead');
  const toIt = model.objects.flatMap(({ fields }) =>
    fields.filter(({ relation }) => relation?.targetObject === object.id),
  );
  const without = withoutFields(model, new Set(toIt.map((field) => field.id)));
  return withBroughtAliases({ objects: without.objects.filter((each) => each.id !== object.id) });
}

function about({ id, nameSingular }: ObjectType) {
  return { id, nameSingular };
}
