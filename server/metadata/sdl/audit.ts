/** The part of the metadata API that shows the audit log, as SDL. docs/security.md */

export const AUDIT_SDL = /* GraphQL */ `
  enum AuditActorType { API_KEY MEMBER COMMAND_LINE SYSTEM }

  "Somebody changed something of the workspace beside its records"
  type AuditLog {
    id: UUID!
    createdAt: DateTime!
    "The type of what was changed and what was done to it, as api_key.revoked"
    action: String!
    actorType: AuditActorType!
    "Of the key, or of the member"
    actorId: UUID
    "As it was then"
    actorName: String!
    subjectType: String!
    subjectId: String
    "As it was then"
    subjectName: String
    ip: String
    userAgent: String
    "Names the request in the log of the server"
    requestId: UUID
    "What changed"
    detail: JSON
  }
  type AuditLogEdge { cursor: ConnectionCursor!, node: AuditLog! }
  type AuditLogConnection { edges: [AuditLogEdge!]!, pageInfo: PageInfo!, totalCount: Int! }

  input AuditLogFilter {
    action: String
    subjectType: String
    subjectId: String
    actorId: UUID
    "The first moment that counts"
    from: DateTime
    "The first moment that doesn't count any more"
    to: DateTime
  }

  extend type Query {
    "Newest first; takes a role with the permission SECURITY"
    auditLogs(paging: CursorPaging! = {}, filter: AuditLogFilter! = {}): AuditLogConnection!
  }
`;
