/** What the metadata REST API has, kind by kind: the service, under the names of REST. Contract: metadata.md 3. */

import type { RequestContext } from '../access/request-context.ts';
import { refuse } from '../errors.ts';
import { allWebhooks, changeWebhook, makeWebhook, oneWebhook, removeWebhook } from '../events/webhooks.ts';
import type { Given } from '../given.ts';
import { makeRole, removeRole, updateRole } from '../roles/changes.ts';
import { setFieldPermissions, setObjectPermissions, setPermissionFlags, setRowRules } from '../roles/permissions.ts';
import { allRoles, oneRole } from '../roles/views.ts';
import { fullSnapshot } from '../store/snapshot.ts';
import { allKeys, changeKey, makeKey, makeToken, oneKey, revokeKey } from './api-keys.ts';
import {
  allInvitations,
  allMembers,
  changeMemberRole,
  dismissMember,
  invite,
  oneInvitation,
  oneMember,
  resendInvitation,
  revokeInvitation,
} from './members.ts';
import {
  apply,
  type Change,
  changeField,
  changeObject,
  makeField,
  makeIndex,
  makeObject,
  planned,
  removeField,
  removeIndex,
  removeObject,
} from './model-changes.ts';
import { allFields, allIndexes, allObjects, oneField, oneIndex, oneObject } from './objects.ts';

/** A kind of metadata: how it is called, and what can be done with it. */
export type Resource = {
  readonly plural: string;
  readonly singular: string;
  readonly list: (asker: RequestContext) => Promise<{ readonly id: string }[]>;
  readonly one: (asker: RequestContext, id: string) => Promise<object>;
  /** Members are not made: people come in by invitations. */
  readonly create?: Writing<[body: Given]>;
  /** Names of the GraphQL inputs that the bodies are. */
  readonly inputs: { readonly create?: string; readonly update?: string };
  readonly update?: Writing<[id: string, body: Given]>;
  readonly remove: Writing<[id: string]>;
};

type Writing<Given extends unknown[]> = (asker: RequestContext, isDryRun: boolean, ...given: Given) => Promise<object>;

/** A change of the model, done or only planned (`?dry_run=true`). */
function changing<Given extends unknown[]>(change: (...given: Given) => Change<object>): Writing<Given> {
  return (asker, isDryRun, ...given) => {
    return isDryRun ? wholePlan(asker, change(...given)) : apply(asker, change(...given));
  };
}

export async function wholePlan(asker: RequestContext, change: Change<unknown>): Promise<object> {
  const { schema, ...plan } = await planned(asker, change);
  return { ...plan, schema: await schema() };
}

/** What is no change of the model has no plan. */
function doing<Given extends unknown[]>(
  act: (asker: RequestContext, ...given: Given) => Promise<object>,
): Writing<Given> {
  return (asker, isDryRun, ...given) => {
    if (isDryRun) throw refuse('BAD_REQUEST', 'dry_run is only supported for changes of the model');
    return act(asker, ...given);
  };
}

export const RESOURCES: readonly Resource[] = [
  {
    plural: 'objects',
    singular: 'object',
    list: async (asker) => allObjects(await fullSnapshot(asker)),
    one: async (asker, id) => oneObject(await fullSnapshot(asker), id),
    inputs: { create: 'CreateObjectInput', update: 'UpdateObjectPayload' },
    create: changing(makeObject),
    update: changing(changeObject),
    remove: changing(removeObject),
  },
  {
    plural: 'fields',
    singular: 'field',
    list: async (asker) => allFields(await fullSnapshot(asker)),
    one: async (asker, id) => oneField(await fullSnapshot(asker), id),
    inputs: { create: 'CreateFieldInput', update: 'UpdateFieldInput' },
    create: changing(makeField),
    update: changing(changeField),
    remove: changing(removeField),
  },
  {
    plural: 'indexes',
    singular: 'index',
    list: async (asker) => allIndexes(await fullSnapshot(asker)),
    one: async (asker, id) => oneIndex(await fullSnapshot(asker), id),
    inputs: { create: 'CreateIndexInput' },
    create: changing(makeIndex),
    remove: changing(removeIndex),
  },
  {
    plural: 'apiKeys',
    singular: 'apiKey',
    list: allKeys,
    one: oneKey,
    inputs: { create: 'CreateApiKeyInput', update: 'UpdateApiKeyPayload' },
    create: doing(makeKey),
    update: doing(changeKey),
    remove: doing(revokeKey),
  },
  {
    plural: 'webhooks',
    singular: 'webhook',
    list: allWebhooks,
    one: oneWebhook,
    inputs: { create: 'CreateWebhookInput', update: 'UpdateWebhookPayload' },
    create: doing(makeWebhook),
    update: doing(changeWebhook),
    remove: doing(removeWebhook),
  },
  {
    plural: 'roles',
    singular: 'role',
    list: allRoles,
    one: oneRole,
    inputs: { create: 'CreateRoleInput', update: 'UpdateRolePayload' },
    create: doing(makeRole),
    update: doing(updateRole),
    remove: doing(removeRole),
  },
  {
    plural: 'workspaceMembers',
    singular: 'workspaceMember',
    list: allMembers,
    one: oneMember,
    inputs: { update: 'UpdateWorkspaceMemberInput' },
    update: doing((asker, id, { roleId }) => changeMemberRole(asker, id, roleId)),
    remove: doing(dismissMember),
  },
  {
    plural: 'invitations',
    singular: 'invitation',
    list: allInvitations,
    one: oneInvitation,
    inputs: { create: 'CreateInvitationInput' },
    create: doing(invite),
    remove: doing(revokeInvitation),
  },
];

/** What a role may do, part by part: a body is the input of the mutation that does the same, but for the role. */
export const ROLE_PARTS = {
  objectPermissions: { input: 'UpsertObjectPermissionsInput', set: doing(setObjectPermissions) },
  fieldPermissions: { input: 'UpsertFieldPermissionsInput', set: doing(setFieldPermissions) },
  rowRules: { input: 'UpsertRowRulesInput', set: doing(setRowRules) },
  permissionFlags: { input: 'UpsertPermissionFlagsInput', set: doing(setPermissionFlags) },
};

export const resending = doing(resendInvitation);
export const makingToken = doing(makeToken);
