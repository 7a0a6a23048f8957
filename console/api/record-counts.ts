/** The number of records of each object. */

import { queryOptions } from '@tanstack/react-query';
import { graphql, MAX_ROOT_FIELDS } from './request.ts';

/** The counts by plural name; null for objects that the role can't read. */
export const recordCountsQuery = (plurals: readonly string[]) =>
  queryOptions({
    queryKey: ['counts', plurals],
    queryFn: async ({ signal }) => {
      const requests: Promise<Record<string, { totalCount: number } | null>>[] = [];
      for (let from = 0; from < plurals.length; from += MAX_ROOT_FIELDS) {
        const asked = plurals.slice(from, from + MAX_ROOT_FIELDS);
        const query = `{ ${asked.map((name) => `${name}(first: 1) { totalCount }`).join(' ')} }`;
        requests.push(graphql('/graphql', query, {}, { signal }));
      }
      const answers = Object.assign({}, ...(await Promise.all(requests)));
      return Object.fromEntries(
        Object.entries<{ totalCount: number } | null>(answers).map(([name, page]) => [name, page?.totalCount ?? null]),
      );
    },
  });
