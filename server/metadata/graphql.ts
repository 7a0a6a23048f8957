/** The metadata API over GraphQL: resolvers over one snapshot of the model a request. Contract: metadata.md 1. */

import type { Logger } from 'pino';
import {
  defaultFieldResolver,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isIntrospectionType,
  isObjectType,
} from 'postgraphile/grafast/graphql';
import type { RequestContext } from '../access/request-context.ts';
import { refuse } from '../errors.ts';
import type { Given } from '../given.ts';
import { asWireError } from '../graphql/wire-errors.ts';
import { readDocument } from '../limits/document.ts';
import { type Limits, MAX_METADATA_VALUES, tooMuch } from '../limits/limits.ts';
import { foundObject } from '../model/edit/steps.ts';
import { makeRole, removeRole, updateRole } from '../roles/changes.ts';
import { setFieldPermissions, setObjectPermissions, setPermissionFlags, setRowRules } from '../roles/permissions.ts';
import { allRoles, defaultRole, type RoleView } from '../roles/views.ts';
import { fullSnapshot, type Snapshot } from '../store/snapshot.ts';
import {
  allKeys,
  assignRole,
  changeKey,
  type KeyView,
  keyRoles,
  makeKey,
  makeToken,
  oneKey,
  revokeKey,
} from './api-keys.ts';
import { auditConnection } from './audit-log.ts';
import { type ListQuery, listed } from './lists.ts';
import { memberMutations, memberQueries, roleFields, userFields } from './members-graphql.ts';
import {
  adoptModel,
  apply,
  type Change,
  changeField,
  changeObject,
  changeObjects,
  jobsOfModel,
  makeField,
  makeFields,
  makeIndex,
  makeObject,
  modelDocument,
  modelDrift,
  planned,
  removeField,
  removeIndex,
  removeObject,
  settleDrift,
  together,
  unserved,
} from './model-changes.ts';
import { allFields, allIndexes, allObjects, type FullObject, oneField, oneIndex, oneObject } from './objects.ts';
import { METADATA_TYPES } from './sdl/schema.ts';
import { apiUsage } from './usage.ts';
import { type FieldView, type IndexView, indexViews, type RelationView, SNAPSHOT } from './views.ts';
import { webhookMutations, webhookQueries } from './webhooks-graphql.ts';
import { updateWorkspace, workspaceMembersCount, workspaceView } from './workspace-settings.ts';

type Context = RequestContext & {
  /** Values that were resolved. */
  values: number;
  /** The model, read when first asked for. */
  readonly snapshot: () => Promise<Snapshot>;
  /** Of keys, read when first asked for. */
  readonly keyRoles: () => Promise<ReadonlyMap<string, RoleView>>;
};

/**
 * What changes the model, by the names of the mutations; `planModelChange` takes the same inputs under the same names.
 */
const CHANGES: Readonly<Record<string, (input: Given) => Change<unknown>>> = {
  createOneObject: ({ object }) => makeObject(object),
  updateOneObject: ({ id, update }) => changeObject(id, update),
  updateManyObjects: (inputs) => changeObjects(inputs),
  deleteOneObject: ({ id }) => removeObject(id),
  createOneField: ({ field }) => makeField(field),
  createManyFields: (inputs) => makeFields(inputs.map(({ field }: Given) => field)),
  updateOneField: ({ id, update }) => changeField(id, update),
  deleteOneField: ({ id }) => removeField(id),
  createOneIndex: ({ index }) => makeIndex(index),
  deleteOneIndex: ({ id }) => removeIndex(id),
  applyModel: ({ model, allowDataLoss }) => adoptModel(model, allowDataLoss),
};

const changing = Object.fromEntries(
  Object.entries(CHANGES).map(([name, change]) => [
    name,
    (_: unknown, { input, inputs }: Given, context: Context) => apply(context, change(input ?? inputs)),
  ]),
);

/** Each of `changes` has one key: a mutation's name. */
function plannedTogether(_: unknown, { changes }: { changes: Record<string, object>[] }, context: Context) {
  const each = changes.flatMap((given) =>
    Object.entries(given).map(([name, input]) => (CHANGES[name] as (input: object) => Change<unknown>)(input)),
  );
  return planned(context, together(each));
}

const resolvers = {
  Query: {
    objects: async (_: unknown, asked: ListQuery, { snapshot }: Context) => listed(allObjects(await snapshot()), asked),
    object: async (_: unknown, { id }: { id: string }, { snapshot }: Context) => oneObject(await snapshot(), id),
    fields: async (_: unknown, asked: ListQuery, { snapshot }: Context) => listed(allFields(await snapshot()), asked),
    field: async (_: unknown, { id }: { id: string }, { snapshot }: Context) => oneField(await snapshot(), id),
    indexMetadatas: async (_: unknown, asked: ListQuery, { snapshot }: Context) =>
      listed(allIndexes(await snapshot()), asked),
    index: async (_: unknown, { id }: { id: string }, { snapshot }: Context) => oneIndex(await snapshot(), id),
    apiKeys: (_: unknown, _arguments: unknown, context: Context) => allKeys(context),
    apiKey: (_: unknown, { input }: Given, context: Context) => oneKey(context, input.id),
    getRoles: (_: unknown, _arguments: unknown, context: Context) => allRoles(context),
    currentWorkspace: (_: unknown, _arguments: unknown, context: Context) => workspaceView(context),
    model: (_: unknown, _arguments: unknown, context: Context) => modelDocument(context),
    planModelChange: plannedTogether,
    modelJobs: (_: unknown, _arguments: unknown, context: Context) => jobsOfModel(context),
    modelDrift: (_: unknown, _arguments: unknown, context: Context) => modelDrift(context),
    unserved: (_: unknown, _arguments: unknown, context: Context) => unserved(context),
    ...webhookQueries,
    ...memberQueries,
    apiUsage: (_: unknown, { input }: Given, context: Context) => apiUsage(context, input),
    auditLogs: (_: unknown, asked: Given, context: Context) => auditConnection(context, asked),
  },
  Mutation: {
    ...changing,
    ...webhookMutations,
    ...memberMutations,
    adoptDrift: (_: unknown, { allowDataLoss }: Given, context: Context) =>
      settleDrift(context, 'adopt', allowDataLoss),
    restoreDrift: (_: unknown, { allowDataLoss }: Given, context: Context) =>
      settleDrift(context, 'restore', allowDataLoss),
    updateWorkspace: (_: unknown, { data }: Given, context: Context) => updateWorkspace(context, data),
    createOneRole: (_: unknown, { createRoleInput }: Given, context: Context) => makeRole(context, createRoleInput),
    updateOneRole: (_: unknown, { updateRoleInput: { id, update } }: Given, context: Context) =>
      updateRole(context, id, update),
    deleteOneRole: async (_: unknown, { roleId }: Given, context: Context) => (await removeRole(context, roleId)).id,
    upsertObjectPermissions: (_: unknown, { upsertObjectPermissionsInput }: Given, context: Context) =>
      setObjectPermissions(context, upsertObjectPermissionsInput),
    upsertFieldPermissions: (_: unknown, { upsertFieldPermissionsInput }: Given, context: Context) =>
      setFieldPermissions(context, upsertFieldPermissionsInput),
    upsertRowRules: (_: unknown, { upsertRowRulesInput }: Given, context: Context) =>
      setRowRules(context, upsertRowRulesInput),
    upsertPermissionFlags: (_: unknown, { upsertPermissionFlagsInput }: Given, context: Context) =>
      setPermissionFlags(context, upsertPermissionFlagsInput),
    createApiKey: (_: unknown, { input }: Given, context: Context) => makeKey(context, input),
    updateApiKey: (_: unknown, { input: { id, ...input } }: Given, context: Context) => changeKey(context, id, input),
    assignRoleToApiKey: (_: unknown, { apiKeyId, roleId }: Given, context: Context) =>
      assignRole(context, apiKeyId, roleId),
    revokeApiKey: (_: unknown, { input }: Given, context: Context) => revokeKey(context, input.id),
    generateApiKeyToken: (_: unknown, { apiKeyId, expiresAt }: Given, context: Context) =>
      makeToken(context, apiKeyId, expiresAt),
  },
  // From here on, each looks further in the snapshot that it was itself made of: no query per row, nor any other.
  Object: {
    fields: ({ fields }: FullObject, asked: ListQuery) => listed(fields, asked, true),
    fieldsList: ({ fields }: FullObject) => fields,
    indexMetadatas: (object: FullObject, asked: ListQuery) => listed(indexesOf(object), asked, true),
    indexMetadataList: (object: FullObject) => indexesOf(object),
  },
  Field: {
    object: ({ [SNAPSHOT]: snapshot, objectMetadataId }: FieldView) => oneObject(snapshot, objectMetadataId),
  },
  Relation: {
    sourceObjectMetadata: ({ [SNAPSHOT]: snapshot, sourceObjectMetadata: { id } }: RelationView) =>
      oneObject(snapshot, id),
    targetObjectMetadata: ({ [SNAPSHOT]: snapshot, targetObjectMetadata: { id } }: RelationView) =>
      oneObject(snapshot, id),
    sourceFieldMetadata: ({ [SNAPSHOT]: snapshot, sourceFieldMetadata: { id } }: RelationView) =>
      oneField(snapshot, id),
    targetFieldMetadata: ({ [SNAPSHOT]: snapshot, targetFieldMetadata: { id } }: RelationView) =>
      oneField(snapshot, id),
  },
  Index: {
    indexFieldMetadatas: ({ indexFieldMetadatas }: IndexView, asked: ListQuery) =>
      listed(indexFieldMetadatas, asked, true),
    indexFieldMetadataList: ({ indexFieldMetadatas }: IndexView) => indexFieldMetadatas,
    objectMetadata: ({ [SNAPSHOT]: snapshot, objectMetadataId }: IndexView, asked: ListQuery) =>
      listed([oneObject(snapshot, objectMetadataId)], asked, true),
  },
  ApiKey: {
    role: async ({ role }: KeyView, _: unknown, context: Context) => (await context.keyRoles()).get(role.id) ?? null,
  },
  Role: roleFields,
  User: userFields,
  Workspace: {
    workspaceMembersCount: (_: unknown, _arguments: unknown, context: Context) => workspaceMembersCount(context),
    defaultRole: (_: unknown, _arguments: unknown, context: Context) => defaultRole(context),
  },
};

function indexesOf({ [SNAPSHOT]: snapshot, id }: FullObject): IndexView[] {
  return indexViews(snapshot, foundObject(snapshot.model, id));
}

export const metadataSchema = counted(resolvedBy(METADATA_TYPES, resolvers));

/** The schema, each named field with its resolver; a name that the SDL doesn't have is a mistake of ours. */
function resolvedBy(
  schema: GraphQLSchema,
  byType: Record<string, Record<string, GraphQLFieldResolver<Given, Context>>>,
) {
  for (const [typeName, byField] of Object.entries(byType)) {
    const fields = (schema.getType(typeName) as GraphQLObjectType).getFields();
    for (const [name, resolve] of Object.entries(byField)) {
      const field = fields[name];
      if (!field) throw new Error(`The metadata schema has no ${typeName}.${name}`);
      field.resolve = resolve;
    }
  }
  return schema;
}

/**
 * Objects lead to fields and fields to objects, as often as an operation asks: what that comes to is known only as it
 * is answered.
 */
function counted(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve = defaultFieldResolver } = field;
      field.resolve = function resolveCounted(source, args, context: Context, info) {
        if (++context.values > MAX_METADATA_VALUES) throw tooManyValues();
        return resolve(source, args, context, info);
      };
    }
  }
  return schema;
}

function tooManyValues() {
  return tooMuch({ name: 'MAX_METADATA_VALUES', max: MAX_METADATA_VALUES, unit: 'values; ask for smaller pages' });
}

export type MetadataOperation = RequestContext & {
  readonly log: Logger;
  readonly limits: Limits;
  readonly source: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly isReadOnly?: boolean;
};

/** Runs one operation; errors have the wire's form. */
export async function executeMetadata({
  log,
  limits,
  source,
  variables,
  operationName,
  isReadOnly,
  ...asker
}: MetadataOperation): Promise<ExecutionResult> {
  const wire = (error: unknown) => asWireError(error, { model: { objects: [] } }, log);
  try {
    const read = readDocument(metadataSchema, { source, operationName }, limits);
    if ('refused' in read) return { errors: read.refused.map(wire) };
    const { document, operation } = read;
    if (isReadOnly && operation.operation === 'mutation') throw refuse('METHOD_NOT_ALLOWED', 'A mutation needs POST');
    const context = contextOf(asker);
    const result = await execute({
      schema: metadataSchema,
      document,
      variableValues: variables ?? null,
      operationName: operationName ?? null,
      contextValue: context,
    });
    if (context.values > MAX_METADATA_VALUES) throw tooManyValues(); // once, and not at each value that was too much
    return result.errors ? { ...result, errors: result.errors.map(wire) } : result;
  } catch (error) {
    if (error instanceof GraphQLError || error instanceof Error) return { errors: [wire(error)] };
    throw error;
  }
}

function contextOf(asker: RequestContext): Context {
  let snapshot: Promise<Snapshot> | undefined;
  let roles: Promise<ReadonlyMap<string, RoleView>> | undefined;
  return {
    ...asker,
    values: 0,
    snapshot() {
      snapshot ??= fullSnapshot(asker);
      return snapshot;
    },
    keyRoles() {
      roles ??= keyRoles(asker);
      return roles;
    },
  };
}
