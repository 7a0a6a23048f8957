/**
 * Adds the connection types and what paging needs:
 *
 *   type CompanyConnection { edges: [CompanyEdge!], pageInfo: PageInfo }        (and what aggregates.ts adds)
 *   type CompanyEdge { node: Company, cursor: ConnectionCursor }
 *   type PageInfo { hasNextPage, hasPreviousPage: Boolean, startCursor, endCursor: ConnectionCursor }
 *
 * Contract: core.md 2.3, 2.4, 2.11.
 */

import type { PgSelectStep } from 'postgraphile/@dataplan/pg';
import { access, ConnectionStep, constant, context, type FieldArgs, lambda, type Step } from 'postgraphile/grafast';
import type { ServedObject } from '../../catalog/to-model.ts';
import { refuse } from '../../errors.ts';
import { applyFilter } from './filters.ts';
import { applyOrder, type Page } from './paging.ts';
import { typeNames } from './served-objects.ts';

export const DEFAULT_PAGE = 60;
export const MAX_PAGE = 200;

export const ConnectionsPlugin: GraphileConfig.Plugin = {
  name: 'ConnectionsPlugin',
  version: '1.0.0',
  description: 'Adds connections, edges and page infos',
  schema: {
    hooks: {
      init(_, build) {
        registerPageInfo(build);
        for (const served of build.servedObjects) {
          registerEdge(build, served);
          registerConnection(build, served);
        }
        return _;
      },
    },
  },
};

function registerPageInfo(build: GraphileBuild.Build): void {
  const { GraphQLBoolean } = build.graphql;
  build.registerObjectType(
    'PageInfo',
    {},
    () => ({
      description: 'Where a page stands in its connection.',
      fields: () => {
        const cursor = build.getOutputTypeByName('ConnectionCursor');
        return {
          hasNextPage: { type: GraphQLBoolean, plan: ($connection: Connection) => hasMore($connection, 'hasNextPage') },
          hasPreviousPage: {
            type: GraphQLBoolean,
            plan: ($connection: Connection) => hasMore($connection, 'hasPreviousPage'),
          },
          startCursor: { type: cursor, plan: ($connection: Connection) => $connection.pageInfo().get('startCursor') },
          endCursor: { type: cursor, plan: ($connection: Connection) => $connection.pageInfo().get('endCursor') },
        };
      },
    }),
    'ConnectionsPlugin adds PageInfo',
  );
}

declare global {
  namespace GraphileBuild {
    interface ScopeObject {
      /** Set on connections. */
      connectionOf?: ServedObject;
    }
  }
}

export type Connection = ConnectionStep<any, any, any, any, any>;

function hasMore($connection: Connection, key: 'hasNextPage' | 'hasPreviousPage'): Step<boolean> {
  $connection.setNeedsHasMore();
  return access<boolean>($connection, key);
}

function registerEdge(build: GraphileBuild.Build, served: ServedObject): void {
  const { edge, record } = typeNames(served);
  build.registerObjectType(
    edge,
    {},
    () => ({
      extensions: { plinth: 'edge' },
      fields: () => ({
        node: { type: build.getOutputTypeByName(record), plan: ($edge: any) => $edge.node() },
        cursor: { type: build.getOutputTypeByName('ConnectionCursor'), plan: ($edge: any) => $edge.cursor() },
      }),
    }),
    `ConnectionsPlugin adds ${edge}`,
  );
}

function registerConnection(build: GraphileBuild.Build, served: ServedObject): void {
  const { GraphQLList, GraphQLNonNull } = build.graphql;
  const { connection: name, edge } = typeNames(served);
  build.registerObjectType(
    name,
    { connectionOf: served },
    () => ({
      extensions: { plinth: 'connection' },
      fields: () => ({
        edges: {
          type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(edge))),
          plan: ($connection: Connection) => $connection.edges(),
        },
        pageInfo: { type: build.getOutputTypeByName('PageInfo'), plan: ($connection: Connection) => $connection },
      }),
    }),
    `ConnectionsPlugin adds ${name}`,
  );
}

/** Arguments of find many and of nested connections. Contract: core.md 2.3. */
export function connectionArgs(build: GraphileBuild.Build, served: ServedObject) {
  const { GraphQLInt, GraphQLString, GraphQLList } = build.graphql;
  const { filterInput, orderByInput } = typeNames(served);
  return {
    first: { type: GraphQLInt },
    last: { type: GraphQLInt },
    offset: { type: GraphQLInt },
    before: { type: GraphQLString },
    after: { type: GraphQLString },
    filter: { type: build.getInputTypeByName(filterInput) },
    orderBy: { type: new GraphQLList(build.getInputTypeByName(orderByInput)) },
  };
}

/**
 * The page of `$select` that the arguments ask for: filtered, ordered, at most `maxPage` records of the context.
 * @param isOfAll does `$select` begin with all records of the object, not with those of a relation?
 * @param defaultSize of the page, where the arguments say none
 */
export function planConnection(
  build: GraphileBuild.Build,
  served: ServedObject,
  $select: PgSelectStep,
  args: FieldArgs,
  { isOfAll = false, defaultSize = DEFAULT_PAGE } = {},
): PagedConnection {
  const given = ['first', 'last', 'offset', 'before', 'after'].map((name) => args.getRaw(name));
  const $page = lambda(
    [...given, constant(defaultSize), access(context(), 'maxPage')],
    pageOf as any,
    true,
  ) as Step<Page>;
  const $filter = args.getRaw('filter');
  applyFilter(build, served, $select, $filter);
  applyOrder(build, served, $select, args.getRaw('orderBy'), $page, isOfAll ? $filter : null);
  return new PagedConnection($select, $page);
}

type Result = { readonly items: readonly unknown[]; readonly hasNextPage: boolean };

/**
 * A connection that pages. The select walks away from the cursor, whichever way that is; here its rows are put in forward
 * order, and it is said whether there are more. Contract: core.md 2.11.
 */
class PagedConnection extends ConnectionStep<any, any, any, any, any> {
  static override $$export = { moduleName: 'plinth', exportName: 'PagedConnection' };
  readonly #page: number;

  constructor($select: PgSelectStep, $page: Step<Page>) {
    super($select as any);
    this.#page = this.addUnaryDependency($page);
    // Of none it is asked whether there is one.
    this.setFirst(lambda($page, ({ size }) => Math.max(size, 1), true) as Step<number>);
    this.setOffset(access<number>($page, 'offset'));
  }

  override execute(details: any): any {
    const results = super.execute(details) as readonly Result[];
    const { size, cursor, isBackward }: Page = details.values[this.#page].unaryValue();
    return results.map((result) => {
      const items = size === 0 ? [] : result.items;
      const isMore = size === 0 ? result.items.length > 0 : result.hasNextPage;
      const isPast = cursor !== null;
      return isBackward
        ? { ...result, items: items.toReversed(), hasNextPage: isPast, hasPreviousPage: isMore }
        : { ...result, items, hasNextPage: isMore, hasPreviousPage: isPast };
    });
  }
}

type Argument<Value> = Value | null | undefined;

/** @throws PlinthError ARGS_CONFLICT, INVALID_ARGS_FIRST, INVALID_ARGS_LAST. Contract: core.md 2.11. */
function pageOf([first, last, offset, before, after, defaultSize, maxPage]: [
  Argument<number>,
  Argument<number>,
  Argument<number>,
  Argument<string>,
  Argument<string>,
  number,
  number,
]): Page {
  if (first != null && last != null) throw refuse('ARGS_CONFLICT', 'first and last cannot be given together');
  if (before && after) throw refuse('ARGS_CONFLICT', 'before and after cannot be given together');
  if (before && first != null) throw refuse('ARGS_CONFLICT', 'before goes with last, not with first');
  if (after && last != null) throw refuse('ARGS_CONFLICT', 'after goes with first, not with last');
  if (first != null && first < 0) throw refuse('INVALID_ARGS_FIRST');
  if (last != null && last < 0) throw refuse('INVALID_ARGS_LAST');
  if (offset != null && offset < 0) throw refuse('INVALID_QUERY_INPUT', 'offset must not be negative');
  return {
    size: Math.min(first ?? last ?? defaultSize, maxPage),
    offset: offset ?? null,
    cursor: after || before || null, // an empty one is none
    isBackward: last != null || Boolean(before),
  };
}
