/** A request has the types made that it is about; whoever asks for the whole schema gets it. */

import { GraphQLObjectType, GraphQLSchema } from 'postgraphile/grafast/graphql';
import { expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';

/** graphql-js keeps a type's fields as a function until somebody asks for them. */
const isMade = (type: unknown) => typeof (type as { _fields: unknown })._fields !== 'function';

let made = 0;

/** A workspace whose model nobody else has asked for. */
async function fresh() {
  const space = await workspace();
  const [name, label] = [`meteor${++made}`, `Meteor${made}`];
  const object = { nameSingular: name, namePlural: `${name}s`, labelSingular: label, labelPlural: `${label}s` };
  await space.metadata(
    'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }',
    { object },
  );
  return { ...space, name, label };
}

test('a query has the fields made of the types that it selects, and of no others', async () => {
  const { gql, schema, label } = await fresh();
  await gql('query ($filter: CompanyFilterInput) { companies(filter: $filter) { edges { node { name } } } }');
  const { schema: served } = await (await server()).models.get(schema);
  const hasFields = (type: string) => isMade(served.getType(type));
  expect(['Company', 'CompanyConnection'].every(hasFields)).toBe(true);
  expect(['Person', label, `${label}FilterInput`, 'TaskGroupByConnection'].filter(hasFields)).toEqual([]);
});

test('all types are those that a query was answered by', async () => {
  const { gql, schema, name, label } = await fresh();
  await gql(`{ ${name}s { totalCount } }`);
  const { schema: served } = await (await server()).models.get(schema);
  const meteor = served.getType(label);
  expect(meteor).toBeInstanceOf(GraphQLObjectType);
  expect(served.getTypeMap()[label]).toBe(meteor);
  expect(new GraphQLSchema(served.toConfig()).getTypeMap()[`${label}FilterInput`]).toBe(
    served.getType(`${label}FilterInput`),
  );
});

test('an unknown type is refused, with what it may have been', async () => {
  const { refused, name, label } = await fresh();
  const { message } = await refused(`query ($filter: ${label}FiltrInput) { ${name}s(filter: $filter) { totalCount } }`);
  expect(message).toContain(`Unknown type "${label}FiltrInput". Did you mean "${label}FilterInput"`);
});
