/** A GraphQL schema as its text, for whoever generates a client from it. */

import { type GraphQLSchema, printSchema } from 'postgraphile/grafast/graphql';

// Printing takes some 10 ms; a text is kept as long as its schema is.
const printed = new WeakMap<GraphQLSchema, string>();

export function schemaDocument(schema: GraphQLSchema): string {
  let text = printed.get(schema);
  if (text === undefined) {
    text = printSchema(schema);
    printed.set(schema, text);
  }
  return text;
}
