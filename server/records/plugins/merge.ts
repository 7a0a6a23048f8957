/**
 * Adds to Mutation, for each object that has duplicate criteria:
 *
 *   mergeCompanies(ids: [UUID!]!, conflictPriorityIndex: Int!, dryRun: Boolean): Company
 *
 * Contract: core.md 2.15.
 */

import type { ServedObject } from '../../catalog/served.ts';
import { criteriaOf, may } from '../../model/model.ts';
import { upperFirst } from '../../model/names.ts';
import type { RootAnswer } from '../answers/roots.ts';
import { type Merge, merge } from '../merge.ts';
import { madeRecords } from './mutations.ts';
import { keyGraphQLType } from './record-types.ts';
import { typeNames } from './served-objects.ts';

export const MergePlugin: GraphileConfig.Plugin = {
  name: 'MergePlugin',
  version: '1.0.0',
  description: 'Adds merge',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { isRootMutation } }) {
        if (!isRootMutation) return fields;
        const own = Object.fromEntries(
          build.servedObjects
            .filter(({ object }) => criteriaOf(object).length > 0 && may(object, 'merge'))
            .map((served) => [`merge${upperFirst(served.object.namePlural)}`, mergeMany(build, served)]),
        );
        return build.extend(fields, own, 'MergePlugin adds merge');
      },
    },
  },
};

function mergeMany(build: GraphileBuild.Build, served: ServedObject) {
  const { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLNonNull } = build.graphql;
  const root: RootAnswer = {
    write: ({ args, author }, client) => merge(build, served, { ...(args as Omit<Merge, 'author'>), author }, client),
    select: (selected) => madeRecords(served, selected, false),
    whenNone: 'RECORD_NOT_FOUND',
  };
  return {
    type: build.getOutputTypeByName(typeNames(served).record),
    description:
      'Makes one record of several. The one with priority stays; the others are gone, and what referred to them refers to it.',
    args: {
      ids: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(keyGraphQLType(build, served)))),
      },
      conflictPriorityIndex: {
        type: new GraphQLNonNull(GraphQLInt),
        description: 'Place in ids, from 0, of the record that stays: where several have a value, its value counts.',
      },
      dryRun: { type: GraphQLBoolean, description: 'Answers what would come of it, and changes nothing.' },
    },
    extensions: { root },
  };
}
