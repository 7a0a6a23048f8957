/**
 * Adds to Query, for each object:
 *
 *   companiesGroupBy(groupBy, filter, orderBy, orderByForRecords, viewId, limit, offsetForRecords): [CompanyGroupByConnection!]
 *
 *   type CompanyGroupByConnection { groupByDimensionValues: JSON, totalCount: Int, …aggregates, edges: [CompanyEdge!], pageInfo: PageInfo }
 *
 * `groups.ts` makes the groups; their records are read beside them. Contract: core.md 2.3, 2.13.
 */

import { type SQL, sql } from '../../../db/sql.ts';
import type { ServedObject } from '../../catalog/served.ts';
import type { Aggregate } from '../../model/aggregates.ts';
import { type Json, textOf } from '../answers/json.ts';
import type { RootAnswer } from '../answers/roots.ts';
import type { Selected } from '../answers/selection.ts';
import { type GroupsRequest, groupsSql, RECORDS_PER_GROUP } from '../groups.ts';
import { keyIn } from '../keys.ts';
import { aggregateFields } from './aggregates.ts';
import type { FieldConfig } from './field-config.ts';
import { orderKeys } from './orders.ts';
import { Page } from './pages.ts';
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
            .map((served): [string, FieldConfig] => [`${served.object.namePlural}GroupBy`, groupBy(build, served)])
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
      extensions: { plinth: 'group' },
      description: 'Records that have the same values in the fields that they are grouped by.',
      fields: () => ({
        groupByDimensionValues: {
          type: build.getOutputTypeByName('JSON'),
          description: 'One value for each element of groupBy, in their order.',
          extensions: { answer: (group: Group) => group.dimensions() },
        },
        ...aggregateFields(build, served, (group: Group, aggregate) => group.aggregate(aggregate)),
        edges: {
          type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(edge))),
          description: `Up to ${RECORDS_PER_GROUP} of the records.`,
          extensions: { answer: (group: Group, selected: Selected) => group.edges(selected) },
        },
        pageInfo: {
          type: build.getOutputTypeByName('PageInfo'),
          extensions: { answer: (group: Group, selected: Selected) => group.pageInfo(selected) },
        },
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
  const root: RootAnswer = { select: (selected) => new Group(build, served, selected).select() };
  return {
    type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(names.groupByConnection))),
    description: 'Groups of records, what is told of each, and some of its records.',
    args,
    extensions: { root },
  };
}

/** The groups of a request: what their fields ask for is gathered while they are compiled. */
class Group {
  readonly #build: GraphileBuild.Build;
  readonly #served: ServedObject;
  readonly #selected: Selected;
  readonly #alias: SQL;
  readonly #aggregates: Aggregate[] = [];
  #page: Page | undefined;

  constructor(build: GraphileBuild.Build, served: ServedObject, selected: Selected) {
    this.#build = build;
    this.#served = served;
    this.#selected = selected;
    this.#alias = selected.scope.draft.alias('group');
  }

  select(): SQL {
    const body = this.#selected.object(this);
    const each = textOf(this.#page?.over(body) ?? body);
    const groups = this.#selected.scope.draft.hole((filling) => {
      const asked = { aggregates: this.#aggregates, hasRecords: this.#page !== undefined };
      return groupsSql(this.#build, this.#served, asked, this.#selected.args(filling) as GroupsRequest);
    });
    return sql`(select concat('[', string_agg(${each}, ','), ']') from (${groups}) as ${this.#alias})`;
  }

  dimensions(): Json {
    return [sql`${this.#alias}.dimensions`];
  }

  aggregate(aggregate: Aggregate): SQL {
    const known = this.#aggregates.findIndex(({ name }) => name === aggregate.name);
    const place = known >= 0 ? known : this.#aggregates.push(aggregate) - 1;
    return sql`${this.#alias}.${sql.identifier(`value ${place}`)}`;
  }

  edges(selected: Selected): Json {
    return this.#records().edges(selected);
  }

  pageInfo(selected: Selected): Json {
    return selected.object(this.#records());
  }

  /** Those whose ids came with the group, in the order in which they were chosen. */
  #records(): Page {
    if (this.#page) return this.#page;
    const [build, served, alias] = [this.#build, this.#served, this.#alias];
    const window = this.#selected.scope.draft.slot((filling) => ({
      size: RECORDS_PER_GROUP,
      offset: null,
      isBackward: false,
      isPast: false,
      keys: orderKeys(build, served, this.#selected.args(filling).orderByForRecords),
      begins: () => null,
    }));
    this.#page = new Page(build, served, this.#selected, window, {
      where: (record) => sql`${keyIn(served, record)} = any (${alias}.sample)`,
      isFiltered: true,
      isSample: true,
    });
    return this.#page;
  }
}
