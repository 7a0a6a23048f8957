/** For whoever is signed in no more, while a page was open: to the sign-in page, and back from there. */

import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';

export function SignInRedirect() {
  const router = useRouter();
  useEffect(() => {
    router.navigate({ to: '/sign-in', search: { to: router.state.location.href } });
  }, [router]);
  return null;
}
