/**
 * Adds to each record type a field per field of the object, and the types that they need:
 *
 *   type Company { id: UUID, name: String, domainName: Links, employees: Float, … }
 *   type Links { primaryLinkLabel: String, primaryLinkUrl: String, secondaryLinks: JSON }
 *   enum OpportunityStageEnum { NEW, SCREENING, … }
 *
 * Contract: core.md 2.4–2.7, 2.22 (what null is shown as).
 */

import type { GraphQLInputType, GraphQLOutputType } from 'postgraphile/grafast/graphql';
import { type SQL, sql } from '../../../db/sql.ts';
import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import { type Part, type Scalar, scalarOfPart } from '../../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { keyScalar } from '../../model/keys.ts';
import { type Column, type Field, joinName } from '../../model/model.ts';
import type { Json } from '../answers/json.ts';
import type { Selected } from '../answers/selection.ts';
import { valueJson } from '../answers/values.ts';
import type { FieldConfig, LeafType } from './field-config.ts';
import { typeNames } from './served-objects.ts';

export const RecordTypesPlugin: GraphileConfig.Plugin = {
  name: 'RecordTypesPlugin',
  version: '1.0.0',
  description: 'Adds the fields of records, their composite types and enums',
  schema: {
    hooks: {
      init(_, build) {
        for (const [name, values] of sharedEnums()) {
          build.registerEnumType(
            name,
            {},
            () => ({ values: Object.fromEntries(values.map((value) => [value, { value }])) }),
            name,
          );
        }
        for (const type of Object.values(FIELD_TYPES)) {
          if (type.composite) registerComposite(build, type.composite, type.parts);
        }
        for (const served of build.servedObjects) {
          registerRecord(build, served);
          for (const field of served.fields) {
            if (field.options && columnsFor(served, field).some(({ isEnum }) => isEnum))
              registerEnum(build, served, field);
          }
        }
        return _;
      },
      GraphQLObjectType_fields(fields, build, { scope: { served } }) {
        if (!served) return fields;
        const own = Object.fromEntries(
          served.fields.flatMap((field): [string, FieldConfig][] => {
            if (field.relation)
              return field.relation.kind === 'MANY_TO_ONE' ? [[joinName(field), joinField(build, served, field)]] : [];
            return [
              [
                field.name,
                FIELD_TYPES[field.type].composite
                  ? compositeField(build, served, field)
                  : plainField(build, served, field),
              ],
            ];
          }),
        );
        return build.extend(fields, own, `RecordTypesPlugin adds the fields of ${served.object.nameSingular}`);
      },
    },
  },
};

declare global {
  namespace GraphileBuild {
    interface ScopeObject {
      /** Set on record types. */
      served?: ServedObject;
    }
  }
}

function registerRecord(build: GraphileBuild.Build, served: ServedObject): void {
  const { record } = typeNames(served);
  const { description } = served.object;
  build.registerObjectType(
    record,
    { served },
    () => ({
      extensions: { plinth: 'record' },
      ...(description && { description }),
    }),
    `RecordTypesPlugin adds ${record}`,
  );
}

/** Shared enums (`ActorSourceEnum`) of all field types, by GraphQL name. */
function sharedEnums(): [string, readonly string[]][] {
  return Object.values(FIELD_TYPES).flatMap(({ sharedEnum }) =>
    sharedEnum ? [['ActorSourceEnum', sharedEnum.values] as [string, readonly string[]]] : [],
  );
}

function registerEnum(build: GraphileBuild.Build, served: ServedObject, field: Field): void {
  const name = typeNames(served).enum(field.name);
  build.registerEnumType(
    name,
    {},
    () => ({
      values: Object.fromEntries(
        (field.options ?? []).map(({ value, label }) => [
          value,
          { value, ...(label !== value && { description: label }) },
        ]),
      ),
    }),
    `RecordTypesPlugin adds ${name}`,
  );
}

function registerComposite(build: GraphileBuild.Build, name: string, parts: readonly Column['part'][]): void {
  build.registerObjectType(
    name,
    {},
    () => ({
      fields: () =>
        Object.fromEntries(
          parts.map((part) => [
            part.name,
            {
              type: scalarType(build, part.scalar as Scalar, ''),
              extensions: { answer: (composite: CompositeRow) => partJson(composite, part) },
            },
          ]),
        ),
    }),
    `RecordTypesPlugin adds ${name}`,
  );
}

/** GraphQL type of a scalar; `Enum` is the one named. */
export function scalarType(build: GraphileBuild.Build, scalar: Scalar, enumName: string): LeafType {
  const { GraphQLString, GraphQLFloat, GraphQLInt, GraphQLBoolean, GraphQLID } = build.graphql;
  switch (scalar) {
    case 'String':
      return GraphQLString;
    case 'Float':
      return GraphQLFloat;
    case 'Int':
      return GraphQLInt;
    case 'Boolean':
      return GraphQLBoolean;
    case 'ID':
      return GraphQLID;
    case 'Enum':
      return build.getTypeByName(enumName) as LeafType;
    case 'ActorSource':
      return build.getTypeByName('ActorSourceEnum') as LeafType;
    default:
      return build.getTypeByName(scalar) as LeafType;
  }
}

/** GraphQL type of a column as it is shown: `String`, `OpportunityStageEnum`, `[String]`. */
function columnType(
  build: GraphileBuild.Build,
  served: ServedObject,
  field: Field,
  column: Column,
): GraphQLOutputType & GraphQLInputType {
  const type = scalarType(build, scalarOf(field, column), typeNames(served).enum(field.name));
  return column.isArray ? new build.graphql.GraphQLList(type) : type;
}

/** GraphQL type of an object's ids. */
export function keyGraphQLType(build: GraphileBuild.Build, { key }: ServedObject): LeafType {
  return scalarType(build, keyScalar(key.type), '');
}

export function scalarOf(field: Field, column: Column): Scalar {
  return scalarOfPart(column.part, field);
}

function plainField(build: GraphileBuild.Build, served: ServedObject, field: Field) {
  const [column] = columnsFor(served, field) as [Column];
  return {
    type: field.name === 'id' ? keyGraphQLType(build, served) : columnType(build, served, field, column),
    ...(field.description && { description: field.description }),
    extensions: {
      answer: (record: RecordRow) =>
        columnJson(record, served, column, field.name === 'id' ? keyScalar(served.key.type) : scalarOf(field, column)),
    },
  };
}

function joinField(build: GraphileBuild.Build, served: ServedObject, field: Field) {
  const [column] = columnsFor(served, field) as [Column];
  return {
    type: build.graphql.GraphQLID,
    extensions: { answer: (record: RecordRow) => columnJson(record, served, column, 'ID') },
  };
}

function compositeField(build: GraphileBuild.Build, served: ServedObject, field: Field) {
  const columns = columnsFor(served, field);
  return {
    type: build.getOutputTypeByName(FIELD_TYPES[field.type].composite as string),
    ...(field.description && { description: field.description }),
    extensions: {
      answer: (record: RecordRow, selected: Selected) => selected.object({ record, served, columns }),
    },
  };
}

/** A row of an object's table, as what its fields are answered from. */
export type RecordRow = {
  /** Alias of the row. */
  readonly row: SQL;
  /** It stands for its group, with few of its related records. */
  readonly isSample?: boolean;
  /** It is made of values, not read from the table, whose constraints say nothing of it. */
  readonly isMade?: boolean;
};

/** A composite value of a record: nothing by itself, its parts are columns of the row. */
type CompositeRow = {
  readonly record: RecordRow;
  readonly served: ServedObject;
  readonly columns: readonly Column[];
};

function partJson({ record, served, columns }: CompositeRow, { name, empty, scalar }: Part): Json {
  const column = columns.find(({ part }) => part.name === name);
  // Made by hand, without this part: shown as one that is always null.
  if (!column) return [empty === undefined ? 'null' : empty === '' ? '""' : '[]'];
  return columnJson(record, served, column, scalar as Scalar);
}

function columnJson({ row, isMade }: RecordRow, { table }: ServedObject, column: Column, scalar: Scalar): Json {
  const { codec, notNull } = table.codec.attributes[column.name];
  return valueJson(sql`${row}.${sql.identifier(column.name)}`, {
    scalar,
    isArray: column.isArray,
    codec,
    isNullable: isMade || !notNull,
    empty: column.part.empty,
  });
}
