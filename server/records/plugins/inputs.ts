/**
 * Adds the inputs of writes:
 *
 *   input CompanyCreateInput { id: ID, name: String, domainName: LinksCreateInput, accountOwnerId: ID, accountOwner: WorkspaceMemberRelationInput, … }
 *   input WorkspaceMemberRelationInput { connect: WorkspaceMemberConnectInput, disconnect: Boolean }
 *   input WorkspaceMemberConnectInput { where: WorkspaceMemberWhereUniqueInput }
 *
 * Contract: core.md 2.4, 2.6, 2.7, 2.20. What the values mean is checked in `write.ts`.
 */

import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import type { Scalar } from '../../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { type Column, type Field, joinName, mayWrite } from '../../model/model.ts';
import type { InputConfig } from './field-config.ts';
import { targetOf } from './orders.ts';
import { scalarOf, scalarType } from './record-types.ts';
import { typeNames } from './served-objects.ts';

export const InputsPlugin: GraphileConfig.Plugin = {
  name: 'InputsPlugin',
  version: '1.0.0',
  description: 'Adds the inputs of writes',
  schema: {
    hooks: {
      init(_, build) {
        for (const { composite, parts } of Object.values(FIELD_TYPES)) {
          if (!composite) continue;
          for (const kind of ['Create', 'Update']) {
            register(build, `${composite}${kind}Input`, () =>
              parts
                .filter(({ isReadOnly }) => !isReadOnly)
                .map((part) => [part.name as string, scalarType(build, part.scalar as Scalar, '')]),
            );
          }
        }
        register(build, 'FileItemInput', () => [
          ['fileId', build.getInputTypeByName('UUID')],
          ['label', build.graphql.GraphQLString],
        ]);
        for (const served of build.servedObjects) {
          const names = typeNames(served);
          register(build, names.createInput, () =>
            served.fields.flatMap((field) => inputFields(build, served, field, 'Create')),
          );
          register(build, names.updateInput, () =>
            served.fields.flatMap((field) => inputFields(build, served, field, 'Update')),
          );
          register(build, names.relationInput, () => [
            ['connect', build.getInputTypeByName(names.connectInput)],
            ['disconnect', build.graphql.GraphQLBoolean],
          ]);
          register(build, names.connectInput, () => [['where', build.getInputTypeByName(names.whereUniqueInput)]]);
          registerWhereUnique(build, served);
        }
        return _;
      },
    },
  },
};

function register(
  build: GraphileBuild.Build,
  name: string,
  fields: () => (readonly [string, InputConfig['type']])[],
): void {
  build.registerInputObjectType(
    name,
    {},
    () => ({ fields: () => Object.fromEntries(fields().map(([key, type]) => [key, { type }])) }),
    `InputsPlugin adds ${name}`,
  );
}

function inputFields(
  build: GraphileBuild.Build,
  served: ServedObject,
  field: Field,
  kind: 'Create' | 'Update',
): [string, InputConfig['type']][] {
  const { GraphQLID, GraphQLList } = build.graphql;
  const { composite, inputItem, parts } = FIELD_TYPES[field.type];
  if (!mayWrite(field, kind === 'Create' ? 'create' : 'update')) return [];
  if (field.relation) {
    const target = targetOf(build, served, field.name);
    if (field.relation.kind === 'ONE_TO_MANY' || !target) return [];
    return [
      [joinName(field), GraphQLID],
      [field.name, build.getInputTypeByName(typeNames(target).relationInput)],
    ];
  }
  if (parts.every(({ isReadOnly }) => isReadOnly)) return [];
  if (composite) return [[field.name, build.getInputTypeByName(`${composite}${kind}Input`)]];
  if (inputItem) return [[field.name, new GraphQLList(build.getInputTypeByName(inputItem))]];
  const [column] = columnsFor(served, field);
  if (!column) return [];
  const type =
    field.name === 'id' ? GraphQLID : scalarType(build, scalarOf(field, column), typeNames(served).enum(field.name));
  return [[field.name, column.isArray ? new GraphQLList(type) : type]];
}

/** The unique keys by which a record can be connected: `id`, unique fields, unique sub-fields. */
function registerWhereUnique(build: GraphileBuild.Build, served: ServedObject): void {
  const names = typeNames(served);
  const unique = served.fields.filter((field) => field.isUnique && field.name !== 'id' && !field.relation);
  for (const field of unique) {
    const { composite, parts } = FIELD_TYPES[field.type];
    if (!composite) continue;
    register(build, names.whereUniquePart(field.name), () =>
      parts
        .filter(({ isUniqueKey }) => isUniqueKey)
        .map((part) => [part.name as string, scalarType(build, part.scalar as Scalar, '')]),
    );
  }
  register(build, names.whereUniqueInput, () => [
    ['id', build.graphql.GraphQLID],
    ...unique.map((field): [string, InputConfig['type']] => {
      if (FIELD_TYPES[field.type].composite)
        return [field.name, build.getInputTypeByName(names.whereUniquePart(field.name))];
      const [column] = columnsFor(served, field);
      return [field.name, scalarType(build, scalarOf(field, column as Column), names.enum(field.name))];
    }),
  ]);
}
