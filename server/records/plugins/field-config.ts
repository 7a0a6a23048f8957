/** Fields as GraphQL takes them. */

import type { GrafastFieldConfig } from 'postgraphile/grafast';
import type { GraphQLEnumType, GraphQLInputType, GraphQLScalarType } from 'postgraphile/grafast/graphql';

// biome-ignore lint/suspicious/noExplicitAny: what it is answered from, the types around it decide
export type FieldConfig = GrafastFieldConfig<any, any>;

export type InputConfig = { readonly type: GraphQLInputType };

/** A type that is both given and answered. */
export type LeafType = GraphQLScalarType | GraphQLEnumType;
