/** JSON schemas of an object's records: what clients create, update, and are answered. Contract: core.md 3.13, 4 */

import type { Part, Scalar } from '../server/model/field-types/field-type.ts';
import { FIELD_TYPES } from '../server/model/field-types/index.ts';
import { keyTypeOf } from '../server/model/keys.ts';
import {
  type Field,
  formerFields,
  joinName,
  type Model,
  mayWrite,
  type ObjectType,
  objectById,
  typeName,
} from '../server/model/model.ts';
import { reference, type Schema } from './components.ts';
import { exampleOf } from './examples.ts';
import { answeredKey, targetKey, writtenKey } from './keys.ts';

const NOT_IN_REQUESTS = new Set(['id', 'createdAt', 'updatedAt', 'deletedAt']);

/** `Company`, `CompanyForUpdate` and `CompanyForResponse`. */
export function recordSchemas(model: Model, object: ObjectType): Record<string, Schema> {
  const fields = shownFields(object);
  const keyType = keyTypeOf(object);
  const creatable = fields.filter((field) => isWritable(field) && mayWrite(field, 'create'));
  const updatable = fields.filter((field) => isWritable(field) && mayWrite(field, 'update'));
  const former = fields.flatMap((field) => formerFields(object, field));
  const created = Object.fromEntries(
    creatable.map((field) => [keyOf(field), described(field, writtenSchema(model, field))]),
  );
  const updated = Object.fromEntries(
    updatable.map((field) => [keyOf(field), described(field, clearable(field, writtenSchema(model, field)))]),
  );
  const example = exampleOf({ type: 'object', properties: created });
  const required = creatable.filter(isRequired).map(keyOf);
  // UUIDs may be given too, but nobody needs to; a text is an id that nobody else can make.
  if (keyType !== 'uuid') created.id = writtenKey(keyType);
  if (keyType === 'text') required.unshift('id');
  const description = object.description === null ? {} : { description: object.description };
  return {
    [typeName(object)]: {
      type: 'object',
      ...description,
      properties: {
        ...created,
        ...deprecated(
          former
            .filter((field) => isWritable(field) && mayWrite(field, 'create'))
            .map((field) => [keyOf(field), writtenSchema(model, field)]),
        ),
      },
      ...(required.length > 0 ? { required } : {}),
      example: keyType === 'uuid' ? example : exampleOf({ type: 'object', properties: created }),
    },
    [`${typeName(object)}ForUpdate`]: {
      type: 'object',
      ...description,
      properties: {
        ...updated,
        ...deprecated(
          former
            .filter((field) => isWritable(field) && mayWrite(field, 'update'))
            .map((field) => [keyOf(field), clearable(field, writtenSchema(model, field))]),
        ),
      },
      example,
    },
    [`${typeName(object)}ForResponse`]: {
      type: 'object',
      ...description,
      properties: {
        ...Object.fromEntries(fields.flatMap((field) => answeredProperties(model, object, field))),
        ...deprecated(former.flatMap((field) => answeredProperties(model, object, field))),
      },
      // Whatever `fields` asks for. Contract: core.md 3.7
      required: ['id'],
    },
  };
}

function isWritable({ name, relation }: Field): boolean {
  return !NOT_IN_REQUESTS.has(name) && relation?.kind !== 'ONE_TO_MANY';
}

/** Former names of fields, which go on being served. Contract: decisions.md, aliases */
function deprecated(properties: readonly (readonly [string, Schema])[]): Record<string, Schema> {
  return Object.fromEntries(properties.map(([name, schema]) => [name, { ...schema, deprecated: true }]));
}

/** Active fields, without the text vector that only filters use. Contract: core.md 4 */
export function shownFields(object: ObjectType): Field[] {
  return object.fields.filter((field) => field.isActive && !FIELD_TYPES[field.type].isGenerated);
}

/** The key of a field in requests: a many-to-one relation is written by its join column. */
function keyOf(field: Field): string {
  return field.relation ? joinName(field) : field.name;
}

function isRequired(field: Field): boolean {
  const hasDefault = field.defaultValue !== null && field.defaultValue !== undefined;
  return !field.isNullable && !hasDefault && !FIELD_TYPES[field.type].parts.some((part) => part.default !== undefined);
}

function writtenSchema(model: Model, field: Field): Schema {
  if (field.relation) return writtenKey(targetKey(model, field));
  return FIELD_TYPES[field.type].openapi(field);
}

/** In an update, null empties a field; in a create, leaving it out says the same. */
function clearable(field: Field, schema: Schema): Schema {
  if (!field.isNullable) return schema;
  if (FIELD_TYPES[field.type].composite === null) return orNull(schema);
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  return { ...schema, properties: Object.fromEntries(properties.map(([name, part]) => [name, orNull(part)])) };
}

function answeredProperties(model: Model, object: ObjectType, field: Field): [string, Schema][] {
  if (!field.relation)
    return [
      [
        field.name,
        described(field, field.name === 'id' ? answeredKey(keyTypeOf(object)) : answeredSchema(model, field)),
      ],
    ];
  const target = objectById(model, field.relation.targetObject);
  const isOne = field.relation.kind === 'MANY_TO_ONE';
  const id = answeredKey(targetKey(model, field));
  const join: [string, Schema][] = isOne ? [[joinName(field), field.isNullable ? orNull(id) : id]] : [];
  // A morph relation shows as its join columns only. Contract: core.md 3.6
  if (!target?.isActive || (field.relation.morph !== null && isOne)) return join;
  const record = reference(`${typeName(target)}ForResponse`);
  // The reference's `oneOf` has the record alone; a relation to nothing, or to a soft-deleted record, is null.
  return isOne
    ? [...join, [field.name, described(field, { oneOf: [record, { type: 'null' }] })]]
    : [[field.name, described(field, { type: 'array', items: record })]];
}

/**
 * A field type describes what clients write; answers have all parts, and say nothing as null, an empty text or an empty
 * list.
 */
function answeredSchema(model: Model, field: Field): Schema {
  const { composite, parts } = FIELD_TYPES[field.type];
  const written = writtenSchema(model, field);
  const [only] = parts;
  if (composite === null && only) return answeredPart(field, only, written, field.isNullable);
  const properties = (written.properties ?? {}) as Record<string, Schema>;
  const answered = parts.map((part) => [
    part.name,
    answeredPart(field, part, properties[String(part.name)] ?? READ_ONLY[scalarOf(field, part)] ?? {}, true),
  ]);
  return { ...written, properties: Object.fromEntries(answered) };
}

function answeredPart(field: Field, part: Part, written: Schema, isNullable: boolean): Schema {
  const scalar = scalarOf(field, part);
  // Any JSON that was ever written, by a client or in psql.
  if (scalar === 'JSON' && part.empty === undefined) return {};
  const shown =
    scalar === 'JSON'
      ? listOfWritten(written)
      : scalar === 'BigFloat'
        ? { ...written, type: [written.type, 'string'] }
        : written;
  return isNullable && part.empty === undefined ? orNull(shown) : shown;
}

/** Parts that clients don't write. */
const READ_ONLY: Partial<Record<Scalar, Schema>> = {
  UUID: { type: 'string', format: 'uuid' },
  String: { type: 'string' },
};

/** What stands in a list comes back as it was written: any of its keys may have been null. */
function listOfWritten({ items, ...list }: Schema): Schema {
  const item = items as Schema;
  const properties = Object.entries((item.properties ?? {}) as Record<string, Schema>);
  if (properties.length === 0) return { ...list, items };
  return {
    ...list,
    items: { ...item, properties: Object.fromEntries(properties.map(([name, each]) => [name, orNull(each)])) },
  };
}

function scalarOf(field: Field, { scalar }: Part): Scalar {
  return typeof scalar === 'function' ? scalar(field.settings) : scalar;
}

function orNull(schema: Schema): Schema {
  if (schema.type === undefined) return schema;
  return {
    ...schema,
    type: [schema.type, 'null'].flat(),
    ...(Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}),
  };
}

function described(field: Field, schema: Schema): Schema {
  return field.description === null ? schema : { ...schema, description: field.description };
}
