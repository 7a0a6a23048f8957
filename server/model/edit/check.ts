/** What is wrong with an object or a field that somebody asks for. Pure. Contract: metadata.md 2.2–2.6. */

import { PlinthError, refuse } from '../../errors.ts';
import { MAX_DESCRIPTION_CHARACTERS, MAX_DISPLAY_NAME_CHARACTERS } from '../../limits/limits.ts';
import { isUuid } from '../field-types/checks.ts';
import { FIELD_TYPES, isFieldTypeName, MORPH_RELATION, RETIRED_TYPES } from '../field-types/index.ts';
import { columnsOf, enumName, type Field, joinName, type Model, type ObjectType, tableName } from '../model.ts';
import { isMember } from '../morphs.ts';
import { RESERVED, RESERVED_FIELDS } from '../reserved.ts';
import { generatedTypes, operationNames, SHARED_TYPES } from '../type-names.ts';

export type Mistake = { readonly code: string; readonly message: string; readonly value?: unknown };

const MAX_NAME = 63;

const INVALID_NAME = 'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters';
const RESERVED_NAME = 'This name is reserved. Use a different name or the system will add "Custom" suffix.';

/** What is asked for: `isSynced` when the name must be the label's. */
export type Asked = { readonly action: 'create' | 'update'; readonly isSynced: boolean };

/** A name as it is written. Names of Postgres' own begin with pg_, and ours in a workspace's schema with plinth_. */
export function nameMistakes(name: string, code: string): Mistake[] {
  const wrong = (message: string): Mistake[] => [{ code, message, value: name }];
  if (name.length === 0) return wrong('Name is too short');
  if (name.length > MAX_NAME) return wrong('Name is too long');
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) return wrong(INVALID_NAME);
  return RESERVED.has(name) || /^(pg|plinth)[A-Z]/.test(name) ? wrong(RESERVED_NAME) : [];
}

function labelMistakes(label: string, code: string, what: string): Mistake[] {
  if (label.length > MAX_NAME) return [{ code, message: `${what} is too long`, value: label }];
  return label.trim().length === 0 ? [{ code, message: `${what} is too short`, value: label }] : [];
}

/** Without the value, which is long. */
function faceMistakes({ description, icon }: Face, code: string): Mistake[] {
  return [
    ...((description?.length ?? 0) > MAX_DESCRIPTION_CHARACTERS ? [{ code, message: 'Description is too long' }] : []),
    ...((icon?.length ?? 0) > MAX_DISPLAY_NAME_CHARACTERS ? [{ code, message: 'Icon is too long' }] : []),
  ];
}

type Face = Pick<ObjectType, 'description' | 'icon'>;

function syncMistakes(isInSync: boolean, { action, isSynced }: Asked, name: string): Mistake[] {
  if (!isSynced || isInSync) return [];
  const code = action === 'create' ? 'NAME_NOT_SYNCED_WITH_LABEL' : 'FIELD_MUTATION_NOT_ALLOWED';
  return [{ code, message: 'Name is not synced with label', value: name }];
}

function taken(name: string, by = 'field'): Mistake {
  return {
    code: 'NOT_AVAILABLE',
    message: `Name "${name}" is not available as it is already used by another ${by}`,
    value: name,
  };
}

// Objects ------------------------------------------------------------------------------------------------------------

/** The object as it would be in `model`, which has it already. */
export function objectMistakes(model: Model, object: ObjectType, asked: Asked): Mistake[] {
  const code = 'INVALID_OBJECT_INPUT';
  const { nameSingular, namePlural, labelSingular, labelPlural, aliases, origin } = object;
  const others = model.objects.filter(({ id }) => id !== object.id);
  const used = new Set(others.flatMap(namesOf));
  const own = aliases.flatMap((alias) => [alias.nameSingular, alias.namePlural]);
  const names = [nameSingular, namePlural, ...own];
  const mistakes = [
    ...(origin === 'standard' ? own : names).flatMap((name) => nameMistakes(name, code)),
    ...names.filter((name) => used.has(name)).map((name) => taken(name, 'object')),
    ...own
      .filter((name, i) => [nameSingular, namePlural, ...own.slice(0, i)].includes(name))
      .map((name) => taken(name, 'name of the object')),
    ...(nameSingular === namePlural
      ? [{ code, message: 'The singular and plural names cannot be the same for an object', value: nameSingular }]
      : []),
    ...[labelSingular, labelPlural].flatMap((label) => labelMistakes(label, code, 'Object label')),
    ...faceMistakes(object, code),
    ...syncMistakes(isObjectSynced(object), asked, nameSingular),
  ];
  return mistakes.length > 0 ? mistakes : collisions(others, object);
}

function namesOf({ nameSingular, namePlural, aliases }: ObjectType): string[] {
  return [nameSingular, namePlural, ...aliases.flatMap((alias) => [alias.nameSingular, alias.namePlural])];
}

export function isObjectSynced({ nameSingular, namePlural, labelSingular, labelPlural }: ObjectType): boolean {
  return camelOf(labelSingular) === nameSingular && camelOf(labelPlural) === namePlural;
}

/** Names that would be made twice: GraphQL types and operations, tables, Postgres types. */
function collisions(others: readonly ObjectType[], object: ObjectType): Mistake[] {
  const twice = MADE_NAMES.flatMap(({ always, of }) => {
    const made = new Set([...always, ...others.flatMap(of)]);
    return of(object).filter((name) => made.has(name));
  });
  return twice.slice(0, 1).map((name) => ({
    code: 'NOT_AVAILABLE',
    message: `Name "${object.nameSingular}" is not available: it would make "${name}" a second time`,
    value: object.nameSingular,
  }));
}

const MADE_NAMES: readonly { always: Iterable<string>; of: (object: ObjectType) => readonly string[] }[] = [
  { always: SHARED_TYPES, of: generatedTypes },
  { always: ['search', 'node', 'nodeId', 'query'], of: operationNames },
  { always: ['actor_source'], of: postgresNames },
];

function postgresNames(object: ObjectType): string[] {
  return [tableName(object), ...object.fields.flatMap((field) => (field.options ? [enumName(object, field)] : []))];
}

/** `Job title` → `jobTitle`. */
export function camelOf(label: string): string {
  const words = label
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-zA-Z0-9]+/g, ' ')
    .trim()
    .split(' ');
  return words
    .map((word, i) => (i === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('');
}

// Fields -------------------------------------------------------------------------------------------------------------

/** The field as it would be on `object`, which has it already. */
export function fieldMistakes(object: ObjectType, field: Field, asked: Asked): Mistake[] {
  const code = 'INVALID_FIELD_INPUT';
  const { name, label, type, settings, aliases } = field;
  const wrong = (message: string, value: unknown): Mistake => ({ code, message, value });
  // Names that are ours are beyond doubt, and those of what comes with an object are made of its own.
  const named = [...(field.origin === 'standard' ? [] : [name]), ...aliases];
  const names = field.isSystem ? [] : named;
  const { parts, checkSettings } = FIELD_TYPES[type];
  return [
    ...names.flatMap((each) => nameMistakes(each, code)),
    ...named.filter((each) => RESERVED_FIELDS.has(each)).map((each) => wrong(RESERVED_NAME, each)),
    ...clashes(object, field),
    ...labelMistakes(label, code, 'Label'),
    ...faceMistakes(field, code),
    ...syncMistakes(camelOf(label) === name, asked, name),
    ...(field.isUnique && !field.relation && !parts.some(({ isUniqueKey }) => isUniqueKey)
      ? [wrong(`A field of type ${type} cannot be unique`, name)]
      : []),
    ...optionMistakes(field),
    ...(checkSettings?.(settings) ?? []).map((message) => wrong(message, settings)),
    ...defaultMistakes(field),
  ];
}

/** Names and columns that another field of the object has already. */
function clashes(object: ObjectType, field: Field): Mistake[] {
  const others = object.fields.filter(({ id }) => id !== field.id);
  const keys = new Set(
    others.flatMap((other) => [...keysOf(other), ...(isOfOneMorph(other, field) ? [] : morphName(other))]),
  );
  const columns = new Set(others.flatMap((other) => columnsOf(object, other).map((column) => column.name)));
  const own = [...keysOf(field), ...morphName(field)];
  const clash =
    own.find((key, i) => keys.has(key) || own.indexOf(key) !== i) ??
    (columnsOf(object, field).some((column) => columns.has(column.name)) ? field.name : undefined);
  return clash === undefined ? [] : [taken(clash)];
}

/** A morph relation is known by a name that none of its targets' fields has. */
function morphName({ relation }: Field): string[] {
  return relation?.kind === 'MANY_TO_ONE' && relation.morph !== null ? [relation.morph] : [];
}

function isOfOneMorph(one: Field, other: Field): boolean {
  return isMember(one) && isMember(other) && one.relation?.morphId === other.relation?.morphId;
}

/** What a field is called in filters, inputs and records. */
function keysOf(field: Field): string[] {
  const names = [field.name, ...field.aliases];
  return field.relation?.kind === 'MANY_TO_ONE' ? names.flatMap((name) => [name, joinName({ name })]) : names;
}

/** Existing records need a value for a field that may not be empty. */
export function requiredMistakes(field: Field): Mistake[] {
  return field.isNullable || field.defaultValue !== null
    ? []
    : [
        {
          code: 'INVALID_FIELD_INPUT',
          message: 'A field that is not nullable needs a default value',
          value: field.name,
        },
      ];
}

/** Why a field of this type can't be made, if it can't. */
export function typeMistakes(type: string): Mistake[] {
  const wrong = (message: string): Mistake[] => [{ code: 'INVALID_FIELD_INPUT', message, value: type }];
  if (type === MORPH_RELATION) return [];
  if (!isFieldTypeName(type)) return wrong(RETIRED_TYPES[type] ?? `Field type ${type} is not supported`);
  const { creatable } = FIELD_TYPES[type];
  return creatable === true ? [] : wrong(creatable);
}

function optionMistakes({ type, options }: Field): Mistake[] {
  const wrong = (message: string, value?: unknown): Mistake => ({ code: 'INVALID_FIELD_INPUT', message, value });
  const { hasOptions, fixedOptions } = FIELD_TYPES[type];
  if (!hasOptions) return options ? [wrong(`Options are not for fields of type ${type}`)] : [];
  const fixed = fixedOptions?.();
  if (fixed && options?.some(({ value }, i) => value !== fixed[i]?.value))
    return [wrong('The options of a rating cannot be changed')];
  if (!options || options.length === 0) return [wrong('Options are required for enum fields')];
  const repeated = (key: 'id' | 'position' | 'value') =>
    new Set(options.map((option) => option[key])).size < options.length;
  return [
    ...(repeated('value') ? [wrong('Duplicated option value')] : []),
    ...(repeated('id') ? [wrong('Duplicated option id')] : []),
    ...(repeated('position') ? [wrong('Duplicated option position')] : []),
    ...options.flatMap(({ id, value, label }) => [
      ...(isUuid(id) ? [] : [wrong('Option id is invalid', id)]),
      ...(/^[A-Z_][A-Z0-9_]*$/.test(value) && !value.startsWith('__')
        ? []
        : [wrong('Value must be in UPPER_CASE and follow snake_case', value)]),
      ...(value.length > MAX_NAME ? [wrong('Option value is too long', value)] : []),
      ...(label.includes(',') ? [wrong('Label must not contain a comma', label)] : []),
      ...(label.length === 0 ? [wrong('Option label is required', label)] : []),
      ...(label.length > MAX_NAME ? [wrong('Option label is too long', label)] : []),
    ]),
  ];
}

function defaultMistakes(field: Field): Mistake[] {
  const { type, defaultValue } = field;
  if (defaultValue === null || defaultValue === undefined) return [];
  const { checkDefault } = FIELD_TYPES[type];
  const messages = checkDefault?.(defaultValue, field) ?? [`A field of type ${type} has no default value`];
  return messages.map((message) => ({ code: 'INVALID_FIELD_INPUT', message, value: defaultValue }));
}

// The error ----------------------------------------------------------------------------------------------------------

export type Kind = 'objectMetadata' | 'fieldMetadata' | 'index' | 'role';

type Entity = Readonly<Record<string, unknown>>;

/** Refuses with all mistakes at once. Contract: metadata.md 2.3 */
export function refuseMistakes(
  kind: Kind,
  action: 'create' | 'update' | 'delete',
  about: Entity,
  mistakes: readonly Mistake[],
): void {
  if (mistakes.length > 0) throw validationError(kind, action, [{ about, mistakes }]);
}

/** An entity, and what is wrong with it. */
export type Report = { readonly about: Entity; readonly mistakes: readonly Mistake[] };

/** What a validation error says, so that several can be said as one; nothing of any other error. */
export function reportsIn(error: unknown, kind: Kind): Report[] {
  const known =
    error instanceof PlinthError && error.code === 'METADATA_VALIDATION_FAILED' ? error.extensions.errors : {};
  const entries = (known as Record<string, { flatEntityMinimalInformation: Entity; errors: Mistake[] }[]>)[kind] ?? [];
  return entries.map(({ flatEntityMinimalInformation, errors }) => ({
    about: flatEntityMinimalInformation,
    mistakes: errors,
  }));
}

/** The error for mistakes of several entities, each of which has some. */
export function validationError(
  kind: Kind,
  action: 'create' | 'update' | 'delete',
  failed: readonly Report[],
): PlinthError {
  const what = { objectMetadata: 'object', fieldMetadata: 'fields', index: 'index', role: 'role' }[kind];
  const verb = { create: 'creating', update: 'updating', delete: 'deleting' }[action];
  return refuse('METADATA_VALIDATION_FAILED', {
    message: `Multiple validation errors occurred while ${verb} ${what}`,
    extensions: {
      message: `Validation failed for ${failed.length} ${kind}`,
      userFriendlyMessage: 'Metadata validation failed',
      summary: { [kind]: failed.length, totalErrors: failed.length },
      errors: {
        [kind]: failed.map(({ about, mistakes }) => ({
          type: action,
          status: 'fail',
          metadataName: kind,
          flatEntityMinimalInformation: about,
          errors: mistakes.map(({ code, message, value }) => ({
            code,
            message,
            userFriendlyMessage: message,
            ...(value !== undefined && { value }),
          })),
        })),
      },
    },
  });
}
