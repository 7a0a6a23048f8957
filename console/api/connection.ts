/** Cursor pagination of the GraphQL APIs. */

export type Connection<Node> = {
  edges: { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
};

/** Options for `infiniteQueryOptions` whose pages are connections. */
export const CURSOR_PAGES = {
  initialPageParam: null as string | null,
  getNextPageParam: ({ pageInfo }: Connection<unknown>) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
};

export const pagingInput = (first: number, after: string | null) => ({ first, ...(after && { after }) });

export const nodesOf = <Node>(pages: readonly Connection<Node>[]): Node[] =>
  pages.flatMap(({ edges }) => edges.map(({ node }) => node));
