/** The one-time token behind the `#` of a link. No server or log sees it there, and it leaves the address at once. */

import { useState } from 'react';

export function useTokenOfLink(): string | null {
  const [token] = useState(() => location.hash.slice(1) || null);
  if (location.hash) history.replaceState(history.state, '', location.pathname);
  return token;
}
