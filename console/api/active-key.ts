/** The API key that the documentation and the playground send. It is kept in memory, and a reload forgets it. */

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
