/**
 * Adds the filter inputs; `filters.ts` says what they mean:
 *
 *   input CompanyFilterInput { and: [CompanyFilterInput!], or: […], not: CompanyFilterInput, name: StringFilter,
 *                              domainName: LinksFilterInput, accountOwnerId: UUIDFilter, accountOwner: WorkspaceMemberFilterInput,
 *                              people: PersonManyFilterInput }
 *
 * Contract: core.md 2.8.
 */

import type { GraphQLInputType } from 'postgraphile/grafast/graphql';
import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import type { Scalar } from '../../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { type Field, joinName } from '../../model/model.ts';
import type { InputConfig } from './field-config.ts';
import { targetOf } from './orders.ts';
import { scalarOf, scalarType } from './record-types.ts';
import { typeNames } from './served-objects.ts';

const ORDERED = ['eq', 'neq', 'in', 'gt', 'gte', 'lt', 'lte', 'is'] as const;

/** Operators of each shared filter input, by GraphQL name. Contract: core.md 2.8, without regex (decisions.md). */
const FILTERS: Record<string, { readonly scalar: Scalar; readonly operators: readonly string[] }> = {
  UUIDFilter: { scalar: 'UUID', operators: ORDERED },
  StringFilter: { scalar: 'String', operators: [...ORDERED, 'like', 'ilike', 'startsWith', 'endsWith'] },
  FloatFilter: { scalar: 'Float', operators: ORDERED },
  IntFilter: { scalar: 'Int', operators: ORDERED },
  BigFloatFilter: { scalar: 'BigFloat', operators: ORDERED },
  DateTimeFilter: { scalar: 'DateTime', operators: ORDERED },
  DateFilter: { scalar: 'Date', operators: ORDERED },
  BooleanFilter: { scalar: 'Boolean', operators: ['eq', 'is'] },
  RawJsonFilter: { scalar: 'String', operators: ['is', 'like'] },
  ArrayFilter: { scalar: 'String', operators: ['is', 'isEmptyArray', 'containsIlike'] },
  TSVectorFilter: { scalar: 'String', operators: ['search'] },
  ActorSourceEnumFilter: { scalar: 'ActorSource', operators: ['eq', 'neq', 'in', 'is'] },
};

const ENUM_OPERATORS = ['eq', 'neq', 'in', 'containsAny', 'is', 'isEmptyArray'];

export const FilterInputsPlugin: GraphileConfig.Plugin = {
  name: 'FilterInputsPlugin',
  version: '1.0.0',
  description: 'Adds the filter inputs',
  schema: {
    hooks: {
      init(_, build) {
        for (const [name, { scalar, operators }] of Object.entries(FILTERS)) {
          registerLeaf(build, name, operators, () => scalarType(build, scalar, ''));
        }
        for (const { composite, parts } of Object.values(FIELD_TYPES)) {
          if (!composite) continue;
          const name = `${composite}FilterInput`;
          build.registerInputObjectType(
            name,
            {},
            () => ({
              fields: () =>
                Object.fromEntries(
                  parts.map((part) => [
                    part.name,
                    { type: build.getInputTypeByName(filterOf(part.scalar as Scalar, false)) },
                  ]),
                ),
            }),
            `FilterInputsPlugin adds ${name}`,
          );
        }
        for (const served of build.servedObjects) {
          registerObjectFilter(build, served);
          registerManyFilter(build, served);
          for (const field of served.fields) {
            const [column] = columnsFor(served, field);
            if (!column?.isEnum) continue;
            const name = typeNames(served).enum(field.name);
            registerLeaf(build, `${name}Filter`, ENUM_OPERATORS, () => build.getInputTypeByName(name));
          }
        }
        return _;
      },
    },
  },
};

/** Filter input over a scalar. */
function filterOf(scalar: Scalar, isArray: boolean): string {
  if (isArray) return 'ArrayFilter';
  switch (scalar) {
    case 'ID':
      return 'UUIDFilter';
    case 'JSON':
      return 'RawJsonFilter';
    case 'Position':
      return 'FloatFilter';
    case 'ActorSource':
      return 'ActorSourceEnumFilter';
    default:
      return `${scalar}Filter`;
  }
}

function registerLeaf(
  build: GraphileBuild.Build,
  name: string,
  operators: readonly string[],
  value: () => GraphQLInputType,
): void {
  const { GraphQLList, GraphQLBoolean, GraphQLString } = build.graphql;
  const typeOf = (operator: string) => {
    switch (operator) {
      case 'is':
        return build.getInputTypeByName('FilterIs');
      case 'in':
      case 'containsAny':
        return new GraphQLList(value());
      case 'isEmptyArray':
        return GraphQLBoolean;
      case 'search':
      case 'like':
      case 'ilike':
      case 'containsIlike':
        return GraphQLString;
      default:
        return value();
    }
  };
  build.registerInputObjectType(
    name,
    {},
    () => ({ fields: () => Object.fromEntries(operators.map((operator) => [operator, { type: typeOf(operator) }])) }),
    `FilterInputsPlugin adds ${name}`,
  );
}

function registerObjectFilter(build: GraphileBuild.Build, served: ServedObject): void {
  const { GraphQLList, GraphQLNonNull } = build.graphql;
  const { filterInput } = typeNames(served);
  build.registerInputObjectType(
    filterInput,
    {},
    () => ({
      fields: () => {
        const self = build.getInputTypeByName(filterInput);
        const list = new GraphQLList(new GraphQLNonNull(self));
        return {
          and: { type: list },
          or: { type: list },
          not: { type: self },
          ...Object.fromEntries(served.fields.flatMap((field) => filterFields(build, served, field))),
        };
      },
    }),
    `FilterInputsPlugin adds ${filterInput}`,
  );
}

function filterFields(build: GraphileBuild.Build, served: ServedObject, field: Field): [string, InputConfig][] {
  const [column] = columnsFor(served, field);
  const { composite } = FIELD_TYPES[field.type];
  const typed = (name: string) => ({ type: build.getInputTypeByName(name) });
  if (composite) return [[field.name, typed(`${composite}FilterInput`)]];
  if (field.relation) {
    const target = targetOf(build, served, field.name);
    if (!target) return [];
    if (field.relation.kind === 'ONE_TO_MANY') return [[field.name, typed(typeNames(target).manyFilterInput)]];
    return [
      [joinName(field), typed(column ? filterOf(scalarOf(field, column), false) : 'UUIDFilter')],
      [field.name, typed(typeNames(target).filterInput)],
    ];
  }
  if (!column) return [];
  if (column.isEnum) return [[field.name, typed(`${typeNames(served).enum(field.name)}Filter`)]];
  return [[field.name, typed(filterOf(scalarOf(field, column), column.isArray))]];
}

function registerManyFilter(build: GraphileBuild.Build, served: ServedObject): void {
  const name = typeNames(served).manyFilterInput;
  build.registerInputObjectType(
    name,
    {},
    () => ({
      description: 'Over the many side of a relation.',
      fields: () => {
        const type = build.getInputTypeByName(typeNames(served).filterInput);
        return {
          some: { type, description: 'At least one related record matches.' },
          every: { type, description: 'No related record fails to match.' },
          none: { type, description: 'No related record matches.' },
        };
      },
    }),
    `FilterInputsPlugin adds ${name}`,
  );
}
