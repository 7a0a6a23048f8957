/** The scalars of the metadata API: each says what it takes, as a variable and as a literal. */

import { GraphQLError, type GraphQLSchema, isScalarType, valueFromASTUntyped } from 'postgraphile/grafast/graphql';

/** What a value must be; of an id, whether it is one is asked where it is looked for. */
const SCALARS: Readonly<Record<string, (value: unknown) => unknown>> = {
  UUID: text('UUID'),
  DateTime: text('DateTime'),
  ConnectionCursor: text('ConnectionCursor'),
  JSON: (value) => value,
};

/** Gives the scalars of a schema that was made of SDL, and which therefore take anything, their parsers. */
export function withScalars(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, parse] of Object.entries(SCALARS)) {
    const scalar = schema.getType(name);
    if (!isScalarType(scalar)) throw new Error(`The metadata schema has no scalar ${name}`);
    scalar.parseValue = parse;
    scalar.parseLiteral = (node, variables) => parse(valueFromASTUntyped(node, variables));
  }
  return schema;
}

function text(name: string) {
  return function parse(value: unknown): string {
    if (typeof value === 'string') return value;
    throw new GraphQLError(`${name} must be a string`, { extensions: { code: 'BAD_USER_INPUT' } });
  };
}
