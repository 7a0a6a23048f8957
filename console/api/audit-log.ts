/** The audit log: who changed what of the workspace. */

import { infiniteQueryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

export type AuditEntry = {
  id: string;
  createdAt: string;
  action: string;
  actorType: 'API_KEY' | 'MEMBER' | 'COMMAND_LINE' | 'SYSTEM';
  actorName: string;
  subjectType: string;
  subjectName: string | null;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  detail: unknown;
};

const AUDIT_LOGS = /* GraphQL */ `
  query AuditLogs($paging: CursorPaging!, $filter: AuditLogFilter!) {
    auditLogs(paging: $paging, filter: $filter) {
      edges { node { id createdAt action actorType actorName subjectType subjectName ip userAgent requestId detail } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

type Page = { edges: { node: AuditEntry }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

const PAGE_SIZE = 50;

export const auditLogQuery = (subjectType: string | null) =>
  infiniteQueryOptions({
    queryKey: ['audit', subjectType],
    queryFn: async ({ pageParam, signal }) => {
      const paging = { first: PAGE_SIZE, ...(pageParam && { after: pageParam }) };
      const variables = { paging, filter: subjectType ? { subjectType } : {} };
      return (await graphql<{ auditLogs: Page }>('/metadata', AUDIT_LOGS, variables, { signal })).auditLogs;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
  });
