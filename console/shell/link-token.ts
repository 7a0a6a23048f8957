/** The one-time token behind the `#` of a link. No server or log sees it there, and it leaves the address at once. */

import { useEffect } from 'react';

// Not a state: the page is shown anew when its address changes.
let token: string | null = null;

export function useLinkToken(): string | null {
  if (location.hash.length > 1) token = location.hash.slice(1);
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, '', location.pathname);
  });
  return token;
}
