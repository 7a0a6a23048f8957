/** Gives an input the keyboard when it appears, for what was pressed to get there. */

import { useEffect, useRef } from 'react';

export function useInitialFocus<Element extends HTMLElement>(isWanted: boolean) {
  const ref = useRef<Element>(null);
  useEffect(() => {
    if (isWanted) ref.current?.focus();
  }, [isWanted]);
  return ref;
}
