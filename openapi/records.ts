/** JSON schemas of an object's records: what clients create, update, and are answered. Contract: core.md 4 */

import { FIELD_TYPES, type Part } from '../server/model/field-types/index.ts';
import { type Field, joinName, type Model, type ObjectType, objectById, typeName } from '../server/model/model.ts';
import { reference, type Schema } from './components.ts';

const NOT_IN_REQUESTS = new Set(['id', 'createdAt', 'updatedAt', 'deletedAt']);

export function schemasOf(model: Model, object: ObjectType): Record<string, Schema> {
  const fields = object.fields.filter((field) => field.isActive && FIELD_TYPES[field.type].type !== 'TS_VECTOR');
  const writable = fields.filter((field) => !NOT_IN_REQUESTS.has(field.name) && field.relation?.kind !== 'ONE_TO_MANY');
  const request = Object.fromEntries(writable.map((field) => requestProperty(field)));
  const required = writable.filter(isRequired).map((field) => (field.relation ? joinName(field) : field.name));
  const example = exampleOf({ type: 'object', properties: request });
  const description = object.description === null ? {} : { description: object.description };
  return {
    [typeName(object)]: {
      type: 'object',
      ...description,
      properties: request,
      ...(required.length > 0 ? { required } : {}),
      example,
    },
    [`${typeName(object)}ForUpdate`]: { type: 'object', ...description, properties: request, example },
    [`${typeName(object)}ForResponse`]: {
      type: 'object',
      ...description,
      properties: Object.fromEntries(fields.flatMap((field) => responseProperties(model, field))),
    },
  };
}

function isRequired(field: Field): boolean {
  const hasDefault = field.defaultValue !== null && field.defaultValue !== undefined;
  return !field.isNullable && !hasDefault && !FIELD_TYPES[field.type].parts.some((part) => part.default !== undefined);
}

const JOIN_SCHEMA = { type: 'string', format: 'uuid' };

function requestProperty(field: Field): [string, Schema] {
  return field.relation
    ? [joinName(field), JOIN_SCHEMA]
    : [field.name, described(field, FIELD_TYPES[field.type].openapi(field))];
}

function responseProperties(model: Model, field: Field): [string, Schema][] {
  if (!field.relation)
    return [[field.name, described(field, withReadOnlyParts(field, FIELD_TYPES[field.type].openapi(field)))]];
  const target = objectById(model, field.relation.targetObject);
  const join: [string, Schema][] = field.relation.kind === 'MANY_TO_ONE' ? [[joinName(field), JOIN_SCHEMA]] : [];
  // A morph relation shows as its join columns only. Contract: core.md 3.6
  if (!target?.isActive || (field.relation.morph !== null && join.length > 0)) return join;
  const record = reference(`${typeName(target)}ForResponse`);
  return join.length > 0
    ? [...join, [field.name, { type: 'object', oneOf: [record] }]]
    : [[field.name, { type: 'array', items: record }]];
}

/** A field type describes what clients write of a composite; answers have all of it. */
function withReadOnlyParts(field: Field, schema: Schema): Schema {
  const written = (schema.properties ?? {}) as Schema;
  const parts: readonly Part[] = FIELD_TYPES[field.type].parts;
  const readOnly = parts.filter(({ name, isReadOnly }) => name !== null && isReadOnly && !(name in written));
  if (readOnly.length === 0) return schema;
  const added = readOnly.map(({ name, scalar }) => [name, scalar === 'UUID' ? JOIN_SCHEMA : { type: 'string' }]);
  return { ...schema, properties: { ...written, ...Object.fromEntries(added) } };
}

function described(field: Field, schema: Schema): Schema {
  return field.description === null ? schema : { ...schema, description: field.description };
}

const EXAMPLES_BY_FORMAT: Record<string, string> = {
  date: '2026-03-01',
  'date-time': '2026-03-01T09:00:00.000Z',
  uuid: '6f8b2c1e-4d3a-4b7f-9c55-1e2d3c4b5a69',
};

/** A value that the schema allows, for people to start from. */
function exampleOf(schema: Schema): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([name, property]) => [
          name,
          exampleOf(property),
        ]),
      );
    case 'array':
      return schema.items ? [exampleOf(schema.items as Schema)] : [];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return 1;
    default:
      return EXAMPLES_BY_FORMAT[String(schema.format)] ?? 'text';
  }
}
