/** JSON schema of a GraphQL input: what REST takes as a body is what GraphQL takes as an input, by construction. */

import {
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'postgraphile/grafast/graphql';

type Schema = Readonly<Record<string, unknown>>;

const SCALARS: Readonly<Record<string, Schema>> = {
  String: { type: 'string' },
  Boolean: { type: 'boolean' },
  Int: { type: 'integer' },
  Float: { type: 'number' },
  UUID: { type: 'string', format: 'uuid' },
  DateTime: { type: 'string', format: 'date-time' },
  JSON: {},
};

export function inputSchema(types: GraphQLSchema, name: string): Schema {
  const type = types.getType(name);
  if (!isInputObjectType(type)) throw new Error(`The metadata API has no input ${name}`);
  return schemaOf(type);
}

function schemaOf(type: GraphQLInputType): Schema {
  if (isNonNullType(type)) return schemaOf(type.ofType);
  if (isListType(type)) return { type: 'array', items: schemaOf(type.ofType) };
  if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) };
  if (!isInputObjectType(type)) return SCALARS[type.name] ?? {};
  const fields = Object.values(type.getFields());
  const required = fields.filter(isRequiredInputField).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map(({ name, description, defaultValue, type: fieldType }) => [
        name,
        {
          ...(isNonNullType(fieldType) ? schemaOf(fieldType) : orNull(schemaOf(fieldType))),
          ...(description && { description }),
          ...(defaultValue !== undefined && { default: defaultValue }),
        },
      ]),
    ),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** Null says that nothing is given. */
function orNull(schema: Schema): Schema {
  if (typeof schema.type !== 'string') return schema;
  return {
    ...schema,
    type: [schema.type, 'null'],
    ...(Array.isArray(schema.enum) && { enum: [...schema.enum, null] }),
  };
}
