/** The one-time token in the fragment of a link. Servers and logs don't see it, and it is removed from the address. */

import { useEffect } from 'react';

// Not in React state: removing the fragment remounts the page.
let token: string | null = null;

export function useLinkToken(): string | null {
  if (location.hash.length > 1) token = location.hash.slice(1);
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, '', location.pathname);
  });
  return token;
}
