/** The session: the signed-in user and their workspaces. */

import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { rest } from './request.ts';
import { selectedWorkspace, selectWorkspace } from './selected-workspace.ts';

export type Membership = {
  id: string;
  name: string;
  displayName: string | null;
  role: { id: string; label: string };
  memberId: string;
};
type Session = {
  isSetUp: boolean;
  user: { id: string; name: string; email: string } | null;
  workspaces: Membership[];
};

export const sessionKey = ['session'];

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: async () => {
    const session = await rest<Session>('GET', '/auth/context');
    const names = session.workspaces.map(({ name }) => name);
    if (!names.includes(selectedWorkspace() ?? '')) selectWorkspace(names[0] ?? null);
    return session;
  },
  staleTime: 60_000,
});

export const signIn = (credentials: { email: string; password: string }) =>
  rest('POST', '/auth/sign-in/email', credentials);
export const signOut = () => rest('POST', '/auth/sign-out', {});

/** What a one-time link is for. */
export type Link =
  | { kind: 'set-up'; workspaces: string[] }
  | { kind: 'invitation' | 'public'; workspace: string; email: string | null; isNewPerson: boolean };

export const linkQuery = (token: string) =>
  queryOptions({ queryKey: ['link', token], queryFn: () => rest<Link>('POST', '/auth/link', { token }), gcTime: 0 });

export const setUp = (first: { token: string; name: string; email: string; password: string; workspace?: string }) =>
  rest('POST', '/auth/set-up', first);
export const acceptInvitation = (acceptance: { token: string; name?: string; email?: string; password?: string }) =>
  rest('POST', '/auth/accept-invitation', acceptance);

/** The selected workspace; null for a person who is in none. */
export function useWorkspace(): Membership | null {
  const { data } = useSuspenseQuery(sessionQuery);
  return data.workspaces.find(({ name }) => name === selectedWorkspace()) ?? null;
}
