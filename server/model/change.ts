/** Changes of a model: what the metadata APIs ask for, as pure functions Model → Model. Contract: metadata.md 2. */

import { randomUUID } from 'node:crypto';
import { type ErrorCode, refuse } from '../errors.ts';
import {
  camelOf,
  fieldMistakes,
  type Mistake,
  objectMistakes,
  refuseMistakes,
  requiredMistakes,
  typeMistakes,
} from './check.ts';
import type { FieldTypeName } from './field-types/index.ts';
import {
  type Field,
  type FieldSettings,
  fieldByName,
  type Model,
  type ObjectType,
  type OnDelete,
  type Option,
  objectById,
} from './model.ts';
import { upperFirst } from './names.ts';
import { ratings, withNewObject } from './standard.ts';

export type CreateObject = {
  readonly nameSingular: string;
  readonly namePlural: string;
  readonly labelSingular: string;
  readonly labelPlural: string;
  readonly description?: string | null;
  readonly icon?: string | null;
  readonly isSearchable?: boolean | null;
  readonly isLabelSyncedWithName?: boolean | null;
};

export type UpdateObject = Partial<CreateObject> & {
  readonly isActive?: boolean | null;
  readonly labelIdentifierFieldMetadataId?: string | null;
};

export type CreateField = {
  readonly objectMetadataId: string;
  readonly type: string;
  readonly name: string;
  readonly label: string;
  readonly description?: string | null;
  readonly icon?: string | null;
  readonly isActive?: boolean | null;
  readonly isNullable?: boolean | null;
  readonly isUnique?: boolean | null;
  readonly defaultValue?: unknown;
  readonly options?: readonly Partial<Option>[] | null;
  readonly settings?: FieldSettings | null;
  readonly isLabelSyncedWithName?: boolean | null;
  readonly relationCreationPayload?: {
    readonly type?: string;
    readonly targetObjectMetadataId?: string;
    readonly targetFieldLabel?: string;
    readonly targetFieldIcon?: string | null;
  } | null;
};

export type UpdateField = Partial<Omit<CreateField, 'objectMetadataId' | 'type' | 'relationCreationPayload'>>;

// Objects --------------------------------------------------------------------------------------------------------------

/** @throws PlinthError METADATA_VALIDATION_FAILED with every mistake; BAD_USER_INPUT for empty names. */
export function createObject(model: Model, input: CreateObject): Model {
  const names = trimmed(input, ['nameSingular', 'namePlural', 'labelSingular', 'labelPlural']);
  const { isLabelSyncedWithName, isSearchable, ...rest } = input;
  const wanted = { ...rest, ...names, ...(isSearchable == null ? {} : { isSearchable }) };
  const after = withNewObject(model, {
    description: null,
    icon: null,
    ...pick(wanted, [
      'nameSingular',
      'namePlural',
      'labelSingular',
      'labelPlural',
      'description',
      'icon',
      'isSearchable',
    ]),
  } as never);
  const object = after.objects.at(-1) as ObjectType;
  refuseMistakes(
    'objectMetadata',
    'create',
    about(object),
    objectMistakes(after, object, isLabelSyncedWithName ?? false),
  );
  // What comes with it must find its names free on the objects that it is put on.
  for (const other of after.objects) {
    const mistakes = other.fields
      .filter(({ id }) => !hasField(model, id))
      .flatMap((field) => fieldMistakes(other, field, false));
    refuseMistakes('objectMetadata', 'create', about(object), mistakes);
  }
  return after;
}

function hasField({ objects }: Model, id: string): boolean {
  return objects.some(({ fields }) => fields.some((field) => field.id === id));
}

/** A name or label that was given must say something. Contract: metadata.md 2.2 */
function trimmed<K extends 'nameSingular' | 'namePlural' | 'labelSingular' | 'labelPlural'>(
  input: Partial<Record<K, string | null>>,
  keys: readonly K[],
): Partial<Record<K, string>> {
  const result: Partial<Record<K, string>> = {};
  for (const key of keys) {
    const value = input[key];
    if (value === undefined) continue;
    if (value === null || value === '') throw refuse('INVALID_OBJECT_INPUT', `${key} should not be empty`);
    result[key] = value.trim();
  }
  return result;
}

const OBJECT_NAMES = ['nameSingular', 'namePlural', 'labelIdentifierFieldMetadataId', 'isLabelSyncedWithName'] as const;

export function updateObject(model: Model, id: string, update: UpdateObject): Model {
  const object = foundObject(model, id);
  if (object.origin === 'standard') {
    const refused = OBJECT_NAMES.filter(
      (key) => update[key] != null && update[key] !== (object as unknown as Record<string, unknown>)[key],
    );
    if (refused.length > 0)
      throw refuse('INVALID_OBJECT_INPUT', `Cannot edit standard object metadata properties: ${refused.join(', ')}`);
  }
  const names = trimmed(update, ['nameSingular', 'namePlural', 'labelSingular', 'labelPlural']);
  const changed: ObjectType = {
    ...object,
    ...names,
    ...given(update, ['description', 'icon']),
    ...given(update, ['isActive', 'isSearchable'], false),
    labelIdentifier: labelIdentifierOf(object, update),
  };
  const after = renamedTargets(
    { objects: model.objects.map((each) => (each.id === id ? changed : each)) },
    object,
    changed,
  );
  refuseMistakes(
    'objectMetadata',
    'update',
    about(changed),
    objectMistakes(after, changed, update.isLabelSyncedWithName ?? false),
  );
  return after;
}

function labelIdentifierOf(
  object: ObjectType,
  { labelIdentifierFieldMetadataId: fieldId }: UpdateObject,
): string | null {
  if (fieldId === undefined) return object.labelIdentifier;
  const field = object.fields.find(({ id }) => id === fieldId);
  if (!field || (field.type !== 'TEXT' && field.type !== 'FULL_NAME')) {
    throw refuse(
      'INVALID_OBJECT_INPUT',
      'labelIdentifierFieldMetadataId must be a TEXT or FULL_NAME field of the object',
    );
  }
  return field.name;
}

/** `targetRocket` follows `rocket` to its new name. */
function renamedTargets(model: Model, before: ObjectType, after: ObjectType): Model {
  const [from, to] = [`target${upperFirst(before.nameSingular)}`, `target${upperFirst(after.nameSingular)}`];
  if (from === to) return model;
  return mapFields(model, (field) =>
    field.relation?.morph && field.relation.targetObject === before.id && field.name === from
      ? { ...field, name: to, settings: { ...field.settings, joinColumnName: `${to}Id` } }
      : field,
  );
}

/** With the relations to it, on both ends. */
export function deleteObject(model: Model, id: string): Model {
  const object = foundObject(model, id);
  if (object.origin === 'standard')
    throw refuse('INVALID_OBJECT_INPUT', 'Standard objects cannot be deleted; deactivate them instead');
  return {
    objects: model.objects
      .filter((each) => each.id !== id)
      .map((each) => ({ ...each, fields: each.fields.filter(({ relation }) => relation?.targetObject !== id) })),
  };
}

// Fields ---------------------------------------------------------------------------------------------------------------

export function createField(model: Model, input: CreateField): { model: Model; field: Field } {
  const object = foundObject(model, input.objectMetadataId);
  const [name, label] = [(input.name ?? '').trim(), (input.label ?? '').trim()];
  const type = input.type === 'RICH_TEXT' ? 'RICH_TEXT_V2' : input.type;
  const entity = { name, objectMetadataId: object.id };
  refuseMistakes('fieldMetadata', 'create', entity, typeMistakes(type));
  if (type === 'RELATION') return createRelation(model, object, { ...input, name, label });
  const field: Field = {
    id: randomUUID(),
    name,
    type: type as FieldTypeName,
    label,
    description: input.description ?? null,
    icon: input.icon ?? null,
    origin: 'custom',
    isActive: input.isActive ?? true,
    isSystem: false,
    isNullable: type === 'BOOLEAN' ? false : (input.isNullable ?? true),
    isUnique: input.isUnique ?? false,
    defaultValue: input.defaultValue ?? (type === 'BOOLEAN' ? false : null),
    options: type === 'RATING' ? ratings() : optionsOf(input.options, null),
    settings: input.settings ?? {},
    relation: null,
  };
  const after = withField(model, object.id, field);
  refuseMistakes('fieldMetadata', 'create', entity, [
    ...fieldMistakes(objectById(after, object.id) as ObjectType, field, input.isLabelSyncedWithName ?? false),
    ...requiredMistakes(field),
  ]);
  return { model: after, field };
}

function optionsOf(
  given: readonly Partial<Option>[] | null | undefined,
  before: readonly Option[] | null,
): Option[] | null {
  if (!given) return before ? [...before] : null;
  return given.map((option, i) => {
    const known = before?.find(
      ({ id, value }) => id === option.id || (option.id === undefined && value === option.value?.trim()),
    );
    return {
      id: option.id ?? known?.id ?? randomUUID(),
      value: (option.value ?? '').trim(),
      label: (option.label ?? option.value ?? '').replace(/\s+/g, ' ').trim(),
      color: option.color ?? known?.color ?? 'gray',
      position: option.position ?? i,
    };
  });
}

function createRelation(model: Model, object: ObjectType, input: CreateField): { model: Model; field: Field } {
  const entity = { name: input.name, objectMetadataId: object.id };
  const malformed = (message: string): Mistake[] => [{ code: 'FIELD_METADATA_RELATION_MALFORMED', message }];
  const {
    type: kind,
    targetObjectMetadataId,
    targetFieldLabel = '',
    targetFieldIcon = null,
  } = input.relationCreationPayload ?? {};
  const isKind = kind === 'MANY_TO_ONE' || kind === 'ONE_TO_MANY';
  if (!isKind || !/^[0-9a-f-]{36}$/i.test(targetObjectMetadataId ?? '')) {
    refuseMistakes('fieldMetadata', 'create', entity, malformed('Relation creation payload is invalid'));
  }
  const target = objectById(model, targetObjectMetadataId as string);
  if (!target)
    refuseMistakes(
      'fieldMetadata',
      'create',
      entity,
      malformed('Object metadata relation target not found for relation creation payload'),
    );
  const [ownId, otherId] = [randomUUID(), randomUUID()];
  const onDelete: OnDelete = input.settings?.onDelete ?? 'SET_NULL';
  const side = (
    id: string,
    name: string,
    label: string,
    icon: string | null,
    own: string,
    to: ObjectType,
    targetField: string,
  ): Field => ({
    id,
    name,
    label,
    type: 'RELATION',
    description: null,
    icon,
    origin: 'custom',
    isActive: true,
    isSystem: false,
    isNullable: true,
    isUnique: false,
    defaultValue: null,
    options: null,
    settings:
      own === 'MANY_TO_ONE' ? { relationType: own, onDelete, joinColumnName: `${name}Id` } : { relationType: own },
    relation: { kind: own as 'MANY_TO_ONE' | 'ONE_TO_MANY', targetObject: to.id, targetField, onDelete, morph: null },
  });
  const opposite = kind === 'MANY_TO_ONE' ? 'ONE_TO_MANY' : 'MANY_TO_ONE';
  const field = {
    ...side(ownId, input.name, input.label, input.icon ?? null, kind as string, target as ObjectType, otherId),
    description: input.description ?? null,
  };
  const inverse = side(
    otherId,
    camelOf(targetFieldLabel),
    targetFieldLabel.trim(),
    targetFieldIcon,
    opposite,
    object,
    ownId,
  );
  const after = withField(withField(model, object.id, field), (target as ObjectType).id, inverse);
  refuseMistakes('fieldMetadata', 'create', entity, [
    ...fieldMistakes(objectById(after, object.id) as ObjectType, field, input.isLabelSyncedWithName ?? false),
    ...fieldMistakes(objectById(after, (target as ObjectType).id) as ObjectType, inverse, false),
  ]);
  return { model: after, field };
}

const FIELD_NAMES = ['name', 'isLabelSyncedWithName'] as const;

export function updateField(model: Model, id: string, update: UpdateField): Model {
  const { object, field } = foundField(model, id);
  const refused = FIELD_NAMES.filter(
    (key) => update[key] != null && update[key] !== (field as unknown as Record<string, unknown>)[key],
  );
  if (field.origin === 'standard' && refused.length > 0) {
    throw refuse('FIELD_MUTATION_NOT_ALLOWED', `Cannot edit standard field metadata properties: ${refused.join(', ')}`);
  }
  if (field.isSystem && field.origin === 'standard' && update.isActive === false)
    throw refuse('FIELD_MUTATION_NOT_ALLOWED', 'System fields cannot be deactivated');
  if (update.isActive === false && object.labelIdentifier === field.name)
    throw refuse('INVALID_FIELD_INPUT', 'The label identifier cannot be deactivated');
  const options = optionsOf(update.options, field.options);
  const changed: Field = {
    ...field,
    ...given(update, ['description', 'icon', 'defaultValue', 'settings']),
    ...given(update, ['isActive', 'isNullable', 'isUnique'], false),
    ...(update.name != null && { name: update.name.trim() }),
    ...(update.label != null && { label: update.label.trim() }),
    options,
  };
  const followed =
    update.defaultValue === undefined ? { ...changed, defaultValue: followedDefault(field, options) } : changed;
  const joined =
    followed.relation?.kind === 'MANY_TO_ONE'
      ? { ...followed, settings: { ...followed.settings, joinColumnName: `${followed.name}Id` } }
      : followed;
  const after = renamedField(
    {
      objects: model.objects.map((each) =>
        each.id === object.id ? { ...each, fields: each.fields.map((one) => (one.id === id ? joined : one)) } : each,
      ),
    },
    object.id,
    field.name,
    joined.name,
  );
  refuseMistakes('fieldMetadata', 'update', { id, name: joined.name, objectMetadataId: object.id }, [
    ...fieldMistakes(objectById(after, object.id) as ObjectType, joined, update.isLabelSyncedWithName ?? false),
    ...(field.origin === 'standard' && field.isUnique && !joined.isUnique
      ? [{ code: 'INVALID_FIELD_INPUT', message: "A standard field's own unique index cannot be dropped" }]
      : []),
  ]);
  return after;
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

/** What names the field by its name, follows it. */
function renamedField(model: Model, objectId: string, from: string, to: string): Model {
  if (from === to) return model;
  return {
    objects: model.objects.map((object) =>
      object.id !== objectId
        ? object
        : {
            ...object,
            labelIdentifier: object.labelIdentifier === from ? to : object.labelIdentifier,
            duplicateCriteria: object.duplicateCriteria.map((group) =>
              group.map((path) => (path === from || path.startsWith(`${from}.`) ? to + path.slice(from.length) : path)),
            ),
            fields: object.fields.map((field) =>
              field.type === 'TS_VECTOR'
                ? {
                    ...field,
                    settings: {
                      ...field.settings,
                      sources: ((field.settings.sources ?? []) as string[]).map((source) =>
                        source === from ? to : source,
                      ),
                    },
                  }
                : field,
            ),
          },
    ),
  };
}

/** Both ends of a relation. */
export function deleteField(model: Model, id: string): Model {
  const { object, field } = foundField(model, id);
  if (field.origin === 'standard')
    throw refuse('INVALID_FIELD_INPUT', 'Standard fields cannot be deleted; deactivate them instead');
  if (field.isSystem) throw refuse('INVALID_FIELD_INPUT', 'System fields cannot be deleted');
  if (object.labelIdentifier === field.name)
    throw refuse('INVALID_FIELD_INPUT', 'The label identifier cannot be deleted');
  const gone = new Set([id, field.relation?.targetField]);
  return {
    objects: model.objects.map((each) => ({
      ...each,
      fields: each.fields
        .filter((one) => !gone.has(one.id))
        .map((one) =>
          one.type === 'TS_VECTOR' && each.id === object.id
            ? {
                ...one,
                settings: {
                  ...one.settings,
                  sources: ((one.settings.sources ?? []) as string[]).filter((source) => source !== field.name),
                },
              }
            : one,
        ),
    })),
  };
}

// Helpers --------------------------------------------------------------------------------------------------------------

/** @throws PlinthError OBJECT_METADATA_NOT_FOUND */
export function foundObject(model: Model, id: string): ObjectType {
  return objectById(model, id.toLowerCase()) ?? missing('OBJECT_METADATA_NOT_FOUND');
}

/** @throws PlinthError FIELD_METADATA_NOT_FOUND */
export function foundField(model: Model, id: string): { object: ObjectType; field: Field } {
  for (const object of model.objects) {
    const field = object.fields.find((each) => each.id === id.toLowerCase());
    if (field) return { object, field };
  }
  return missing('FIELD_METADATA_NOT_FOUND');
}

function missing(code: ErrorCode): never {
  throw refuse(code);
}

function about({ id, nameSingular }: ObjectType) {
  return { id, nameSingular };
}

/** Own fields stand before the ones that close an object, where a DBA looks for them. */
function withField(model: Model, objectId: string, field: Field): Model {
  return {
    objects: model.objects.map((object) => {
      if (object.id !== objectId) return object;
      const closing = object.fields.findIndex(({ isSystem, name }) => isSystem && name !== 'id');
      const at = closing < 0 || fieldByName(object, 'position') === undefined ? object.fields.length : closing;
      return { ...object, fields: [...object.fields.slice(0, at), field, ...object.fields.slice(at)] };
    }),
  };
}

function mapFields(model: Model, change: (field: Field) => Field): Model {
  return { objects: model.objects.map((object) => ({ ...object, fields: object.fields.map(change) })) };
}

/** The keys that an update gives; null counts as given only where it may be said. */
function given<T extends object, K extends keyof T>(
  update: T,
  keys: readonly K[],
  mayBeNull = true,
): { [key in K]?: any } {
  return pick(
    update,
    keys.filter((key) => update[key] !== undefined && (mayBeNull || update[key] !== null)),
  );
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Pick<T, K>;
}
