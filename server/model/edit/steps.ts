/** Small steps that changes of a model are made of: finding what is asked for, putting it in another's place. */

import { type ErrorCode, refuse } from '../../errors.ts';
import type { Given } from '../../given.ts';
import { isUuid, shown } from '../field-types/checks.ts';
import { FIELD_TYPES } from '../field-types/index.ts';
import { type Field, fieldByName, type Index, type Model, type ObjectType, objectById } from '../model.ts';
import { type Asked, type Kind, type Report, reportsIn, validationError } from './check.ts';

/** Ids come in any case. @throws PlinthError GRAPHQL_VALIDATION_FAILED for what is none */
export function checkedId(id: unknown): string {
  if (!isUuid(id))
    throw refuse('GRAPHQL_VALIDATION_FAILED', {
      message: 'Invalid UUID',
      extensions: { value: typeof id === 'string' ? id : shown(id) },
    });
  return id.toLowerCase();
}

/** @throws PlinthError OBJECT_METADATA_NOT_FOUND */
export function foundObject(model: Model, id: unknown): ObjectType {
  return objectById(model, checkedId(id)) ?? missing('OBJECT_METADATA_NOT_FOUND');
}

/** @throws PlinthError FIELD_METADATA_NOT_FOUND */
export function foundField(model: Model, id: unknown): { object: ObjectType; field: Field } {
  const wanted = checkedId(id);
  for (const object of model.objects) {
    const field = object.fields.find((each) => each.id === wanted);
    if (field) return { object, field };
  }
  return missing('FIELD_METADATA_NOT_FOUND');
}

/** @throws PlinthError INDEX_METADATA_NOT_FOUND */
export function foundIndex(model: Model, id: unknown): { object: ObjectType; index: Index } {
  const wanted = checkedId(id);
  for (const object of model.objects) {
    const index = object.indexes.find((each) => each.id === wanted);
    if (index) return { object, index };
  }
  return missing('INDEX_METADATA_NOT_FOUND');
}

function missing(code: ErrorCode): never {
  throw refuse(code);
}

export function mapObject(model: Model, id: string, change: (object: ObjectType) => ObjectType): Model {
  return { objects: model.objects.map((object) => (object.id === id ? change(object) : object)) };
}

export function mapFields(model: Model, change: (field: Field, object: ObjectType) => Field): Model {
  return { objects: model.objects.map((object) => mapFieldsOf(object, change)) };
}

/** The same object where nothing changes: what is the same needs no plan and no writing. */
export function mapFieldsOf(object: ObjectType, change: (field: Field, object: ObjectType) => Field): ObjectType {
  const fields = object.fields.map((field) => change(field, object));
  return fields.every((field, i) => field === object.fields[i]) ? object : { ...object, fields };
}

/** Own fields stand before the ones that close an object, where a DBA looks for them. */
export function withField(model: Model, objectId: string, field: Field): Model {
  return mapObject(model, objectId, (object) => {
    const closing = object.fields.findIndex(({ isSystem, name }) => isSystem && name !== 'id');
    const at = closing < 0 || fieldByName(object, 'position') === undefined ? object.fields.length : closing;
    return { ...object, fields: [...object.fields.slice(0, at), field, ...object.fields.slice(at)] };
  });
}

/** Without these fields, and without what names them: searched fields, indexes, the picture. */
export function withoutFields(model: Model, gone: ReadonlySet<string>): Model {
  return {
    objects: model.objects.map((object) => {
      const names = new Set(object.fields.filter(({ id }) => gone.has(id)).map(({ name }) => name));
      if (names.size === 0) return object;
      return {
        ...object,
        imageIdentifier: names.has(object.imageIdentifier ?? '') ? null : object.imageIdentifier,
        duplicateCriteria: object.duplicateCriteria.filter(
          (group) => !group.some((path) => names.has(path.split('.')[0] as string)),
        ),
        indexes: object.indexes.filter(({ fields }) => !fields.some(({ field }) => gone.has(field))),
        fields: object.fields
          .filter(({ id }) => !gone.has(id))
          .map((field) => searching(field, (sources) => sources.filter((source) => !names.has(source)))),
      };
    }),
  };
}

/** What names a field by its name, follows it. */
export function renamedField(model: Model, objectId: string, from: string, to: string): Model {
  if (from === to) return model;
  const follow = (name: string) => (name === from ? to : name);
  return mapObject(model, objectId, (object) => ({
    ...object,
    labelIdentifier: object.labelIdentifier && follow(object.labelIdentifier),
    imageIdentifier: object.imageIdentifier && follow(object.imageIdentifier),
    duplicateCriteria: object.duplicateCriteria.map((group) =>
      group.map((path) => (path.startsWith(`${from}.`) ? to + path.slice(from.length) : follow(path))),
    ),
    fields: object.fields.map((field) => searching(field, (sources) => sources.map(follow))),
  }));
}

/** The fields whose words a search vector has are in its settings, by name. */
function searching(field: Field, change: (sources: string[]) => string[]): Field {
  if (!FIELD_TYPES[field.type].isGenerated) return field;
  return { ...field, settings: { ...field.settings, sources: change((field.settings.sources ?? []) as string[]) } };
}

/** The keys that an update gives; null counts as given only where it may be said. */
export function given<T extends object, K extends keyof T>(
  update: T,
  keys: readonly K[],
  mayBeNull = true,
): { [key in K]?: Given } {
  return Object.fromEntries(
    keys
      .filter((key) => update[key] !== undefined && (mayBeNull || update[key] !== null))
      .map((key) => [key, update[key]]),
  ) as { [key in K]?: Given };
}

/** What says what a thing is, of objects and fields alike. */
export const FACE = ['description', 'icon'] as const;

export const CREATING: Asked = { action: 'create', isSynced: false };
export const UPDATING: Asked = { action: 'update', isSynced: false };

/** What a user has changed of a standard thing, now or before. */
export function overriddenIn<T extends ObjectType | Field, K extends keyof T & string>(
  before: T,
  after: T,
  keys: readonly K[],
): K[] {
  if (before.origin !== 'standard') return [];
  return keys.filter((key) => (before.overridden as readonly string[]).includes(key) || before[key] !== after[key]);
}

/** Several changes, one on what the last one left: all, or none; the mistakes of all. */
export function allOrMistakes<T>(
  model: Model,
  kind: Kind,
  action: 'create' | 'update',
  inputs: readonly T[],
  change: (model: Model, input: T) => { model: Model; id: string },
): { model: Model; ids: readonly string[] } {
  const failed: Report[] = [];
  const ids: string[] = [];
  let after = model;
  for (const input of inputs) {
    try {
      const done = change(after, input);
      after = done.model;
      ids.push(done.id);
    } catch (error) {
      const reports = reportsIn(error, kind);
      if (reports.length === 0) throw error;
      failed.push(...reports);
    }
  }
  if (failed.length > 0) throw validationError(kind, action, failed);
  return { model: after, ids };
}
