/** Which of their workspaces a person works in; kept by the browser, for it is no secret. */

const STORED = 'plinth:workspace';

export function selectedWorkspace(): string | null {
  return localStorage.getItem(STORED);
}

export function selectWorkspace(name: string | null): void {
  if (name === null) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, name);
}
