/**
 * What another model does to a GraphQL schema, as its clients see it: types, fields and values that come, go or change.
 * Pure.
 */

import {
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from 'postgraphile/grafast/graphql';

type SchemaChange = {
  readonly kind: 'added' | 'removed' | 'changed';
  /** `Rocket`, `Rocket.stage`, `RocketStageEnum.BUILT` */
  readonly path: string;
  /** As SDL would have it: `stage: RocketStageEnum`. */
  readonly before: string | null;
  readonly after: string | null;
};

export type SchemaDifference = {
  /** Of a type that comes or goes, its fields are not listed too. */
  readonly changes: readonly SchemaChange[];
  /** What clients written for the schema before may stumble over, a sentence each. */
  readonly breaking: readonly string[];
  readonly dangerous: readonly string[];
};

export function schemaDifference(before: GraphQLSchema, after: GraphQLSchema): SchemaDifference {
  if (before === after) return { changes: [], breaking: [], dangerous: [] };
  const sentences = (changes: readonly { readonly description: string }[]) =>
    changes.map(({ description }) => description).sort();
  return {
    changes: changesOf(linesOf(before), linesOf(after)),
    breaking: sentences(findBreakingChanges(before, after)),
    dangerous: sentences(findDangerousChanges(before, after)),
  };
}

function changesOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): SchemaChange[] {
  const isPartOf = (types: ReadonlyMap<string, string>, path: string) =>
    path.includes('.') && !types.has(path.slice(0, path.indexOf('.')));
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): SchemaChange[] => {
    const [was, now] = [before.get(path) ?? null, after.get(path) ?? null];
    if (was === now || (was === null && isPartOf(before, path)) || (now === null && isPartOf(after, path))) return [];
    return [{ kind: was === null ? 'added' : now === null ? 'removed' : 'changed', path, before: was, after: now }];
  });
}

/** A line for each type, field and value, by its path. */
function linesOf(schema: GraphQLSchema): Map<string, string> {
  return new Map(
    Object.values(schema.getTypeMap())
      .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
      .flatMap((type) => [
        [type.name, headOf(type)] as const,
        ...partsOf(type).map(([name, line]) => [`${type.name}.${name}`, line] as const),
      ]),
  );
}

function headOf(type: GraphQLNamedType): string {
  if (isUnionType(type))
    return `union ${type.name} = ${type
      .getTypes()
      .map(({ name }) => name)
      .sort()
      .join(' | ')}`;
  const kind = isEnumType(type)
    ? 'enum'
    : isInputObjectType(type)
      ? 'input'
      : isInterfaceType(type)
        ? 'interface'
        : isObjectType(type)
          ? 'type'
          : 'scalar';
  return `${kind} ${type.name}`;
}

function partsOf(type: GraphQLNamedType): (readonly [name: string, line: string])[] {
  if (isEnumType(type))
    return type.getValues().map((value) => [value.name, value.name + deprecation(value.deprecationReason)] as const);
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => [field.name, inputLine(field)]);
  if (isObjectType(type) || isInterfaceType(type))
    return Object.values(type.getFields()).map((field) => [field.name, fieldLine(field)]);
  return [];
}

function inputLine({ name, type, deprecationReason }: GraphQLInputField): string {
  return `${name}: ${type}${deprecation(deprecationReason)}`;
}

function fieldLine({ name, args, type, deprecationReason }: GraphQLField<unknown, unknown>): string {
  const given = args.map((argument) => `${argument.name}: ${argument.type}`).join(', ');
  return `${name}${given && `(${given})`}: ${type}${deprecation(deprecationReason)}`;
}

function deprecation(reason: string | null | undefined): string {
  return reason == null ? '' : ' @deprecated';
}
