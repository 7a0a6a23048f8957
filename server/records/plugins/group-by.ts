/**
 * Adds to Query, for each object:
 *
 *   companiesGroupBy(groupBy, filter, orderBy, orderByForRecords, viewId, limit, offsetForRecords): [CompanyGroupByConnection!]
 *
 *   type CompanyGroupByConnection { groupByDimensionValues: JSON, totalCount: Int, …aggregates, edges: [CompanyEdge!], pageInfo: PageInfo }
 *
 * One statement makes the groups (`groups.ts`), one reads the records of all of them. Contract: core.md 2.3, 2.13.
 */

import { type PgSelectStep, pgSelect, TYPES } from 'postgraphile/@dataplan/pg';
import { access, connection, context, type FieldArgs, object, ExecutableStep as Step } from 'postgraphile/grafast';
import { sql } from 'postgraphile/pg-sql2';
import type { ServedObject } from '../../catalog/to-model.ts';
import type { Aggregate } from '../../model/aggregates.ts';
import { findGroups, type Group, RECORDS_PER_GROUP } from '../groups.ts';
import { keyIn, keyType } from '../keys.ts';
import { aggregateFields } from './aggregates.ts';
import type { Connection } from './connections.ts';
import { applyOrder } from './paging.ts';
import { markSample } from './relations.ts';
import { typeNames } from './served-objects.ts';

export const GroupByPlugin: GraphileConfig.Plugin = {
  name: 'GroupByPlugin',
  version: '1.0.0',
  description: 'Adds group-by',
  schema: {
    hooks: {
      init(_, build) {
        for (const served of build.servedObjects) registerGroup(build, served);
        return _;
      },
      GraphQLObjectType_fields(fields, build, { scope: { isRootQuery } }) {
        if (!isRootQuery) return fields;
        const own = Object.fromEntries(
          build.servedObjects
            .map((served): [string, any] => [`${served.object.namePlural}GroupBy`, groupBy(build, served)])
            // A table made by hand may be called companies_group_by: its records keep their name.
            .filter(([name]) => !(name in fields)),
        );
        return build.extend(fields, own, 'GroupByPlugin adds group-by');
      },
    },
  },
};

function registerGroup(build: GraphileBuild.Build, served: ServedObject): void {
  const { GraphQLList, GraphQLNonNull } = build.graphql;
  const { groupByConnection: name, edge } = typeNames(served);
  build.registerObjectType(
    name,
    {},
    () => ({
      assertStep: GroupStep,
      extensions: { plinth: 'group' },
      description: 'Records that have the same values in the fields that they are grouped by.',
      fields: () => ({
        groupByDimensionValues: {
          type: build.getOutputTypeByName('JSON'),
          description: 'One value for each element of groupBy, in their order.',
          plan: ($group: GroupStep) => access($group, 'dimensions'),
        },
        ...aggregateFields(build, served, ($group: GroupStep, aggregate) => $group.aggregate(aggregate)),
        edges: {
          type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(edge))),
          description: `Up to ${RECORDS_PER_GROUP} of the records.`,
          plan: ($group: GroupStep) => $group.records().edges(),
        },
        pageInfo: { type: build.getOutputTypeByName('PageInfo'), plan: ($group: GroupStep) => $group.records() },
      }),
    }),
    `GroupByPlugin adds ${name}`,
  );
}

function groupBy(build: GraphileBuild.Build, served: ServedObject) {
  const { GraphQLList, GraphQLNonNull, GraphQLInt } = build.graphql;
  const names = typeNames(served);
  const typed = (name: string) => build.getInputTypeByName(name);
  const args = {
    groupBy: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(typed(names.groupByInput)))) },
    filter: { type: typed(names.filterInput) },
    orderBy: { type: new GraphQLList(typed(names.orderByWithGroupByInput)) },
    orderByForRecords: { type: new GraphQLList(typed(names.orderByInput)) },
    viewId: { type: typed('UUID') },
    limit: { type: GraphQLInt },
    offsetForRecords: { type: GraphQLInt },
  };
  return {
    type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(names.groupByConnection))),
    description: 'Groups of records, what is told of each, and some of its records.',
    args,
    plan: (_$root: unknown, given: FieldArgs) =>
      new GroupsStep(
        build,
        served,
        object(Object.fromEntries(Object.keys(args).map((name) => [name, given.getRaw(name)]))),
        given.getRaw('orderByForRecords'),
      ),
  };
}

/** What the fields of a group ask for, gathered while they are planned; the groups are made when all have asked. */
type Asked = { readonly aggregates: Aggregate[]; hasRecords: boolean };

class GroupsStep extends Step<readonly Group[]> {
  static $$export = { moduleName: 'plinth', exportName: 'GroupsStep' };
  override isSyncAndSafe = false; // it reads the records
  readonly #build: GraphileBuild.Build;
  readonly #served: ServedObject;
  readonly #asked: Asked = { aggregates: [], hasRecords: false };

  constructor(build: GraphileBuild.Build, served: ServedObject, $request: Step, $orderByForRecords: Step) {
    super();
    this.#build = build;
    this.#served = served;
    this.addDependency($request);
    this.addDependency(context());
    this.addDependency($orderByForRecords);
  }

  listItem($group: Step): GroupStep {
    return new GroupStep(this.#build, this.#served, this.#asked, $group, this.getDepOptions(2).step);
  }

  override execute({ indexMap, values: [requests, contexts] }: any) {
    return indexMap((i: number) =>
      contexts
        .at(i)
        .withPgClient(null, (client: any) =>
          findGroups(this.#build, this.#served, this.#asked, requests.at(i), client),
        ),
    );
  }
}

class GroupStep extends Step<Group> {
  static $$export = { moduleName: 'plinth', exportName: 'GroupStep' };
  override isSyncAndSafe = true;
  readonly #build: GraphileBuild.Build;
  readonly #served: ServedObject;
  readonly #asked: Asked;

  constructor(build: GraphileBuild.Build, served: ServedObject, asked: Asked, $group: Step, $orderByForRecords: Step) {
    super();
    this.#build = build;
    this.#served = served;
    this.#asked = asked;
    this.addDependency($group);
    this.addDependency($orderByForRecords);
  }

  aggregate(aggregate: Aggregate): Step {
    const { aggregates } = this.#asked;
    const known = aggregates.findIndex(({ name }) => name === aggregate.name);
    return access(this, ['values', known >= 0 ? known : aggregates.push(aggregate) - 1]);
  }

  /** Those whose ids came with the group, in the order in which they were chosen. */
  records(): Connection {
    return this.cacheStep('records', '', () => {
      this.#asked.hasRecords = true;
      const $select = pgSelect({ resource: this.#served.table, identifiers: [] }) as unknown as PgSelectStep;
      const ids = $select.placeholder(access(this, 'sample'), TYPES.text as any);
      $select.where(sql`${keyIn(this.#served, $select.alias)} = any (${ids}::${keyType(this.#served)}[])`);
      applyOrder(this.#build, this.#served, $select, this.getDepOptions(1).step);
      markSample($select);
      const $records = connection($select as any) as unknown as Connection;
      $records.setFirst(RECORDS_PER_GROUP);
      return $records;
    });
  }

  override execute({ indexMap, values: [groups] }: any) {
    return indexMap((i: number) => groups.at(i));
  }
}
