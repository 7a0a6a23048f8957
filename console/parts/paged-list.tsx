/** A list that is loaded page by page. */

import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Connection, nodesOf } from '../api/connection.ts';

type PagedListProps<Node> = {
  /** The result of `useSuspenseInfiniteQuery`. */
  query: {
    data: { pages: readonly Connection<Node>[] };
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
  };
  /** Shown instead of an empty list. */
  empty: ReactNode;
  /** A list item. */
  children: (node: Node) => ReactNode;
};

export function PagedList<Node>({ query, empty, children }: PagedListProps<Node>) {
  const { t } = useTranslation();
  const nodes = nodesOf(query.data.pages);
  return (
    <div className="card-plain">
      {nodes.length === 0 ? empty : <ul className="rows">{nodes.map(children)}</ul>}
      {query.hasNextPage && (
        <Button variant="subtle" m="xs" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}
