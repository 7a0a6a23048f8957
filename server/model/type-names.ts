/** GraphQL names that an object gives rise to. Contract: core.md 2.2, 2.4. */

import { FIELD_TYPES } from './field-types/index.ts';
import { type Field, type ObjectType, typeName } from './model.ts';
import { upperFirst } from './names.ts';

export function typeNames(object: Pick<ObjectType, 'nameSingular'>) {
  const record = typeName(object as ObjectType);
  return {
    record,
    edge: `${record}Edge`,
    connection: `${record}Connection`,
    groupByConnection: `${record}GroupByConnection`,
    createInput: `${record}CreateInput`,
    updateInput: `${record}UpdateInput`,
    filterInput: `${record}FilterInput`,
    manyFilterInput: `${record}ManyFilterInput`,
    orderByInput: `${record}OrderByInput`,
    groupByInput: `${record}GroupByInput`,
    orderByWithGroupByInput: `${record}OrderByWithGroupByInput`,
    orderByWithGroupByAggregateInput: `${record}OrderByWithGroupByAggregateInput`,
    relationInput: `${record}RelationInput`,
    connectInput: `${record}ConnectInput`,
    whereUniqueInput: `${record}WhereUniqueInput`,
    change: `${record}Change`,
    enum: (field: string) => `${record}${upperFirst(field)}Enum`,
    whereUniquePart: (field: string) => `${record}${upperFirst(field)}WhereInput`,
  };
}

/** Operations of an object that could be another's too: those that aren't a verb and its name. Contract: core.md 2.2 */
export function operationNames({ nameSingular, namePlural }: ObjectType): string[] {
  return [nameSingular, namePlural, `${namePlural}GroupBy`, `${nameSingular}Duplicates`];
}

/** Every type of an object and its fields, to see whether two objects would make the same one. */
export function generatedTypes(object: ObjectType): string[] {
  const { enum: enumOf, whereUniquePart, ...fixed } = typeNames(object);
  return [...Object.values(fixed), ...object.fields.flatMap((field) => fieldTypes(field, enumOf, whereUniquePart))];
}

function fieldTypes(
  { name, options, isUnique }: Field,
  enumOf: (name: string) => string,
  partOf: (name: string) => string,
): string[] {
  return [...(options ? [enumOf(name), `${enumOf(name)}Filter`] : []), ...(isUnique ? [partOf(name)] : [])];
}

/** Types that every schema has. */
export const SHARED_TYPES: ReadonlySet<string> = new Set([
  'Query',
  'Mutation',
  'Subscription',
  'String',
  'Int',
  'Float',
  'Boolean',
  'ID',
  'UUID',
  'DateTime',
  'Date',
  'Position',
  'BigFloat',
  'JSON',
  'ConnectionCursor',
  'TSVector',
  'PageInfo',
  'FilterIs',
  'OrderByDirection',
  'FileItemInput',
  'DatabaseEventAction',
  'OnDbEvent',
  'OnDbEventInput',
  'ActorSourceEnum',
  'ActorSourceEnumFilter',
  'SearchRecord',
  'SearchResultEdge',
  'SearchResultConnection',
  'SearchResultPageInfo',
  'ObjectRecordFilterInput',
  'DateGranularityEnum',
  'GroupByDateGranularityInput',
  'OrderByDateGranularityInput',
  'FirstDayOfTheWeek',
  ...['UUID', 'String', 'Float', 'Int', 'BigFloat', 'DateTime', 'Date', 'Boolean', 'RawJson', 'Array', 'TSVector'].map(
    (name) => `${name}Filter`,
  ),
  ...Object.values(FIELD_TYPES).flatMap(({ composite }) =>
    composite
      ? [composite, ...['Create', 'Update', 'Filter', 'OrderBy', 'GroupBy'].map((kind) => `${composite}${kind}Input`)]
      : [],
  ),
]);
