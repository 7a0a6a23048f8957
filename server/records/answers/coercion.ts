/**
 * Coerces the variables of an operation. graphql-js asks each record for every field of its type; here each name that a
 * record has is looked up in a table, which is made once for each type. A value that is not valid is left to
 * graphql-js, which tells what is wrong with it.
 */

import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getVariableValues,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'postgraphile/grafast/graphql';

type Values = Readonly<Record<string, unknown>>;
type Coerce = (value: unknown) => unknown;
type Variable = { readonly name: string; readonly coerce: Coerce; readonly whenAbsent: (() => unknown) | null };

/** Thrown for any value that is not valid: what it says is never read. */
const INVALID = new Error('Invalid value');

const typesOf = new WeakMap<GraphQLSchema, Map<GraphQLInputType, Coerce>>();
const variablesOf = new WeakMap<GraphQLSchema, WeakMap<readonly VariableDefinitionNode[], readonly Variable[]>>();

export function coercedVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Values,
): ReturnType<typeof getVariableValues> {
  try {
    return { coerced: coercedBy(known(schema, definitions), given) };
  } catch {
    return getVariableValues(schema, definitions, given);
  }
}

function coercedBy(variables: readonly Variable[], given: Values): Record<string, unknown> {
  const coerced: Record<string, unknown> = {};
  for (const { name, coerce, whenAbsent } of variables) {
    if (Object.hasOwn(given, name)) coerced[name] = coerce(given[name]);
    else if (whenAbsent) coerced[name] = whenAbsent();
  }
  return coerced;
}

function known(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[]): readonly Variable[] {
  const ofSchema = variablesOf.get(schema) ?? new WeakMap();
  variablesOf.set(schema, ofSchema);
  let variables = ofSchema.get(definitions);
  if (!variables) {
    const types = typesOf.get(schema) ?? new Map();
    typesOf.set(schema, types);
    variables = definitions.map((definition) => variableOf(schema, definition, types));
    ofSchema.set(definitions, variables);
  }
  return variables;
}

function variableOf(
  schema: GraphQLSchema,
  { variable, type: node, defaultValue }: VariableDefinitionNode,
  types: Map<GraphQLInputType, Coerce>,
): Variable {
  const type = typeFromAST(schema, node as never) as GraphQLInputType | undefined;
  if (!isInputType(type)) return { name: variable.name.value, coerce: refuse, whenAbsent: refuse };
  return {
    name: variable.name.value,
    coerce: coercionTo(type, types),
    whenAbsent: defaultValue ? () => valueFromAST(defaultValue, type) : isNonNullType(type) ? refuse : null,
  };
}

function refuse(): never {
  throw INVALID;
}

function coercionTo(type: GraphQLInputType, types: Map<GraphQLInputType, Coerce>): Coerce {
  let coerce = types.get(type);
  if (!coerce) {
    coerce = isNonNullType(type)
      ? nonNull(valueCoercionTo(type.ofType, types))
      : nullable(valueCoercionTo(type, types));
    types.set(type, coerce);
  }
  return coerce;
}

function nonNull(coerce: Coerce): Coerce {
  return (value) => (value == null ? refuse() : coerce(value));
}

function nullable(coerce: Coerce): Coerce {
  return (value) => (value == null ? null : coerce(value));
}

/** Of values other than null. */
function valueCoercionTo(type: GraphQLInputType, types: Map<GraphQLInputType, Coerce>): Coerce {
  if (isListType(type)) {
    const coerce = coercionTo(type.ofType, types);
    return (value) => (Array.isArray(value) ? value.map(coerce) : refuse());
  }
  if (isInputObjectType(type)) return objectCoercionTo(type, types);
  return (value) => {
    const parsed = (type as { parseValue(value: unknown): unknown }).parseValue(value);
    return parsed === undefined ? refuse() : parsed;
  };
}

type Field = { readonly name: string; readonly place: number; readonly coerce: Coerce };

/** Types refer to each other in circles, so the fields of one are looked at when the first value comes. */
function objectCoercionTo(type: GraphQLInputObjectType, types: Map<GraphQLInputType, Coerce>): Coerce {
  let fields: ReadonlyMap<string, Field> | undefined;
  return (value) => {
    if (typeof value !== 'object' || Array.isArray(value)) return refuse();
    fields ??= fieldsOf(type, types);
    const given = value as Values;
    let coerced: Record<string, unknown> = {};
    let place = -1;
    let isInOrder = true;
    for (const name of Object.keys(given)) {
      const field = fields.get(name);
      if (!field) return refuse();
      if (given[name] === undefined) continue;
      coerced[name] = field.coerce(given[name]);
      isInOrder &&= field.place > place;
      place = field.place;
    }
    // The order of names means something in `orderBy`, and it is that of the type.
    if (!isInOrder) coerced = inOrder(coerced, fields);
    return coerced;
  };
}

/** Those of a type with required fields and defaults are refused: no input of ours has them. */
function fieldsOf(type: GraphQLInputObjectType, types: Map<GraphQLInputType, Coerce>): Map<string, Field> {
  const all = Object.values(type.getFields());
  const isPlain = !type.isOneOf && all.every((field) => field.defaultValue === undefined && !isNonNullType(field.type));
  if (!isPlain) return refuse();
  return new Map(all.map(({ name, type }, place) => [name, { name, place, coerce: coercionTo(type, types) }]));
}

function inOrder(coerced: Values, fields: ReadonlyMap<string, Field>): Record<string, unknown> {
  const names = Object.keys(coerced).sort((a, b) => (fields.get(a) as Field).place - (fields.get(b) as Field).place);
  const ordered: Record<string, unknown> = {};
  for (const name of names) ordered[name] = coerced[name];
  return ordered;
}
