/** Signs out and clears all cached data. */

import { useNavigate } from '@tanstack/react-router';
import { queryClient } from '../api/query-client.ts';
import { selectWorkspace } from '../api/selected-workspace.ts';
import { signOut } from '../api/session.ts';

export function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  return async () => {
    await signOut();
    selectWorkspace(null);
    queryClient.clear();
    await navigate({ to: '/sign-in' });
  };
}
