/**
 * Adds to Query, for each object:
 *
 *   companies(first, last, offset, before, after, filter, orderBy): CompanyConnection
 *   company(filter: CompanyFilterInput!): Company      (an error where none matches)
 *
 * Contract: core.md 2.3, 2.25 (find one).
 */

import { type SQL, sql } from '../../../db/sql.ts';
import type { ServedObject } from '../../catalog/served.ts';
import { refuse } from '../../errors.ts';
import { textOf } from '../answers/json.ts';
import type { RootAnswer } from '../answers/roots.ts';
import { versionBefore } from '../version.ts';
import { connectionArgs } from './connections.ts';
import { type FilterValue, recordCondition } from './filters.ts';
import { orderKeys } from './orders.ts';
import { orderSql, pageJson, pageRows } from './pages.ts';
import type { RecordRow } from './record-types.ts';
import { typeNames } from './served-objects.ts';

export const QueriesPlugin: GraphileConfig.Plugin = {
  name: 'QueriesPlugin',
  version: '1.0.0',
  description: 'Adds find one and find many',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { isRootQuery } }) {
        if (!isRootQuery) return fields;
        const own = Object.fromEntries(
          build.servedObjects.flatMap((served) => [
            [served.object.namePlural, findMany(build, served)],
            [served.object.nameSingular, findOne(build, served)],
          ]),
        );
        return build.extend(fields, own, 'QueriesPlugin adds find one and find many');
      },
    },
  },
};

function findMany(build: GraphileBuild.Build, served: ServedObject) {
  const root: RootAnswer = {
    select: (selected) => textOf(pageJson(build, served, selected)),
    rows: (selected) => pageRows(build, served, selected),
  };
  return {
    type: build.getOutputTypeByName(typeNames(served).connection),
    args: connectionArgs(build, served),
    extensions: { root },
  };
}

function findOne(build: GraphileBuild.Build, served: ServedObject) {
  const { record, filterInput } = typeNames(served);
  const root: RootAnswer = {
    whenNone: 'RECORD_NOT_FOUND',
    select(selected) {
      const { draft } = selected.scope;
      const row = draft.alias(served.object.nameSingular);
      const condition = draft.hole(
        (filling) => recordCondition(build, served, row, notEmpty(selected.args(filling).filter)) ?? sql`true`,
      );
      return sql`(
        select ${versionBefore(served, row, selected.scope.isVersioned, textOf(selected.object({ row } satisfies RecordRow)))}
        from ${served.table.from as SQL} as ${row}
        where ${condition}
        order by ${orderSql(orderKeys(build, served, null), row)}
        limit 1)`;
    },
  };
  return {
    type: build.getOutputTypeByName(record),
    args: { filter: { type: new build.graphql.GraphQLNonNull(build.getInputTypeByName(filterInput)) } },
    extensions: { root },
  };
}

function notEmpty(filter: unknown): FilterValue {
  if (!filter || Object.keys(filter).length === 0)
    throw refuse('INVALID_ARGS_FILTER', 'The filter argument is missing or empty');
  return filter as FilterValue;
}
