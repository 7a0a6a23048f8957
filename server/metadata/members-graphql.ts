/** People in the GraphQL metadata API: how each field of `members-sdl.ts` is resolved. */

import {
  allInvitations,
  allMembers,
  changeMemberRole,
  currentUser,
  dismissMember,
  invite,
  leaveWorkspace,
  type MemberView,
  makeOwnWorkspace,
  ownMember,
  ownWorkspaces,
  resendInvitation,
  revokeInvitation,
} from './members.ts';
import type { Asker } from './model-changes.ts';

type Role = { readonly workspaceMemberId: string; readonly roleId: string };
type Invited = { readonly input: { readonly email?: string | null; readonly roleId?: string | null } };
type Current = Awaited<ReturnType<typeof currentUser>>;

export const memberQueries = {
  currentUser: (_: unknown, _arguments: unknown, asker: Asker) => currentUser(asker),
  workspaceMembers: (_: unknown, _arguments: unknown, asker: Asker) => allMembers(asker),
  invitations: (_: unknown, _arguments: unknown, asker: Asker) => allInvitations(asker),
};

export const memberMutations = {
  updateWorkspaceMemberRole: (_: unknown, { workspaceMemberId, roleId }: Role, asker: Asker) =>
    changeMemberRole(asker, workspaceMemberId, roleId),
  removeWorkspaceMember: (_: unknown, { workspaceMemberId }: Role, asker: Asker) =>
    dismissMember(asker, workspaceMemberId),
  createWorkspace: (_: unknown, given: { name: string; displayName?: string | null }, asker: Asker) =>
    makeOwnWorkspace(asker, given),
  leaveWorkspace: (_: unknown, _arguments: unknown, asker: Asker) => leaveWorkspace(asker),
  createInvitation: (_: unknown, { input }: Invited, asker: Asker) => invite(asker, input),
  resendInvitation: (_: unknown, { id }: { id: string }, asker: Asker) => resendInvitation(asker, id),
  revokeInvitation: async (_: unknown, { id }: { id: string }, asker: Asker) => {
    await revokeInvitation(asker, id);
    return true;
  },
};

export const userFields = {
  workspaceMember: ({ memberId }: Current, _arguments: unknown, asker: Asker) => ownMember(asker, memberId),
  workspaces: ({ id }: Current, _arguments: unknown, asker: Asker) => ownWorkspaces(asker, id),
};

/** Of all roles of a request together, as it has one asker. */
const membersAsked = new WeakMap<Asker, Promise<MemberView[]>>();

export const roleFields = {
  workspaceMembers: async ({ id }: { readonly id: string }, _arguments: unknown, asker: Asker) => {
    const members = membersAsked.get(asker) ?? allMembers(asker);
    membersAsked.set(asker, members);
    return (await members).filter(({ role }) => role.id === id);
  },
};
