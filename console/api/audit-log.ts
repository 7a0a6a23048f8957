/** The audit log: who changed which part of the workspace. */

import { infiniteQueryOptions } from '@tanstack/react-query';
import { type Connection, CURSOR_PAGES, pagingInput } from './connection.ts';
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

const PAGE_SIZE = 50;

export const auditLogQuery = (subjectType: string | null) =>
  infiniteQueryOptions({
    queryKey: ['audit', subjectType],
    queryFn: async ({ pageParam, signal }) => {
      const variables = { paging: pagingInput(PAGE_SIZE, pageParam), filter: subjectType ? { subjectType } : {} };
      return (await graphql<{ auditLogs: Connection<AuditEntry> }>('/metadata', AUDIT_LOGS, variables, { signal }))
        .auditLogs;
    },
    ...CURSOR_PAGES,
  });
