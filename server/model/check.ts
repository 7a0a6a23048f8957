/** What is wrong with an object or a field that somebody asks for. Pure. Contract: metadata.md 2.2–2.6. */

import { refuse } from '../errors.ts';
import { FIELD_TYPES, type FieldTypeName } from './field-types/index.ts';
import { columnsOf, enumName, type Field, joinName, type Model, type ObjectType, tableName } from './model.ts';
import { generatedTypes, SHARED_TYPES } from './type-names.ts';

export type Mistake = { readonly code: string; readonly message: string; readonly value?: unknown };

const MAX_NAME = 63;

const RESERVED = new Set(
  [
    'user',
    'workspace',
    'role',
    'job',
    'featureFlag',
    'keyValuePair',
    'appToken',
    'plan',
    'event',
    'field',
    'link',
    'type',
    'object',
    'relation',
    'pageLayout',
    'userWorkspace',
    'webhook',
    'apiKey',
    'view',
    'viewField',
    'viewFilter',
    'viewSort',
  ]
    .flatMap((name) => [name, `${name}s`])
    .concat(
      'currency',
      'currencies',
      'fullName',
      'fullNames',
      'address',
      'addresses',
      'index',
      'indexes',
      'aggregate',
      'aggregates',
      'search',
      'batch',
      'duplicates',
      'restore',
      'merge',
      'groupBy',
      'metadata',
      'openApi',
    ),
);

// Keys of filters, and of connections beside the records.
const RESERVED_FIELDS = new Set([
  'and',
  'or',
  'not',
  'some',
  'none',
  'every',
  'edges',
  'node',
  'pageInfo',
  'totalCount',
  'cursor',
  'type',
  'aggregate',
  'groupByDimensionValues',
]);

const INVALID_NAME = 'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters';

function nameMistakes(name: string, code: string): Mistake[] {
  const wrong = (message: string): Mistake[] => [{ code, message, value: name }];
  if (name.length === 0) return wrong('Name is too short');
  if (name.length > MAX_NAME) return wrong('Name is too long');
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) return wrong(INVALID_NAME);
  return [];
}

function taken(name: string, by = 'field'): Mistake {
  return {
    code: 'NOT_AVAILABLE',
    message: `Name "${name}" is not available as it is already used by another ${by}`,
    value: name,
  };
}

/** The object as it would be in `model`, which has it already. */
export function objectMistakes(model: Model, object: ObjectType, isLabelSyncedWithName: boolean): Mistake[] {
  const code = 'INVALID_OBJECT_INPUT';
  const { nameSingular, namePlural, labelSingular, labelPlural } = object;
  const others = model.objects.filter(({ id }) => id !== object.id);
  const mistakes = [nameSingular, namePlural].flatMap((name) => [
    ...nameMistakes(name, code),
    ...(RESERVED.has(name) || /^pg[A-Z_]/.test(name)
      ? [
          {
            code,
            message: 'This name is reserved. Use a different name or the system will add "Custom" suffix.',
            value: name,
          },
        ]
      : []),
    ...(others.some((other) => other.nameSingular === name || other.namePlural === name)
      ? [taken(name, 'object')]
      : []),
  ]);
  if (nameSingular === namePlural)
    mistakes.push({
      code,
      message: 'The singular and plural names cannot be the same for an object',
      value: nameSingular,
    });
  for (const label of [labelSingular, labelPlural]) {
    if (label.length > MAX_NAME) mistakes.push({ code, message: 'Object label is too long', value: label });
    if (label.trim().length === 0) mistakes.push({ code, message: 'Object label is too short', value: label });
  }
  if (isLabelSyncedWithName && (camelOf(labelSingular) !== nameSingular || camelOf(labelPlural) !== namePlural)) {
    mistakes.push({
      code: 'NAME_NOT_SYNCED_WITH_LABEL',
      message: 'Name is not synced with label',
      value: nameSingular,
    });
  }
  return mistakes.length > 0 ? mistakes : collisions(others, object);
}

/** Names that would be made twice: GraphQL types, tables, Postgres types. */
function collisions(others: readonly ObjectType[], object: ObjectType): Mistake[] {
  const types = new Set([...SHARED_TYPES, ...others.flatMap(generatedTypes)]);
  const relations = new Set(['actor_source', ...others.flatMap(postgresNames)]);
  const twice = [
    ...generatedTypes(object).filter((name) => types.has(name)),
    ...postgresNames(object).filter((name) => relations.has(name)),
  ];
  return twice.slice(0, 1).map((name) => ({
    code: 'NOT_AVAILABLE',
    message: `Name "${object.nameSingular}" is not available: it would make "${name}" a second time`,
    value: object.nameSingular,
  }));
}

function postgresNames(object: ObjectType): string[] {
  return [tableName(object), ...object.fields.flatMap((field) => (field.options ? [enumName(object, field)] : []))];
}

/** `Job title` → `jobTitle`. */
export function camelOf(label: string): string {
  const words = label
    .normalize('NFD')
    .replace(/[^a-zA-Z0-9]+/g, ' ')
    .trim()
    .split(' ');
  return words
    .map((word, i) => (i === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('');
}

/** The field as it would be on `object`, which has it already. */
export function fieldMistakes(object: ObjectType, field: Field, isLabelSyncedWithName: boolean): Mistake[] {
  const code = 'INVALID_FIELD_INPUT';
  const { name, label } = field;
  const mistakes = nameMistakes(name, code);
  const others = object.fields.filter(({ id }) => id !== field.id);
  const keys = new Set(others.flatMap(keysOf));
  const columns = new Set(others.flatMap((other) => columnsOf(object, other).map((column) => column.name)));
  const clash =
    keysOf(field).find((key) => keys.has(key)) ??
    (columnsOf(object, field).some((column) => columns.has(column.name)) ? name : undefined);
  if (clash !== undefined) mistakes.push(taken(clash));
  if (RESERVED_FIELDS.has(name) || /^pg[A-Z_]/.test(name)) {
    mistakes.push({
      code,
      message: 'This name is reserved. Use a different name or the system will add "Custom" suffix.',
      value: name,
    });
  }
  if (label.trim().length === 0) mistakes.push({ code, message: 'Label is too short', value: label });
  if (label.length > MAX_NAME) mistakes.push({ code, message: 'Label is too long', value: label });
  if (isLabelSyncedWithName && camelOf(label) !== name)
    mistakes.push({ code: 'NAME_NOT_SYNCED_WITH_LABEL', message: 'Name is not synced with label', value: name });
  return [...mistakes, ...optionMistakes(field), ...defaultMistakes(field)];
}

/** What a field is called in filters, inputs and records. */
function keysOf(field: Field): string[] {
  return field.relation?.kind === 'MANY_TO_ONE' ? [field.name, joinName(field)] : [field.name];
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
  const known = FIELD_TYPES[type as FieldTypeName];
  if (!known) return [{ code: 'INVALID_FIELD_INPUT', message: `Field type ${type} is not supported`, value: type }];
  return known.creatable === true ? [] : [{ code: 'INVALID_FIELD_INPUT', message: known.creatable, value: type }];
}

const ENUM_TYPES = new Set(['SELECT', 'MULTI_SELECT', 'RATING']);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function optionMistakes({ type, options }: Field): Mistake[] {
  const wrong = (message: string, value?: unknown): Mistake => ({ code: 'INVALID_FIELD_INPUT', message, value });
  if (!ENUM_TYPES.has(type)) return options ? [wrong(`Options are not for fields of type ${type}`)] : [];
  if (!options || options.length === 0) return [wrong('Options are required for enum fields')];
  const repeated = (key: 'id' | 'position' | 'value') =>
    new Set(options.map((option) => option[key])).size < options.length;
  return [
    ...(repeated('value') ? [wrong('Duplicated option value')] : []),
    ...(repeated('id') ? [wrong('Duplicated option id')] : []),
    ...(repeated('position') ? [wrong('Duplicated option position')] : []),
    ...options.flatMap(({ id, value, label }) => [
      ...(UUID.test(id) ? [] : [wrong('Option id is invalid', id)]),
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
  const { type, options, defaultValue } = field;
  const wrong = (message: string): Mistake[] => [{ code: 'INVALID_FIELD_INPUT', message, value: defaultValue }];
  if (defaultValue === null || defaultValue === undefined) return [];
  const isQuoted = (value: unknown): value is string => typeof value === 'string' && /^'.*'$/s.test(value);
  const isOption = (value: string) => options?.some((option) => `'${option.value}'` === value) ?? false;
  switch (type) {
    case 'SELECT':
    case 'RATING':
      if (!isQuoted(defaultValue)) return wrong('Default value should be as quoted string');
      return isOption(defaultValue) ? [] : wrong(`Default value "${defaultValue}" must be one of the option values`);
    case 'MULTI_SELECT': {
      if (!Array.isArray(defaultValue))
        return wrong(`Default value for multi-select must be an array got ${defaultValue}`);
      if (defaultValue.length === 0) return wrong('If defined default value must contain at least one value');
      const stray = defaultValue.find((value) => !isQuoted(value) || !isOption(value));
      return stray === undefined
        ? []
        : wrong(
            isQuoted(stray)
              ? `Default value "${stray}" must be one of the option values`
              : 'Default value should be as quoted string',
          );
    }
    case 'TEXT':
      return isQuoted(defaultValue) ? [] : wrong('Default value should be as quoted string');
    case 'NUMBER':
      return typeof defaultValue === 'number' && FIELD_TYPES.NUMBER.check(defaultValue, field).length === 0
        ? []
        : wrong('Default value should be a number');
    case 'BOOLEAN':
      return typeof defaultValue === 'boolean' ? [] : wrong('Default value should be true or false');
    case 'UUID':
      return defaultValue === 'uuid' || (isQuoted(defaultValue) && UUID.test(defaultValue.slice(1, -1)))
        ? []
        : wrong('Default value should be "uuid" or a quoted uuid');
    case 'DATE':
    case 'DATE_TIME':
      return defaultValue === 'now' || (isQuoted(defaultValue) && !Number.isNaN(Date.parse(defaultValue.slice(1, -1))))
        ? []
        : wrong('Default value should be "now" or a quoted date');
    case 'ARRAY':
      return Array.isArray(defaultValue) && defaultValue.every((value) => typeof value === 'string')
        ? []
        : wrong('Default value should be a list of texts');
    case 'RELATION':
    case 'TS_VECTOR':
      return wrong(`A field of type ${type} has no default value`);
    default:
      return defaultValue !== null && typeof defaultValue === 'object'
        ? []
        : type === 'POSITION'
          ? []
          : wrong('Default value should be an object');
  }
}

export type Kind = 'objectMetadata' | 'fieldMetadata';

/** Refuses with all mistakes at once. Contract: metadata.md 2.3 */
export function refuseMistakes(
  kind: Kind,
  action: 'create' | 'update' | 'delete',
  about: Record<string, unknown>,
  mistakes: readonly Mistake[],
): void {
  if (mistakes.length === 0) return;
  const [what, verb] = [
    kind === 'objectMetadata' ? 'object' : 'fields',
    { create: 'creating', update: 'updating', delete: 'deleting' }[action],
  ];
  throw refuse('METADATA_VALIDATION_FAILED', {
    message: `Multiple validation errors occurred while ${verb} ${what}`,
    extensions: {
      message: `Validation failed for 1 ${kind}`,
      userFriendlyMessage: 'Metadata validation failed',
      summary: { [kind]: 1, totalErrors: 1 },
      errors: {
        [kind]: [
          {
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
          },
        ],
      },
    },
  });
}
