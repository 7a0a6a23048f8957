/** The workspace that the person works in. Its name is no secret, so it is kept in `localStorage`. */

const STORED = 'plinth:workspace';

export function selectedWorkspace(): string | null {
  return localStorage.getItem(STORED);
}

export function selectWorkspace(name: string | null): void {
  if (name === null) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, name);
}
