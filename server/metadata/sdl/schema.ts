/** The schema of the metadata API: the same for every workspace. Contract: metadata.md 1. */

import { buildSchema } from 'postgraphile/grafast/graphql';
import { FIELD_TYPE_NAMES, MORPH_RELATION, RETIRED_TYPES } from '../../model/field-types/index.ts';
import { AUDIT_SDL } from './audit.ts';
import { MEMBERS_SDL } from './members.ts';
import { ROLES_SDL } from './roles.ts';
import { withScalars } from './scalars.ts';
import { USAGE_SDL } from './usage.ts';
import { WEBHOOKS_SDL } from './webhooks.ts';

const OBJECT_FLAGS = [
  'isActive',
  'isCustom',
  'isRemote',
  'isSearchable',
  'isSystem',
  'isUIEditable',
  'isUICreatable',
  'isUIReadOnly',
];
const FIELD_FLAGS = ['isActive', 'isCustom', 'isSystem', 'isUIEditable', 'isUIReadOnly'];

const connection = (name: string, node: string) => `
  type ${name}Connection { edges: [${node}Edge!]!, pageInfo: PageInfo!, totalCount: Int! }
`;

const filter = (name: string, flags: readonly string[], ids: readonly string[]) => `
  input ${name} {
    and: [${name}!]
    or: [${name}!]
    ${ids.map((id) => `${id}: UUIDFilterComparison`).join('\n    ')}
    ${flags.map((flag) => `${flag}: BooleanFieldComparison`).join('\n    ')}
  }
`;

const METADATA_SDL = /* GraphQL */ `
  scalar UUID
  scalar DateTime
  scalar JSON
  scalar ConnectionCursor

  enum FieldMetadataType { ${[...FIELD_TYPE_NAMES, MORPH_RELATION, ...Object.keys(RETIRED_TYPES)].sort().join(' ')} }
  enum RelationType { MANY_TO_ONE ONE_TO_MANY }
  enum IndexType { BTREE GIN }

  input CursorPaging { before: ConnectionCursor, after: ConnectionCursor, first: Int, last: Int }
  type PageInfo { hasNextPage: Boolean, hasPreviousPage: Boolean, startCursor: ConnectionCursor, endCursor: ConnectionCursor }

  input BooleanFieldComparison { is: Boolean, isNot: Boolean }
  input UUIDFilterComparison {
    eq: UUID, neq: UUID, gt: UUID, gte: UUID, lt: UUID, lte: UUID, in: [UUID!], notIn: [UUID!], is: Boolean, isNot: Boolean,
    like: UUID, notLike: UUID, iLike: UUID, notILike: UUID
  }
  ${filter('ObjectFilter', OBJECT_FLAGS, ['id'])}
  ${filter('FieldFilter', FIELD_FLAGS, ['id', 'objectMetadataId'])}
  ${filter('IndexFilter', ['isCustom', 'isUnique'], ['id', 'objectMetadataId'])}
  ${filter('IndexFieldFilter', [], ['id', 'fieldMetadataId'])}

  type StandardOverrides { labelSingular: String, labelPlural: String, label: String, description: String, icon: String, translations: JSON }

  type Object {
    id: UUID!
    universalIdentifier: UUID
    dataSourceId: UUID
    nameSingular: String!
    namePlural: String!
    labelSingular: String!
    labelPlural: String!
    description: String
    icon: String
    shortcut: String
    color: String
    "standard, custom or database"
    origin: String!
    isCustom: Boolean!
    isRemote: Boolean!
    isActive: Boolean!
    isSystem: Boolean!
    isSearchable: Boolean!
    isUIEditable: Boolean!
    isUICreatable: Boolean!
    isUIReadOnly: Boolean!
    isLabelSyncedWithName: Boolean!
    createdAt: DateTime!
    updatedAt: DateTime!
    labelIdentifierFieldMetadataId: UUID
    imageIdentifierFieldMetadataId: UUID
    duplicateCriteria: [[String!]!]
    standardOverrides: StandardOverrides
    applicationId: UUID
    fields(paging: CursorPaging, filter: FieldFilter): ObjectFieldsConnection!
    fieldsList: [Field!]!
    indexMetadatas(paging: CursorPaging, filter: IndexFilter): ObjectIndexMetadatasConnection!
    indexMetadataList: [Index!]!
    "Former names, which go on being served"
    aliases: [ObjectAlias!]!
  }
  type ObjectAlias { nameSingular: String!, namePlural: String! }
  type ObjectEdge { cursor: ConnectionCursor!, node: Object! }
  ${connection('Object', 'Object')}

  type Field {
    id: UUID!
    universalIdentifier: UUID
    type: FieldMetadataType!
    name: String!
    label: String!
    description: String
    icon: String
    origin: String!
    isCustom: Boolean
    isActive: Boolean
    isSystem: Boolean
    isNullable: Boolean
    isUnique: Boolean
    isUIEditable: Boolean
    isUIReadOnly: Boolean
    isLabelSyncedWithName: Boolean
    defaultValue: JSON
    options: JSON
    settings: JSON
    standardOverrides: StandardOverrides
    createdAt: DateTime!
    updatedAt: DateTime!
    objectMetadataId: UUID!
    object: Object
    relation: Relation
    morphRelations: [Relation!]
    morphId: UUID
    "Former names, which go on being served"
    aliases: [String!]!
  }
  type FieldEdge { cursor: ConnectionCursor!, node: Field! }
  ${connection('Field', 'Field')}
  ${connection('ObjectFields', 'Field')}

  type Relation {
    type: RelationType!
    sourceObjectMetadata: Object!
    targetObjectMetadata: Object!
    sourceFieldMetadata: Field!
    targetFieldMetadata: Field!
  }

  type Index {
    id: UUID!
    name: String!
    isCustom: Boolean
    isUnique: Boolean!
    indexWhereClause: String
    indexType: IndexType!
    createdAt: DateTime!
    updatedAt: DateTime!
    objectMetadataId: UUID!
    objectMetadata(paging: CursorPaging, filter: ObjectFilter): IndexObjectMetadataConnection!
    indexFieldMetadatas(paging: CursorPaging, filter: IndexFieldFilter): IndexIndexFieldMetadatasConnection!
    indexFieldMetadataList: [IndexField!]!
  }
  type IndexEdge { cursor: ConnectionCursor!, node: Index! }
  ${connection('Index', 'Index')}
  ${connection('ObjectIndexMetadatas', 'Index')}
  ${connection('IndexObjectMetadata', 'Object')}
  type IndexField {
    id: UUID!
    fieldMetadataId: UUID!
    order: Float!
    subFieldName: String
    createdAt: DateTime!
    updatedAt: DateTime!
  }
  type IndexFieldEdge { cursor: ConnectionCursor!, node: IndexField! }
  ${connection('IndexIndexFieldMetadatas', 'IndexField')}

  type ApiKey {
    id: UUID!
    name: String!
    "Null where it doesn't expire"
    expiresAt: DateTime
    revokedAt: DateTime
    "When a token of it was sent last, to the minute"
    lastUsedAt: DateTime
    createdAt: DateTime!
    updatedAt: DateTime!
    role: Role
  }
  type ApiKeyToken { token: String! }

  "What a change of the model left to be done while a big table is used: an index made, a constraint validated, a column filled."
  type ModelJob { id: UUID!, kind: ModelJobKind!, name: String!, state: ModelJobState!, attempts: Int!, error: String, createdAt: DateTime!, updatedAt: DateTime! }
  enum ModelJobKind { make validate fill require }
  enum ModelJobState { waiting running done failed }

  type Workspace {
    id: UUID!
    displayName: String
    logo: String
    subdomain: String
    databaseSchema: String
    metadataVersion: Float!
    isPublicInviteLinkEnabled: Boolean!
    isPasswordAuthEnabled: Boolean!
    workspaceMembersCount: Float
    createdAt: DateTime!
    updatedAt: DateTime!
  }

  type Query {
    objects(paging: CursorPaging! = { first: 10 }, filter: ObjectFilter! = {}): ObjectConnection!
    object(id: UUID!): Object!
    fields(paging: CursorPaging! = { first: 10 }, filter: FieldFilter! = {}): FieldConnection!
    field(id: UUID!): Field!
    indexMetadatas(paging: CursorPaging! = { first: 10 }, filter: IndexFilter! = {}): IndexConnection!
    index(id: UUID!): Index!
    apiKeys: [ApiKey!]!
    apiKey(input: GetApiKeyInput!): ApiKey
    currentWorkspace: Workspace!
    "The whole model as a document; GET /rest/metadata/model/schema describes it"
    model: JSON!
    "What these changes would do, one after the other and together; nothing is changed"
    planModelChange(changes: [ModelChangeInput!]!): ModelPlan!
    modelJobs: [ModelJob!]!
    "Where tables that the model describes were changed by hand"
    modelDrift: [Drift!]!
    "Tables and columns of the workspace's schema that no API serves"
    unserved: [Unserved!]!
  }

  type Unserved {
    table: String!
    "Null where it is all of the table"
    column: String
    reason: String!
  }

  type Drift {
    "The object, or the field of it: rocket.stage"
    place: String!
    "table, column, constraint, index or enum; of what guards records, grant, policy or row security"
    what: String!
    "missing, renamed, changed, or of a grant added"
    kind: String!
    table: String!
    name: String!
    expected: String!
    actual: String
    "What adoptDrift would do; null where the model cannot follow the table"
    adopt: String
    "Null where it can be adopted"
    whyNotAdopted: String
    "What restoreDrift would do"
    restore: String!
  }

  type ModelPlan {
    "Would records or values be gone for good?"
    losesData: Boolean!
    statements: [PlannedStatement!]!
    "What clients of the core GraphQL API would see of it"
    schema: SchemaDifference!
  }
  type PlannedStatement {
    sql: String!
    why: String!
    locks: [PlannedLock!]!
    "Is every row of the table written anew?"
    rewrites: Boolean!
    "Done by a job once the change is there, for its table is big"
    isBackground: Boolean!
    losses: [PlannedLoss!]!
  }
  "blocks is writes or all: what others cannot do with the table meanwhile"
  type PlannedLock { table: String!, blocks: String! }
  "count is of records, or of values of the column; null where they could not be counted"
  type PlannedLoss { what: String!, table: String!, column: String, count: Float }
  type SchemaDifference { changes: [SchemaChange!]!, breaking: [String!]!, dangerous: [String!]! }
  "kind is added, removed or changed; before and after are as in SDL"
  type SchemaChange { kind: String!, path: String!, before: String, after: String }

  input CreateObjectInput {
    nameSingular: String!
    namePlural: String!
    labelSingular: String!
    labelPlural: String!
    description: String
    icon: String
    shortcut: String
    color: String
    isLabelSyncedWithName: Boolean
    isSearchable: Boolean
    isRemote: Boolean
    primaryKeyColumnType: String
    primaryKeyFieldMetadataSettings: JSON
    skipNameField: Boolean
  }
  input CreateOneObjectInput { object: CreateObjectInput! }
  input UpdateObjectPayload {
    nameSingular: String
    namePlural: String
    labelSingular: String
    labelPlural: String
    description: String
    icon: String
    shortcut: String
    color: String
    isActive: Boolean
    isSearchable: Boolean
    labelIdentifierFieldMetadataId: UUID
    imageIdentifierFieldMetadataId: UUID
    isLabelSyncedWithName: Boolean
    "All former names that go on being served"
    aliases: [ObjectAliasInput!]
    "With other names: serve the ones until now too, as deprecated"
    keepFormerName: Boolean
  }
  input ObjectAliasInput { nameSingular: String!, namePlural: String! }
  input UpdateOneObjectInput { id: UUID!, update: UpdateObjectPayload! }
  input DeleteOneObjectInput { id: UUID! }

  input CreateFieldInput {
    objectMetadataId: UUID!
    type: FieldMetadataType!
    name: String!
    label: String!
    description: String
    icon: String
    isActive: Boolean
    isCustom: Boolean
    isSystem: Boolean
    isNullable: Boolean
    isUnique: Boolean
    isUIReadOnly: Boolean
    defaultValue: JSON
    options: JSON
    settings: JSON
    isLabelSyncedWithName: Boolean
    isRemoteCreation: Boolean
    relationCreationPayload: JSON
    morphRelationsCreationPayload: [JSON!]
  }
  input CreateOneFieldMetadataInput { field: CreateFieldInput! }
  input UpdateFieldInput {
    name: String
    label: String
    description: String
    icon: String
    isActive: Boolean
    isCustom: Boolean
    isSystem: Boolean
    isNullable: Boolean
    isUnique: Boolean
    isUIReadOnly: Boolean
    defaultValue: JSON
    options: JSON
    settings: JSON
    isLabelSyncedWithName: Boolean
    "More targets of a morph relation"
    morphRelationsUpdatePayload: [JSON!]
    "All former names that go on being served"
    aliases: [String!]
    "With another name: serve the one until now too, as deprecated"
    keepFormerName: Boolean
  }
  input UpdateOneFieldMetadataInput { id: UUID!, update: UpdateFieldInput! }
  input DeleteOneFieldInput { id: UUID! }

  input CreateIndexFieldInput { fieldMetadataId: UUID!, subFieldName: String }
  input CreateIndexInput {
    objectMetadataId: UUID!
    "Either these, or indexFieldMetadatas"
    fieldMetadataIds: [UUID!]
    indexFieldMetadatas: [CreateIndexFieldInput!]
    indexType: IndexType = BTREE
    isUnique: Boolean
  }
  input CreateOneIndexInput { index: CreateIndexInput! }
  input DeleteOneIndexInput { id: UUID! }

  input UpdateWorkspaceInput {
    displayName: String
    logo: String
    subdomain: String
    isPublicInviteLinkEnabled: Boolean
    isPasswordAuthEnabled: Boolean
    defaultRoleId: UUID
  }

  "One change, by the name of the mutation that would make it"
  input ModelChangeInput @oneOf {
    createOneObject: CreateOneObjectInput
    updateOneObject: UpdateOneObjectInput
    updateManyObjects: [UpdateOneObjectInput!]
    deleteOneObject: DeleteOneObjectInput
    createOneField: CreateOneFieldMetadataInput
    createManyFields: [CreateOneFieldMetadataInput!]
    updateOneField: UpdateOneFieldMetadataInput
    deleteOneField: DeleteOneFieldInput
    createOneIndex: CreateOneIndexInput
    deleteOneIndex: DeleteOneIndexInput
    applyModel: ApplyModelInput
  }
  "The model is left as the document says it. Where that would destroy data, allowDataLoss must be true"
  input ApplyModelInput { model: JSON!, allowDataLoss: Boolean! = false }

  input GetApiKeyInput { id: UUID! }
  input CreateApiKeyInput { name: String!, expiresAt: String, revokedAt: String, roleId: UUID }
  input UpdateApiKeyInput { id: UUID!, name: String, expiresAt: String, revokedAt: String, roleId: UUID }
  input UpdateApiKeyPayload { name: String, expiresAt: String, revokedAt: String, roleId: UUID }
  input RevokeApiKeyInput { id: UUID! }
  input GenerateApiKeyTokenInput { expiresAt: String }

  type Mutation {
    createOneObject(input: CreateOneObjectInput!): Object!
    updateOneObject(input: UpdateOneObjectInput!): Object!
    deleteOneObject(input: DeleteOneObjectInput!): Object!
    createOneField(input: CreateOneFieldMetadataInput!): Field!
    updateOneField(input: UpdateOneFieldMetadataInput!): Field!
    deleteOneField(input: DeleteOneFieldInput!): Field!
    "All, or none"
    createManyFields(inputs: [CreateOneFieldMetadataInput!]!): [Field!]!
    "All, or none"
    updateManyObjects(inputs: [UpdateOneObjectInput!]!): [Object!]!
    createOneIndex(input: CreateOneIndexInput!): Index!
    deleteOneIndex(input: DeleteOneIndexInput!): Index!
    updateWorkspace(data: UpdateWorkspaceInput!): Workspace!
    "Answers the document of the model as it is then"
    applyModel(input: ApplyModelInput!): JSON!
    "The model follows the tables where it can; answers the drift that is left"
    adoptDrift(allowDataLoss: Boolean! = false): [Drift!]!
    "The tables are as the model says again; answers the drift that is left"
    restoreDrift(allowDataLoss: Boolean! = false): [Drift!]!
    createApiKey(input: CreateApiKeyInput!): ApiKey!
    updateApiKey(input: UpdateApiKeyInput!): ApiKey
    revokeApiKey(input: RevokeApiKeyInput!): ApiKey
    "You cannot grant permissions that you do not have"
    assignRoleToApiKey(apiKeyId: UUID!, roleId: UUID!): Boolean!
    "The token is shown here, and nowhere else"
    generateApiKeyToken(apiKeyId: UUID!, expiresAt: String): ApiKeyToken!
  }
`;

/** Its types; `graphql.ts` says how each field of them is resolved. */
export const METADATA_TYPES = withScalars(
  buildSchema(METADATA_SDL + ROLES_SDL + WEBHOOKS_SDL + AUDIT_SDL + MEMBERS_SDL + USAGE_SDL),
);
