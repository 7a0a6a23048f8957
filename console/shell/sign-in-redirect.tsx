/** Redirects to the sign-in page when the session has ended, and back after sign-in. */

import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';

export function SignInRedirect() {
  const router = useRouter();
  useEffect(() => {
    router.navigate({ to: '/sign-in', search: { to: router.state.location.href } });
  }, [router]);
  return null;
}
