/** JSON schemas of what the metadata REST API answers. Contract: metadata.md 1.3, 3. */

import { FIELD_TYPE_NAMES, MORPH_RELATION } from '../server/model/field-types/index.ts';
import { reference, type Schema } from './components.ts';

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const uuid = { type: 'string', format: 'uuid' };
const uuidOrNull = { type: ['string', 'null'], format: 'uuid' };
const flag = { type: 'boolean' };
const time = { type: 'string', format: 'date-time' };
const timeOrNull = { type: ['string', 'null'], format: 'date-time' };
const origin = { enum: ['standard', 'custom', 'database'] };
const list = (items: Schema) => ({ type: 'array', items });
const orNull = (schema: Schema) => ({ anyOf: [schema, { type: 'null' }] });

/** An object that has all of these, always. */
function whole(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

const TIMES = { createdAt: time, updatedAt: time };
const OVERRIDES = orNull({
  type: 'object',
  description: 'What was changed of what the standard says',
  additionalProperties: { type: ['string', 'null'] },
});
const OBJECT_PART = whole({ id: uuid, nameSingular: text, namePlural: text });
const FIELD_PART = whole({ id: uuid, name: text });

const COUNTS = {
  requests: { type: 'integer' },
  clientErrors: {
    type: 'integer',
    description: 'Of the requests, those that were refused: 4xx, and the like in GraphQL',
  },
  serverErrors: { type: 'integer', description: 'Of the requests, those that failed: 5xx, and the like in GraphQL' },
};

const MEMBER_ROLE = whole({ id: uuid, label: text });
const FULL_NAME = { firstName: text, lastName: text };
const INVITATION = { id: uuid, email: textOrNull, role: MEMBER_ROLE, expiresAt: time, createdAt: time };

export const METADATA_ANSWERS: Readonly<Record<string, Schema>> = {
  ObjectForResponse: whole({
    id: uuid,
    universalIdentifier: uuid,
    dataSourceId: uuid,
    nameSingular: text,
    namePlural: text,
    aliases: list(whole({ nameSingular: text, namePlural: text })),
    labelSingular: text,
    labelPlural: text,
    description: textOrNull,
    icon: textOrNull,
    shortcut: textOrNull,
    color: textOrNull,
    origin,
    isCustom: flag,
    isRemote: flag,
    isActive: flag,
    isSystem: flag,
    isSearchable: flag,
    isUIEditable: flag,
    isUICreatable: flag,
    isUIReadOnly: flag,
    isLabelSyncedWithName: flag,
    labelIdentifierFieldMetadataId: uuidOrNull,
    imageIdentifierFieldMetadataId: uuidOrNull,
    duplicateCriteria: orNull(list(list(text))),
    standardOverrides: OVERRIDES,
    applicationId: uuidOrNull,
    ...TIMES,
    fields: list(reference('FieldForResponse')),
  }),
  FieldForResponse: whole({
    id: uuid,
    universalIdentifier: uuid,
    type: { enum: [...FIELD_TYPE_NAMES, MORPH_RELATION] },
    name: text,
    aliases: list(text),
    label: text,
    description: textOrNull,
    icon: textOrNull,
    origin,
    isCustom: flag,
    isActive: flag,
    isSystem: flag,
    isNullable: flag,
    isUnique: flag,
    isUIEditable: flag,
    isUIReadOnly: flag,
    isLabelSyncedWithName: flag,
    defaultValue: { description: 'Texts in single quotes; uuid and now are functions' },
    options: orNull(list(whole({ id: uuid, value: text, label: text, color: text, position: { type: 'number' } }))),
    settings: { type: 'object', additionalProperties: true },
    standardOverrides: OVERRIDES,
    objectMetadataId: uuid,
    relation: orNull(reference('Relation')),
    morphId: uuidOrNull,
    morphRelations: orNull(list(reference('Relation'))),
    ...TIMES,
  }),
  Relation: whole({
    type: { enum: ['MANY_TO_ONE', 'ONE_TO_MANY'] },
    sourceObjectMetadata: OBJECT_PART,
    targetObjectMetadata: OBJECT_PART,
    sourceFieldMetadata: FIELD_PART,
    targetFieldMetadata: FIELD_PART,
  }),
  IndexForResponse: whole({
    id: uuid,
    name: text,
    isCustom: flag,
    isUnique: flag,
    indexWhereClause: textOrNull,
    indexType: { enum: ['BTREE', 'GIN'] },
    objectMetadataId: uuid,
    indexFieldMetadatas: list(
      whole({ id: uuid, fieldMetadataId: uuid, order: { type: 'integer' }, subFieldName: textOrNull, ...TIMES }),
    ),
    ...TIMES,
  }),
  ApiKeyForResponse: whole({
    id: uuid,
    name: text,
    expiresAt: timeOrNull,
    revokedAt: timeOrNull,
    lastUsedAt: timeOrNull,
    ...TIMES,
    role: whole({ id: uuid, label: text }),
  }),
  WebhookForResponse: whole({
    id: uuid,
    targetUrl: text,
    operations: list(text),
    description: textOrNull,
    secret: text,
    isActive: flag,
    disabledAt: timeOrNull,
    disabledReason: textOrNull,
    failingSince: timeOrNull,
    ...TIMES,
    deletedAt: { type: 'null' },
  }),
  WebhookDelivery: whole({
    id: uuid,
    webhookId: uuid,
    eventName: text,
    recordId: { type: ['string', 'null'], description: 'Null for whoever may not read all records' },
    state: { enum: ['pending', 'delivered', 'failed'] },
    attempts: { type: 'integer' },
    nextAttemptAt: timeOrNull,
    lastAttemptAt: timeOrNull,
    payload: {
      type: ['string', 'null'],
      description:
        'As the last attempt sent it, or the first will, to the character: what the signatures are of. Null where the event is no longer kept, and for whoever may not read all records',
    },
    requestHeaders: {
      type: ['object', 'null'],
      additionalProperties: text,
      description: 'Of the last attempt, its signatures too; and so is what follows',
    },
    latencyMs: { type: ['integer', 'null'] },
    responseStatus: { type: ['integer', 'null'] },
    responseBody: { type: ['string', 'null'], description: 'At most 4 KB of it' },
    error: textOrNull,
    createdAt: time,
  }),
  ApiKeyUsage: whole({
    id: uuid,
    name: text,
    revokedAt: timeOrNull,
    ...COUNTS,
    buckets: list(whole({ start: time, ...COUNTS })),
    apis: list(whole({ api: { enum: ['REST_CORE', 'REST_METADATA', 'GRAPHQL_CORE', 'GRAPHQL_METADATA'] }, ...COUNTS })),
  }),
  AuditLog: whole({
    id: uuid,
    createdAt: time,
    action: text,
    actorType: { enum: ['API_KEY', 'MEMBER', 'COMMAND_LINE', 'SYSTEM'] },
    actorId: uuidOrNull,
    actorName: text,
    subjectType: text,
    subjectId: textOrNull,
    subjectName: textOrNull,
    ip: textOrNull,
    userAgent: textOrNull,
    requestId: uuidOrNull,
    detail: { description: 'What changed' },
  }),
  RoleForResponse: whole({
    id: uuid,
    label: text,
    description: textOrNull,
    icon: textOrNull,
    isEditable: flag,
    canUpdateAllSettings: flag,
    canAccessAllTools: flag,
    canReadAllObjectRecords: flag,
    canUpdateAllObjectRecords: flag,
    canSoftDeleteAllObjectRecords: flag,
    canDestroyAllObjectRecords: flag,
    canBeAssignedToUsers: flag,
    canBeAssignedToApiKeys: flag,
    canBeAssignedToAgents: flag,
    databaseRole: textOrNull,
    apiKeys: list(whole({ id: uuid, name: text, expiresAt: timeOrNull, revokedAt: timeOrNull })),
    permissionFlags: list(reference('PermissionFlagForResponse')),
    objectPermissions: list(reference('ObjectPermissionForResponse')),
    fieldPermissions: list(reference('FieldPermissionForResponse')),
    rowRules: list(reference('RowRuleForResponse')),
    ...TIMES,
  }),
  RowRuleForResponse: whole({ objectMetadataId: uuid, filter: { type: 'object', additionalProperties: true } }),
  WorkspaceMemberForResponse: whole({
    id: uuid,
    userId: uuid,
    name: whole(FULL_NAME),
    userEmail: text,
    avatarUrl: textOrNull,
    role: MEMBER_ROLE,
    roles: list(MEMBER_ROLE),
    createdAt: time,
  }),
  InvitationForResponse: whole(INVITATION),
  NewInvitationForResponse: whole({ ...INVITATION, link: text }),
  UserForResponse: whole({
    id: uuid,
    email: text,
    name: text,
    ...FULL_NAME,
    createdAt: time,
    workspaceMember: orNull(reference('WorkspaceMemberForResponse')),
    workspaces: list(
      whole({ id: uuid, role: MEMBER_ROLE, workspace: whole({ id: uuid, name: text, displayName: textOrNull }) }),
    ),
  }),
  PermissionFlagForResponse: whole({ id: uuid, roleId: uuid, flag: text }),
  ObjectPermissionForResponse: whole({
    objectMetadataId: uuid,
    canReadObjectRecords: orNull(flag),
    canUpdateObjectRecords: orNull(flag),
    canSoftDeleteObjectRecords: orNull(flag),
    canDestroyObjectRecords: orNull(flag),
    restrictedFields: {
      type: 'object',
      description: 'By the ids of fields',
      additionalProperties: whole({ canRead: orNull(flag), canUpdate: orNull(flag) }),
    },
    grantedFields: {
      ...list(uuid),
      description:
        "Those that the object had when this was last set: of a role that doesn't read all objects, it brings no others",
    },
  }),
  FieldPermissionForResponse: whole({
    id: uuid,
    roleId: uuid,
    objectMetadataId: uuid,
    fieldMetadataId: uuid,
    canReadFieldValue: orNull(flag),
    canUpdateFieldValue: orNull(flag),
  }),
  WorkspaceForResponse: whole({
    id: uuid,
    displayName: textOrNull,
    logo: textOrNull,
    subdomain: text,
    databaseSchema: text,
    metadataVersion: { type: 'number' },
    isPublicInviteLinkEnabled: flag,
    isPasswordAuthEnabled: flag,
    ...TIMES,
  }),
  Drift: whole({
    place: text,
    what: { enum: ['table', 'column', 'constraint', 'index', 'enum', 'grant', 'policy', 'row security'] },
    kind: { enum: ['missing', 'renamed', 'changed', 'added'] },
    table: text,
    name: text,
    expected: text,
    actual: textOrNull,
    adopt: textOrNull,
    whyNotAdopted: textOrNull,
    restore: text,
  }),
  Plan: {
    type: 'object',
    description: 'What a change would do: its statements, what they lock, and what would be gone',
    properties: { losesData: flag, statements: list({ type: 'object', additionalProperties: true }) },
    required: ['losesData', 'statements'],
    additionalProperties: true,
  },
};
