/** Signs out, and forgets all that was shown. */

import { useNavigate } from '@tanstack/react-router';
import { queryClient } from '../api/query-client.ts';
import { signOut } from '../api/session.ts';
import { chooseWorkspace } from '../api/workspace-choice.ts';

export function useLeave(): () => Promise<void> {
  const navigate = useNavigate();
  return async () => {
    await signOut();
    chooseWorkspace(null);
    queryClient.clear();
    await navigate({ to: '/sign-in' });
  };
}
