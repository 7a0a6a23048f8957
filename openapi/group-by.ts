/**
 * Grouping of an object's records, as the document tells of it, with examples of the object's own fields. Contract:
 * core.md 2.13, 3.11
 */

import { aggregatesOf } from '../server/model/aggregates.ts';
import { FIELD_TYPES } from '../server/model/field-types/index.ts';
import { type Field, joinName, type Model, type ObjectType, objectById, typeName } from '../server/model/model.ts';
import { reference, type Schema } from './components.ts';
import { shownFields } from './records.ts';

const DIRECTION = { type: 'string', enum: ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'] };
const GRANULARITY = {
  type: 'string',
  enum: [
    'DAY',
    'WEEK',
    'MONTH',
    'QUARTER',
    'YEAR',
    'DAY_OF_THE_WEEK',
    'MONTH_OF_THE_YEAR',
    'QUARTER_OF_THE_YEAR',
    'NONE',
  ],
};
const YES = { type: 'boolean', enum: [true] };

const BUCKET = {
  type: 'object',
  description: 'Dates are put in buckets, of a day unless said otherwise',
  properties: {
    granularity: GRANULARITY,
    timeZone: { type: 'string', description: 'As in `Europe/Paris`; UTC when left out' },
    weekStartDay: { type: 'string', enum: ['MONDAY', 'SUNDAY', 'SATURDAY'] },
  },
};

/** What one element of `group_by` and of `order_by` may name, and what a group is. Named as in GraphQL. */
export function groupBySchemas(model: Model, object: ObjectType): Record<string, Schema> {
  const type = typeName(object);
  const aggregates = aggregatesOf(object);
  return {
    [`${type}GroupByInput`]: oneOf(namesOf(model, object, dimension, 'GroupByInput')),
    [`${type}OrderByWithGroupByInput`]: oneOf([
      ...namesOf(model, object, order, 'OrderByWithGroupByInput'),
      // After the fields: one of this name can be grouped by, and not ordered by.
      ['aggregate', oneOf(aggregates.map(({ name }) => [name, DIRECTION]))],
    ]),
    [`${type}GroupByConnection`]: {
      type: 'object',
      properties: {
        groupByDimensionValues: {
          type: 'array',
          items: {},
          description: 'A value for each element of `group_by`, in its order',
        },
        ...Object.fromEntries(aggregates.map(({ name, scalar }) => [name, AGGREGATED[scalar]])),
        records: {
          type: 'array',
          maxItems: 10,
          items: reference(`${type}ForResponse`),
          description: 'Ten of the group at the most, with `include_records_sample=true`',
        },
      },
      required: ['groupByDimensionValues'],
    },
  };
}

const AGGREGATED = {
  Int: { type: 'integer' },
  Float: { type: ['number', 'null'] },
  BigFloat: { type: ['number', 'string', 'null'], description: 'A text where a JSON number would not be exact' },
  DateTime: { type: ['string', 'null'], format: 'date-time' },
} as const;

/** Parameters that are JSON, each with examples that can be sent as they are. */
export function groupByParameters(object: ObjectType): Schema[] {
  const type = typeName(object);
  const names = aggregatesOf(object).map(({ name }) => name);
  const examples = examplesOf(object);
  const list = (items: Schema, more: Schema = {}) => ({ type: 'array', items, ...more });
  return [
    json(
      'group_by',
      'What makes a group: fields, in order',
      list(reference(`${type}GroupByInput`), { minItems: 1, maxItems: 10 }),
      {
        required: true,
        examples: examples.groupBy,
      },
    ),
    json('aggregate', 'What to tell of each group', list({ type: 'string', enum: names }), {
      examples: examples.aggregate,
    }),
    json('order_by', 'The order of the groups', list(reference(`${type}OrderByWithGroupByInput`)), {
      examples: examples.orderBy,
    }),
  ];
}

type Examples = Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;

function json(
  name: string,
  description: string,
  schema: Schema,
  { required = false, examples }: { readonly required?: boolean; readonly examples: Examples },
): Schema {
  return { name, in: 'query', description, required, content: { 'application/json': { schema, examples } } };
}

/** By what a person would group first: an option, a month. Of what: the first sum. */
function examplesOf(object: ObjectType) {
  const fields = groupedFields(object).filter(({ relation }) => relation === null);
  const [first] = fields.filter(({ name }) => name !== 'id');
  const option = fields.find(({ type }) => FIELD_TYPES[type].parts[0]?.sql === 'enum') ?? first ?? (fields[0] as Field);
  const date = fields.find((field) => isDate(field) && !field.isSystem) ?? fields.find(isDate);
  const sum = aggregatesOf(object).find(({ kind }) => kind === 'sum')?.name ?? 'totalCount';
  const byOption = element(option);
  const byMonth = date && date !== option ? { [date.name]: { granularity: 'MONTH' } } : null;
  return {
    groupBy: {
      one: { summary: `A group for each ${option.label}`, value: [byOption] },
      ...(byMonth ? { two: { summary: `And for each month of ${date?.label}`, value: [byOption, byMonth] } } : {}),
    },
    aggregate: { one: { summary: 'What to tell of each group', value: [...new Set(['totalCount', sum])] } },
    orderBy: { one: { summary: 'The largest first', value: [{ aggregate: { [sum]: 'DescNullsLast' } }] } },
  } satisfies Record<string, Examples>;
}

function element(field: Field): Schema {
  const [part] = FIELD_TYPES[field.type].composite === null ? [] : FIELD_TYPES[field.type].parts;
  if (part) return { [field.name]: { [String(part.name)]: true } };
  return { [field.name]: isDate(field) ? { granularity: 'MONTH' } : true };
}

/** What can be grouped by: a many-to-one relation is its join column, and the fields of what it points at. */
function groupedFields(object: ObjectType): Field[] {
  return shownFields(object).filter(({ type, relation }) => {
    const { isGroupable = true } = FIELD_TYPES[type];
    return isGroupable && relation?.kind !== 'ONE_TO_MANY';
  });
}

/** @param schemaOf of a field's own value; `related` of what is named by the target of a relation */
function namesOf(
  model: Model,
  object: ObjectType,
  schemaOf: (field: Field) => Schema,
  related: string,
): [string, Schema][] {
  return groupedFields(object).flatMap((field): [string, Schema][] => {
    if (!field.relation) return [[field.name, schemaOf(field)]];
    const target = objectById(model, field.relation.targetObject);
    const join: [string, Schema] = [joinName(field), schemaOf(field)];
    return target?.isActive ? [join, [field.name, reference(`${typeName(target)}${related}`)]] : [join];
  });
}

function isDate({ type }: Field): boolean {
  const scalar = FIELD_TYPES[type].parts[0]?.scalar;
  return scalar === 'Date' || scalar === 'DateTime';
}

function dimension(field: Field): Schema {
  const { composite, parts } = FIELD_TYPES[field.type];
  if (composite !== null) return oneOf(parts.map(({ name }) => [String(name), YES]));
  return isDate(field) ? BUCKET : YES;
}

function order(field: Field): Schema {
  const { composite, parts } = FIELD_TYPES[field.type];
  if (composite !== null) return oneOf(parts.map(({ name }) => [String(name), DIRECTION]));
  return isDate(field) ? { type: 'object', properties: { orderBy: DIRECTION, granularity: GRANULARITY } } : DIRECTION;
}

/** An object that names exactly one of these. */
function oneOf(properties: readonly (readonly [string, Schema])[]): Schema {
  return { type: 'object', properties: Object.fromEntries(properties), minProperties: 1, maxProperties: 1 };
}
