/** Does what lets somebody in, and goes on to the console. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { sessionKey } from '../api/session.ts';

export function useEntering<Given>(enter: (given: Given) => Promise<unknown>, to = '/') {
  const router = useRouter();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: enter,
    async onSuccess() {
      await queryClient.refetchQueries({ queryKey: sessionKey, type: 'all' });
      router.history.push(to);
    },
  });
}
