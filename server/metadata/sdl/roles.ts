/** Roles and permissions in the schema of the metadata API. Contract: metadata.md 1.1, 1.3. */

/** Parts that we don't have are guarded by some of these: they are kept, and mean nothing here. */
const FLAGS = `API_KEYS_AND_WEBHOOKS DATA_MODEL ROLES SECURITY WORKSPACE WORKSPACE_MEMBERS IMPORT_CSV EXPORT_CSV
    WORKFLOWS ADMIN_PANEL APPLICATIONS MARKETPLACE_APPS LAYOUTS BILLING AI_SETTINGS AI VIEWS UPLOAD_FILE DOWNLOAD_FILE SEND_EMAIL_TOOL
    HTTP_REQUEST_TOOL CODE_INTERPRETER_TOOL CONNECTED_ACCOUNTS IMPERSONATE PROFILE_INFORMATION SSO_BYPASS`;

const ROLE_FLAGS = (required: string) => `
    canUpdateAllSettings: Boolean${required}
    canAccessAllTools: Boolean${required}
    canReadAllObjectRecords: Boolean${required}
    canUpdateAllObjectRecords: Boolean${required}
    canSoftDeleteAllObjectRecords: Boolean${required}
    canDestroyAllObjectRecords: Boolean${required}
    canBeAssignedToUsers: Boolean${required}
    canBeAssignedToApiKeys: Boolean${required}
    canBeAssignedToAgents: Boolean${required}`;

const OBJECT_RIGHTS = `
    canReadObjectRecords: Boolean
    canUpdateObjectRecords: Boolean
    canSoftDeleteObjectRecords: Boolean
    canDestroyObjectRecords: Boolean`;

export const ROLES_SDL = /* GraphQL */ `
  enum PermissionFlagType { ${FLAGS} }

  type Role {
    id: UUID!
    label: String!
    description: String
    icon: String
    isEditable: Boolean!
    ${ROLE_FLAGS('!')}
    "The Postgres role that it is, once something is refused to it: see docs/roles.md"
    databaseRole: String
    apiKeys: [RoleApiKey!]!
    permissionFlags: [PermissionFlag!]!
    objectPermissions: [ObjectPermission!]!
    fieldPermissions: [FieldPermission!]!
    "The records that it is limited to"
    rowRules: [RowRule!]!
    createdAt: DateTime!
    updatedAt: DateTime!
  }
  type RoleApiKey { id: UUID!, name: String!, expiresAt: DateTime, revokedAt: DateTime }
  type PermissionFlag { id: UUID!, roleId: UUID!, flag: PermissionFlagType! }
  "Where one is null, what the role may do with the records of all objects holds"
  type ObjectPermission {
    objectMetadataId: UUID!
    ${OBJECT_RIGHTS}
    "By the ids of fields: { canRead, canUpdate }, where something else holds for them"
    restrictedFields: JSON
    "Those that the object had when this was last set: of a role that doesn't read all objects, it brings no others"
    grantedFields: [UUID!]!
  }
  type FieldPermission {
    id: UUID!
    roleId: UUID!
    objectMetadataId: UUID!
    fieldMetadataId: UUID!
    canReadFieldValue: Boolean
    canUpdateFieldValue: Boolean
  }

  "Of an object, the records that a filter finds and no others; in it, $me is whoever asks"
  type RowRule { objectMetadataId: UUID!, filter: JSON! }

  input CreateRoleInput {
    "Taken, and means nothing: that an id is another workspace's could be told by it"
    id: UUID
    label: String!
    description: String
    icon: String
    ${ROLE_FLAGS('')}
  }
  input UpdateRolePayload {
    label: String
    description: String
    icon: String
    ${ROLE_FLAGS('')}
  }
  input UpdateRoleInput { id: UUID!, update: UpdateRolePayload! }
  "What is left out stays as it is; null is what holds for all objects"
  input ObjectPermissionInput {
    objectMetadataId: UUID!
    ${OBJECT_RIGHTS}
  }
  input UpsertObjectPermissionsInput { roleId: UUID!, objectPermissions: [ObjectPermissionInput!]! }
  "What is left out stays as it is; null is what holds for the record"
  input FieldPermissionInput {
    objectMetadataId: UUID!
    fieldMetadataId: UUID!
    canReadFieldValue: Boolean
    canUpdateFieldValue: Boolean
  }
  input UpsertFieldPermissionsInput { roleId: UUID!, fieldPermissions: [FieldPermissionInput!]! }
  "All that the role has then"
  input UpsertPermissionFlagsInput { roleId: UUID!, permissionFlagKeys: [PermissionFlagType!]! }

  "A filter of the core API, such as { accountOwnerId: { eq: $me } }; null takes the rule away"
  input RowRuleInput { objectMetadataId: UUID!, filter: JSON }
  input UpsertRowRulesInput { roleId: UUID!, rowRules: [RowRuleInput!]! }

  extend type Workspace {
    "What new members may do"
    defaultRole: Role
  }
  extend type Query {
    getRoles: [Role!]!
  }
  extend type Mutation {
    createOneRole(createRoleInput: CreateRoleInput!): Role!
    updateOneRole(updateRoleInput: UpdateRoleInput!): Role!
    deleteOneRole(roleId: UUID!): String!
    upsertObjectPermissions(upsertObjectPermissionsInput: UpsertObjectPermissionsInput!): [ObjectPermission!]!
    upsertFieldPermissions(upsertFieldPermissionsInput: UpsertFieldPermissionsInput!): [FieldPermission!]!
    upsertRowRules(upsertRowRulesInput: UpsertRowRulesInput!): [RowRule!]!
    upsertPermissionFlags(upsertPermissionFlagsInput: UpsertPermissionFlagsInput!): [PermissionFlag!]!
  }
`;
