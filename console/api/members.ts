/** Members and invitations. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

export type Member = {
  id: string;
  name: { firstName: string; lastName: string };
  userEmail: string;
  role: { id: string; label: string };
  createdAt: string;
};
export type Invitation = {
  id: string;
  email: string | null;
  role: { id: string; label: string };
  expiresAt: string;
};

const MEMBERS = /* GraphQL */ `
  query Members {
    workspaceMembers { id name { firstName lastName } userEmail role { id label } createdAt }
    invitations { id email role { id label } expiresAt }
  }
`;
const INVITE = /* GraphQL */ `
  mutation CreateInvitation($input: CreateInvitationInput!) {
    createInvitation(input: $input) { link }
  }
`;
const RENEW_INVITATION = /* GraphQL */ `
  mutation ResendInvitation($id: UUID!) {
    resendInvitation(id: $id) { link }
  }
`;
const REVOKE_INVITATION = /* GraphQL */ `
  mutation RevokeInvitation($id: UUID!) {
    revokeInvitation(id: $id)
  }
`;
const CHANGE_ROLE = /* GraphQL */ `
  mutation UpdateWorkspaceMemberRole($workspaceMemberId: UUID!, $roleId: UUID!) {
    updateWorkspaceMemberRole(workspaceMemberId: $workspaceMemberId, roleId: $roleId) { id }
  }
`;
const REMOVE = /* GraphQL */ `
  mutation RemoveWorkspaceMember($workspaceMemberId: UUID!) {
    removeWorkspaceMember(workspaceMemberId: $workspaceMemberId) { id }
  }
`;

export const membersQuery = queryOptions({
  queryKey: ['members'],
  queryFn: ({ signal }) =>
    graphql<{ workspaceMembers: Member[]; invitations: Invitation[] }>('/metadata', MEMBERS, {}, { signal }),
});

/** @param email null for a public link @returns the link, which no later request returns */
export async function invite(email: string | null, roleId: string): Promise<string> {
  const { createInvitation } = await graphql<{ createInvitation: { link: string } }>('/metadata', INVITE, {
    input: { email, roleId },
  });
  return createInvitation.link;
}

/** Disables the current link. @returns the new link */
export async function renewInvitation(id: string): Promise<string> {
  const { resendInvitation } = await graphql<{ resendInvitation: { link: string } }>('/metadata', RENEW_INVITATION, {
    id,
  });
  return resendInvitation.link;
}

export const revokeInvitation = (id: string) => graphql('/metadata', REVOKE_INVITATION, { id });
export const changeRole = (workspaceMemberId: string, roleId: string) =>
  graphql('/metadata', CHANGE_ROLE, { workspaceMemberId, roleId });
export const removeMember = (workspaceMemberId: string) => graphql('/metadata', REMOVE, { workspaceMemberId });
