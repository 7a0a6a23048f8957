/**
 * Adds to Mutation, for each object:
 *
 *   createCompany(data, upsert): Company           createCompanies(data, upsert): [Company!]
 *   updateCompany(id, data): Company               updateCompanies(data, filter): [Company!]
 *   deleteCompany(id): Company                     deleteCompanies(filter): [Company!]      (soft)
 *   destroyCompany(id): Company                    destroyCompanies(filter): [Company!]
 *   restoreCompany(id): Company                    restoreCompanies(filter): [Company!]
 *
 * Contract: core.md 2.2, 2.3, 2.17–2.20. Each writes, then reads what it wrote as queries read.
 */

import type { GraphQLInputType } from 'postgraphile/grafast/graphql';
import { type SQL, sql } from '../../../db/sql.ts';
import type { ServedObject } from '../../catalog/served.ts';
import { may } from '../../model/model.ts';
import { upperFirst } from '../../model/names.ts';
import { textOf } from '../answers/json.ts';
import type { RootAnswer } from '../answers/roots.ts';
import type { Selected } from '../answers/selection.ts';
import { keyIn, keyList } from '../keys.ts';
import { versionBefore } from '../version.ts';
import { type Write, write } from '../write.ts';
import type { FieldConfig, InputConfig } from './field-config.ts';
import { keyGraphQLType, type RecordRow } from './record-types.ts';
import { typeNames } from './served-objects.ts';

export const MutationsPlugin: GraphileConfig.Plugin = {
  name: 'MutationsPlugin',
  version: '1.0.0',
  description: 'Adds create, update, delete, destroy and restore, of one record and of many',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { isRootMutation } }) {
        if (!isRootMutation) return fields;
        const own = Object.fromEntries(build.servedObjects.flatMap((served) => mutationsOf(build, served)));
        return build.extend(fields, own, 'MutationsPlugin adds the mutations');
      },
    },
  },
};

function mutationsOf(build: GraphileBuild.Build, served: ServedObject): [string, FieldConfig][] {
  const { GraphQLNonNull, GraphQLList, GraphQLBoolean } = build.graphql;
  const names = typeNames(served);
  const required = (name: string) => new GraphQLNonNull(build.getInputTypeByName(name)) as GraphQLInputType;
  const record = build.getOutputTypeByName(names.record);
  const records = new GraphQLList(new GraphQLNonNull(record));
  const one = upperFirst(served.object.nameSingular);
  const many = upperFirst(served.object.namePlural);
  const id = { type: new GraphQLNonNull(keyGraphQLType(build, served)) };
  const filter = { type: required(names.filterInput) };
  const upsert = { type: GraphQLBoolean };

  const field = (kind: Write['kind'], isMany: boolean, args: Record<string, InputConfig>) => ({
    type: isMany ? records : record,
    args,
    extensions: { root: writeRoot(build, served, kind, isMany) },
  });
  const { object } = served;
  const canUpsert: Record<string, InputConfig> = may(object, 'update') ? { upsert } : {};
  return [
    ...(may(object, 'create')
      ? [
          [`create${one}`, field('create', false, { data: { type: required(names.createInput) }, ...canUpsert })],
          [
            `create${many}`,
            field('create', true, {
              data: { type: new GraphQLNonNull(new GraphQLList(required(names.createInput))) },
              ...canUpsert,
            }),
          ],
        ]
      : []),
    ...(may(object, 'update')
      ? [
          [`update${one}`, field('update', false, { id, data: { type: required(names.updateInput) } })],
          [`update${many}`, field('update', true, { data: { type: required(names.updateInput) }, filter })],
        ]
      : []),
    ...(['delete', 'destroy', 'restore'] as const)
      .filter((kind) => may(object, kind === 'restore' ? 'delete' : kind))
      .flatMap((kind) => [
        [`${kind}${one}`, field(kind, false, { id })],
        [`${kind}${many}`, field(kind, true, { filter })],
      ]),
  ] as [string, FieldConfig][];
}

function writeRoot(build: GraphileBuild.Build, served: ServedObject, kind: Write['kind'], isMany: boolean): RootAnswer {
  const read = kind === 'destroy' ? madeRecords : writtenRecords;
  return {
    write: ({ args, ...request }, client, follow) =>
      write(build, served, { ...args, ...request, kind, isMany }, client, follow),
    select: (selected) => read(served, selected, isMany),
    ...(!isMany && { whenNone: 'RECORD_NOT_FOUND' }),
  };
}

/** The records of the written ids, in their order: that of the input. */
function writtenRecords(served: ServedObject, selected: Selected, isMany: boolean): SQL {
  const { draft, isVersioned } = selected.scope;
  const row = draft.alias(served.object.nameSingular);
  const ids = draft.hole(({ written }) => keyList(served, written?.ids ?? []));
  const record = textOf(selected.object({ row } satisfies RecordRow));
  const from = sql`unnest(${ids}) with ordinality as given (id, place)
    join ${served.table.from as SQL} as ${row} on ${keyIn(served, row)} = given.id`;
  return isMany
    ? sql`(select concat('[', string_agg(${record}, ',' order by given.place), ']') from ${from})`
    : sql`(select ${versionBefore(served, row, isVersioned, record)} from ${from})`;
}

/**
 * Records that no table has, from the rows that a write says they are, so that they can be selected like any others.
 */
export function madeRecords({ table, object }: ServedObject, selected: Selected, isMany: boolean): SQL {
  const { draft } = selected.scope;
  const row = draft.alias(object.nameSingular);
  const rows = draft.hole(({ written }) => sql`${sql.value(written?.rows ?? '[]')}::jsonb`);
  const record = textOf(selected.object({ row, isMade: true } satisfies RecordRow));
  const from = sql`jsonb_populate_recordset(null::${table.codec.sqlType}, ${rows}) as ${row}`;
  return isMany
    ? sql`(select concat('[', string_agg(${record}, ','), ']') from ${from})`
    : sql`(select ${record} from ${from})`;
}
