/** The settings of the workspace. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

export type Workspace = {
  id: string;
  displayName: string | null;
  logo: string | null;
  subdomain: string;
  databaseSchema: string;
  isPublicInviteLinkEnabled: boolean;
  isPasswordAuthEnabled: boolean;
  workspaceMembersCount: number | null;
  createdAt: string;
  defaultRole: { id: string; label: string } | null;
};
export type WorkspaceUpdate = Partial<
  Pick<Workspace, 'displayName' | 'logo' | 'subdomain' | 'isPublicInviteLinkEnabled' | 'isPasswordAuthEnabled'>
> & { defaultRoleId?: string };

const WORKSPACE = /* GraphQL */ `
  query Workspace {
    currentWorkspace {
      id displayName logo subdomain databaseSchema isPublicInviteLinkEnabled isPasswordAuthEnabled
      workspaceMembersCount createdAt
      defaultRole { id label }
    }
  }
`;
const UPDATE_WORKSPACE = /* GraphQL */ `
  mutation UpdateWorkspace($data: UpdateWorkspaceInput!) {
    updateWorkspace(data: $data) { id }
  }
`;

export const workspaceQuery = queryOptions({
  queryKey: ['workspace'],
  queryFn: async ({ signal }) =>
    (await graphql<{ currentWorkspace: Workspace }>('/metadata', WORKSPACE, {}, { signal })).currentWorkspace,
});

export const updateWorkspace = (data: WorkspaceUpdate) => graphql('/metadata', UPDATE_WORKSPACE, { data });
