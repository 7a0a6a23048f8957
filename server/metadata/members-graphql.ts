/** People in the GraphQL metadata API: how each field of `members-sdl.ts` is resolved. */

import type { RequestContext } from '../access/request-context.ts';
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

type Role = { readonly workspaceMemberId: string; readonly roleId: string };
type Invited = { readonly input: { readonly email?: string | null; readonly roleId?: string | null } };
type Current = Awaited<ReturnType<typeof currentUser>>;

export const memberQueries = {
  currentUser: (_: unknown, _arguments: unknown, asker: RequestContext) => currentUser(asker),
  workspaceMembers: (_: unknown, _arguments: unknown, asker: RequestContext) => allMembers(asker),
  invitations: (_: unknown, _arguments: unknown, asker: RequestContext) => allInvitations(asker),
};

export const memberMutations = {
  updateWorkspaceMemberRole: (_: unknown, { workspaceMemberId, roleId }: Role, asker: RequestContext) =>
    changeMemberRole(asker, workspaceMemberId, roleId),
  removeWorkspaceMember: (_: unknown, { workspaceMemberId }: Role, asker: RequestContext) =>
    dismissMember(asker, workspaceMemberId),
  createWorkspace: (_: unknown, given: { name: string; displayName?: string | null }, asker: RequestContext) =>
    makeOwnWorkspace(asker, given),
  leaveWorkspace: (_: unknown, _arguments: unknown, asker: RequestContext) => leaveWorkspace(asker),
  createInvitation: (_: unknown, { input }: Invited, asker: RequestContext) => invite(asker, input),
  resendInvitation: (_: unknown, { id }: { id: string }, asker: RequestContext) => resendInvitation(asker, id),
  revokeInvitation: async (_: unknown, { id }: { id: string }, asker: RequestContext) => {
    await revokeInvitation(asker, id);
    return true;
  },
};

export const userFields = {
  workspaceMember: ({ memberId }: Current, _arguments: unknown, asker: RequestContext) => ownMember(asker, memberId),
  workspaces: ({ id }: Current, _arguments: unknown, asker: RequestContext) => ownWorkspaces(asker, id),
};

/** Of all roles of a request together, as it has one asker. */
const membersAsked = new WeakMap<RequestContext, Promise<MemberView[]>>();

export const roleFields = {
  workspaceMembers: async ({ id }: { readonly id: string }, _arguments: unknown, asker: RequestContext) => {
    const members = membersAsked.get(asker) ?? allMembers(asker);
    membersAsked.set(asker, members);
    return (await members).filter(({ role }) => role.id === id);
  },
};
