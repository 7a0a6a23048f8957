/** The query cache. */

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './request.ts';
import { sessionKey } from './session.ts';

// Long enough to go back and forth between pages without a request.
const FRESH_MS = 10_000;

// No session, or no permission: a status in REST, a code in GraphQL.
const REFUSED = new Set<string | number>([401, 403, 'UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN_EXCEPTION']);

/** Loads the session again, because it may have ended elsewhere. The sign-in page follows if it has. */
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
      // A rejected request would be rejected again.
      retry: (failures, error) => error instanceof ApiError && error.code === 'UNREACHABLE' && failures < 2,
    },
  },
});
