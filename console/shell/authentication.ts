/** A mutation that signs a person in, and then opens the console. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { sessionKey } from '../api/session.ts';

export function useAuthentication<Given>(enter: (given: Given) => Promise<unknown>, to = '/') {
  const router = useRouter();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: enter,
    async onSuccess() {
      // Cached data belongs to another person, or to nobody.
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
      await queryClient.refetchQueries({ queryKey: sessionKey, type: 'all' });
      router.history.push(to);
    },
  });
}
