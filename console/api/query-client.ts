/** What was asked once and how long it holds. */

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './request.ts';
import { sessionKey } from './session.ts';

// Long enough that going back and forth between pages asks nothing again.
const FRESH_MS = 10_000;

// REST says it by status, GraphQL by code: no session, or one that may not do this.
const REFUSED = new Set<string | number>([401, 403, 'UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN_EXCEPTION']);

/** A session that ended elsewhere is asked for again, which leads to the sign-in page. */
function onError(error: Error): void {
  if (error instanceof ApiError && REFUSED.has(error.status === 200 ? error.code : error.status))
    queryClient.invalidateQueries({ queryKey: sessionKey });
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // What was refused will be refused again.
      retry: (failures, error) => error instanceof ApiError && error.code === 'UNREACHABLE' && failures < 2,
    },
  },
});
