/** The key that documentation and playground send: in the memory of this page alone, gone when it is reloaded. */

import { useSyncExternalStore } from 'react';

let key: string | null = null;
const listeners = new Set<() => void>();

export function setActiveKey(token: string | null): void {
  key = token;
  for (const listener of listeners) listener();
}

export function useActiveKey(): string | null {
  return useSyncExternalStore(subscribe, () => key);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
