/**
 * Adds the connection types and what paging needs:
 *
 *   type CompanyConnection { edges: [CompanyEdge!], pageInfo: PageInfo }        (and what aggregates.ts adds)
 *   type CompanyEdge { node: Company, cursor: ConnectionCursor }
 *   type PageInfo { hasNextPage, hasPreviousPage: Boolean, startCursor, endCursor: ConnectionCursor }
 *
 * Contract: core.md 2.3, 2.4, 2.11.
 */

import type { ServedObject } from '../../catalog/served.ts';
import type { Selected } from '../answers/selection.ts';
import type { Page } from './pages.ts';
import type { RecordRow } from './record-types.ts';
import { typeNames } from './served-objects.ts';

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
          hasNextPage: { type: GraphQLBoolean, extensions: { answer: (page: PageEnds) => page.hasNextPage() } },
          hasPreviousPage: { type: GraphQLBoolean, extensions: { answer: (page: PageEnds) => page.hasPreviousPage() } },
          startCursor: { type: cursor, extensions: { answer: (page: PageEnds) => page.startCursor() } },
          endCursor: { type: cursor, extensions: { answer: (page: PageEnds) => page.endCursor() } },
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

/** What a page info is answered from. */
type PageEnds = Pick<Page, 'hasNextPage' | 'hasPreviousPage' | 'startCursor' | 'endCursor'>;

/** What an edge is answered from. */
type Edge = { readonly page: Pick<Page, 'cursor'>; readonly record: RecordRow };

function registerEdge(build: GraphileBuild.Build, served: ServedObject): void {
  const { edge, record } = typeNames(served);
  build.registerObjectType(
    edge,
    {},
    () => ({
      extensions: { plinth: 'edge' },
      fields: () => ({
        node: {
          type: build.getOutputTypeByName(record),
          extensions: { answer: ({ record: row }: Edge, selected: Selected) => selected.object(row) },
        },
        cursor: {
          type: build.getOutputTypeByName('ConnectionCursor'),
          extensions: { answer: ({ page }: Edge) => [page.cursor()] },
        },
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
          extensions: { answer: (page: Page, selected: Selected) => page.edges(selected) },
        },
        pageInfo: {
          type: build.getOutputTypeByName('PageInfo'),
          extensions: { answer: (page: Page, selected: Selected) => selected.object(page) },
        },
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
