/**
 * Serves what was renamed under its former names too, deprecated: fields of records and of what clients send,
 *
 *   type NoteTarget { targetCompanyId: ID, companyId: ID @deprecated(reason: "Renamed to targetCompanyId") }
 *   input NoteTargetFilterInput { targetCompanyId: UUIDFilter, companyId: UUIDFilter @deprecated(…) }
 *
 * and operations of objects, whose types keep their former names with them. It comes last, for it copies what others
 * made; what former names mean in an input is read by `former-names.ts`. Contract: decisions.md, aliases.
 */

import type { ServedObject } from '../../catalog/served.ts';
import { typeNames } from './served-objects.ts';

export const AliasesPlugin: GraphileConfig.Plugin = {
  name: 'AliasesPlugin',
  version: '1.0.0',
  description: 'Serves former names of objects and fields, deprecated',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { served } }) {
        if (!served || served.formerNames.size === 0) return fields;
        return build.extend(fields, underFormerNames(served, fields), 'AliasesPlugin adds former names');
      },
      GraphQLInputObjectType_fields(fields, build, { Self }) {
        const served = inputsOf(build).get(Self.name);
        if (!served) return fields;
        return build.extend(fields, underFormerNames(served, fields), 'AliasesPlugin adds former names');
      },
      GraphQLObjectType_fields_field(field, build, { scope: { isRootQuery, isRootMutation } }) {
        if (!isRootQuery && !isRootMutation) return field;
        const name = formerTypesOf(build).get(build.graphql.getNamedType(field.type).name);
        return name === undefined ? field : { ...field, deprecationReason: `Renamed: ask for ${name}` };
      },
    },
  },
};

/** A copy for each former name whose field is here. */
function underFormerNames<T extends object>({ formerNames }: ServedObject, fields: Readonly<Record<string, T>>) {
  const copies = [...formerNames]
    .filter(([former, current]) => current in fields && !(former in fields))
    .map(([former, current]) => [former, { ...fields[current], deprecationReason: `Renamed to ${current}` }]);
  return Object.fromEntries(copies) as Record<string, T>;
}

const inputs = new WeakMap<object, ReadonlyMap<string, ServedObject>>();

/** Objects with renamed fields, by the inputs in which these are named. */
function inputsOf(build: GraphileBuild.Build): ReadonlyMap<string, ServedObject> {
  const known = inputs.get(build);
  if (known) return known;
  const made = new Map(
    build.servedObjects
      .filter(({ formerNames }) => formerNames.size > 0)
      .flatMap((served) => {
        const { createInput, updateInput, whereUniqueInput, filterInput, orderByInput, ...names } = typeNames(served);
        const grouping = [names.groupByInput, names.orderByWithGroupByInput];
        return [createInput, updateInput, whereUniqueInput, filterInput, orderByInput, ...grouping].map(
          (name) => [name, served] as const,
        );
      }),
  );
  inputs.set(build, made);
  return made;
}

const formerTypes = new WeakMap<object, ReadonlyMap<string, string>>();

/** What operations of renamed objects answer, with the name that the object has now. */
function formerTypesOf(build: GraphileBuild.Build): ReadonlyMap<string, string> {
  const known = formerTypes.get(build);
  if (known) return known;
  const made = new Map(
    build.servedObjects.flatMap((served) => {
      const { formerNameOf } = served.object;
      if (formerNameOf === undefined) return [];
      const { record, connection, groupByConnection } = typeNames(served);
      return [record, connection, groupByConnection].map((name) => [name, formerNameOf] as const);
    }),
  );
  formerTypes.set(build, made);
  return made;
}
