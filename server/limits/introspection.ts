/**
 * How long the answer to an introspection would be. The schema is followed as the answer would follow it, for the types
 * that a field leads to have a few fields or thousands; nothing is kept. In time linear to the bound.
 */

import {
  __Schema,
  __Type,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getIntrospectionQuery,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'postgraphile/grafast/graphql';
import { tooMuch } from './limits.ts';

// A few milliseconds' worth, in characters; less is never refused.
const MIN_INTROSPECTION_CHARACTERS = 1_000_000;

// Every client generator asks in its own words for all of the schema, once.
const MAX_WHOLE_INTROSPECTIONS = 2;

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

const WHOLE = parse(
  getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  }),
  { noLocation: true },
);

/** Characters of the whole introspection. */
const wholeLengths = new WeakMap<GraphQLSchema, number>();

/**
 * @param document validated against the schema, and of a bounded size
 * @throws PlinthError TOO_COMPLEX_QUERY when much more is asked for than all of the schema
 */
export function checkIntrospection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): void {
  const min = MIN_INTROSPECTION_CHARACTERS;
  if (lengthOf(schema, document, operation, min) <= min) return;
  const max = Math.max(min, MAX_WHOLE_INTROSPECTIONS * wholeLength(schema));
  if (lengthOf(schema, document, operation, max) <= max) return;
  throw tooMuch({ name: 'MAX_WHOLE_INTROSPECTIONS', max, unit: 'characters of introspection' });
}

function wholeLength(schema: GraphQLSchema): number {
  let length = wholeLengths.get(schema);
  if (length === undefined) {
    length = lengthOf(schema, WHOLE, WHOLE.definitions[0] as OperationDefinitionNode, Number.POSITIVE_INFINITY);
    wholeLengths.set(schema, length);
  }
  return length;
}

/** @param max counting stops when it is exceeded */
function lengthOf(
  schema: GraphQLSchema,
  { definitions }: DocumentNode,
  { selectionSet }: OperationDefinitionNode,
  max: number,
): number {
  const fragments = new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
  );
  let length = 0;
  for (const field of fieldsOf(selectionSet, fragments)) {
    if (field.name.value === '__schema') ofValue(schema, __Schema, field);
    if (field.name.value === '__type') ofValue(typeAsked(schema, field), __Type, field);
  }
  return length;

  function ofValue(value: unknown, type: GraphQLOutputType, field: FieldNode): void {
    if (length > max) return;
    if (isNonNullType(type)) ofValue(value, type.ofType, field);
    else if (value == null) length += NULL_LENGTH;
    else if (isListType(type)) for (const each of value as Iterable<unknown>) ofValue(each, type.ofType, field);
    else if (isObjectType(type) && field.selectionSet) {
      for (const each of fieldsOf(field.selectionSet, fragments)) {
        const { name, alias } = each;
        length += (alias ?? name).value.length + PUNCTUATION_LENGTH;
        const definition = type.getFields()[name.value];
        // `__typename` aside, each has a resolver, which wants to know nothing else.
        if (definition)
          ofValue(definition.resolve?.(value, EVERYTHING, null, { schema } as never), definition.type, each);
      }
    } else length += String(value).length;
  }
}

const NULL_LENGTH = 4;

// Of `"name":"…",`
const PUNCTUATION_LENGTH = 6;

const EVERYTHING = { includeDeprecated: true };

/** The type that `__type` asks for; where a variable says its name, the one with most fields. */
function typeAsked(schema: GraphQLSchema, { arguments: given }: FieldNode): GraphQLNamedType | undefined {
  const name = given?.[0]?.value;
  if (name?.kind === Kind.STRING) return schema.getType(name.value);
  const fieldsIn = (type: GraphQLNamedType) => (isObjectType(type) ? Object.keys(type.getFields()).length : 0);
  return Object.values(schema.getTypeMap()).reduce((most, type) => (fieldsIn(type) > fieldsIn(most) ? type : most));
}

function* fieldsOf({ selections }: SelectionSetNode, fragments: Fragments): Generator<FieldNode> {
  for (const each of selections) {
    if (each.kind === Kind.FIELD) yield each;
    else {
      const { selectionSet } = each.kind === Kind.INLINE_FRAGMENT ? each : (fragments.get(each.name.value) ?? {});
      if (selectionSet) yield* fieldsOf(selectionSet, fragments);
    }
  }
}
