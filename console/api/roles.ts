/** Roles, and what each may do. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

export type RoleName = { id: string; label: string; canBeAssignedToApiKeys: boolean; canBeAssignedToUsers: boolean };

const ROLE_NAMES = /* GraphQL */ `
  query RoleNames {
    getRoles { id label canBeAssignedToApiKeys canBeAssignedToUsers }
  }
`;

export const roleNamesQuery = queryOptions({
  queryKey: ['roles', 'names'],
  queryFn: async ({ signal }) =>
    (await graphql<{ getRoles: RoleName[] }>('/metadata', ROLE_NAMES, {}, { signal })).getRoles,
});
