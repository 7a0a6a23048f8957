/**
 * Adds to Query, for each object:
 *
 *   companies(first, last, offset, before, after, filter, orderBy): CompanyConnection
 *   company(filter: CompanyFilterInput!): Company      (an error where none matches)
 *
 * Contract: core.md 2.3, 2.25 (find one).
 */

import type { PgSelectStep } from 'postgraphile/@dataplan/pg';
import { constant, type FieldArgs, lambda, type Step } from 'postgraphile/grafast';
import type { ServedObject } from '../../catalog/to-model.ts';
import { refuse } from '../../errors.ts';
import { tellVersion } from '../version.ts';
import { connectionArgs, planConnection } from './connections.ts';
import { applyFilter, type FilterValue } from './filters.ts';
import { found } from './found.ts';
import { applyOrder } from './paging.ts';
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
  return {
    type: build.getOutputTypeByName(typeNames(served).connection),
    args: connectionArgs(build, served),
    plan: (_$root: unknown, args: FieldArgs) =>
      planConnection(build, served, served.table.find() as PgSelectStep, args, { isOfAll: true }),
  };
}

function findOne(build: GraphileBuild.Build, served: ServedObject) {
  const { record, filterInput } = typeNames(served);
  return {
    type: build.getOutputTypeByName(record),
    args: { filter: { type: new build.graphql.GraphQLNonNull(build.getInputTypeByName(filterInput)) } },
    plan(_$root: unknown, args: FieldArgs) {
      const $select = served.table.find() as PgSelectStep;
      applyFilter(build, served, $select, lambda(args.getRaw('filter'), notEmpty) as Step);
      applyOrder(build, served, $select, constant(null));
      $select.setFirst(constant(1));
      return tellVersion(served, found($select));
    },
  };
}

function notEmpty(filter: unknown): FilterValue {
  if (!filter || Object.keys(filter).length === 0)
    throw refuse('INVALID_ARGS_FILTER', 'The filter argument is missing or empty');
  return filter as FilterValue;
}
