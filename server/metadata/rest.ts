/** The metadata API over REST: the same service, in REST's spelling. Contract: metadata.md 3. */

import express, { type NextFunction, type Request, type Response } from 'express';
import pg from 'pg';
import { coerceInputValue, type GraphQLInputObjectType } from 'postgraphile/grafast/graphql';
import type { Database } from '../../db/pool.ts';
import { PlinthError, refuse } from '../errors.ts';
import { ofPostgres } from '../graphql/wire-errors.ts';
import { type ModelDocument, modelDocumentSchema, printDocument } from '../model/document.ts';
import type { Settings } from '../settings.ts';
import { allKeys, changeKey, makeKey, makeToken, oneKey, revokeKey } from './api-keys.ts';
import { auditPage } from './audit-log.ts';
import {
  allInvitations,
  allMembers,
  changeMemberRole,
  currentUser,
  dismissMember,
  invite,
  oneInvitation,
  oneMember,
  ownMember,
  ownWorkspaces,
  resendInvitation,
  revokeInvitation,
} from './members.ts';
import { setFieldPermissions, setObjectPermissions, setPermissionFlags, setRowRules } from './role-permissions.ts';
import { allRoles, makeRole, oneRole, removeRole, updateRole } from './roles.ts';
import { METADATA_TYPES } from './sdl.ts';
import {
  type Asker,
  type AskerSettings,
  adoptModel,
  allFields,
  allIndexes,
  allObjects,
  apply,
  type Change,
  changeField,
  changeObject,
  fullSnapshot,
  jobsOfModel,
  type Models,
  makeField,
  makeIndex,
  makeObject,
  modelDocument,
  modelDrift,
  oneField,
  oneIndex,
  oneObject,
  planned,
  plannedSettlement,
  removeField,
  removeIndex,
  removeObject,
  settleDrift,
  unserved,
} from './service.ts';
import { apiUsage } from './usage.ts';
import { oneDelivery, redeliver, redeliverMany, testWebhook, webhookDeliveries } from './webhook-deliveries.ts';
import { allWebhooks, changeWebhook, makeWebhook, oneWebhook, removeWebhook } from './webhooks.ts';
import { updateWorkspace, workspaceView } from './workspace-settings.ts';

export type MetadataRestOptions = {
  readonly database: Database;
  readonly models: Models;
  readonly settings: Pick<Settings, 'restMetadataFormat'> & AskerSettings;
};

/** A kind of metadata: how it is called, and what can be done with it. */
type Resource = {
  readonly plural: string;
  readonly singular: string;
  readonly list: (asker: Asker) => Promise<{ readonly id: string }[]>;
  readonly one: (asker: Asker, id: string) => Promise<object>;
  /** Members are not made: people come in by invitations. */
  readonly create?: Writing<[body: any]>;
  /** Names of the GraphQL inputs that the bodies are. */
  readonly inputs: { readonly create?: string; readonly update?: string };
  readonly update?: Writing<[id: string, body: any]>;
  readonly remove: Writing<[id: string]>;
};

type Writing<Given extends unknown[]> = (asker: Asker, isDryRun: boolean, ...given: Given) => Promise<object>;

/** A change of the model, done or only planned (`?dry_run=true`). */
function changing<Given extends unknown[]>(change: (...given: Given) => Change<object>): Writing<Given> {
  return (asker, isDryRun, ...given) => {
    return isDryRun ? wholePlan(asker, change(...given)) : apply(asker, change(...given));
  };
}

async function wholePlan(asker: Asker, change: Change<unknown>): Promise<object> {
  const { schema, ...plan } = await planned(asker, change);
  return { ...plan, schema: await schema() };
}

/** What is no change of the model has no plan. */
function doing<Given extends unknown[]>(act: (asker: Asker, ...given: Given) => Promise<object>): Writing<Given> {
  return (asker, isDryRun, ...given) => {
    if (isDryRun) throw refuse('BAD_REQUEST', 'dry_run is for changes of the model');
    return act(asker, ...given);
  };
}

const RESOURCES: readonly Resource[] = [
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
const ROLE_PARTS = {
  objectPermissions: { input: 'UpsertObjectPermissionsInput', set: doing(setObjectPermissions) },
  fieldPermissions: { input: 'UpsertFieldPermissionsInput', set: doing(setFieldPermissions) },
  rowRules: { input: 'UpsertRowRulesInput', set: doing(setRowRules) },
  permissionFlags: { input: 'UpsertPermissionFlagsInput', set: doing(setPermissionFlags) },
};

const resending = doing(resendInvitation);
const makingToken = doing(makeToken);

const DEFAULT_LIMIT = 60;
const MAX_LIMIT = 200;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** How what is answered is wrapped. */
type Envelope = {
  readonly list: (items: readonly { readonly id: string }[], plural: string, request: Request) => object;
  readonly one: (key: string, value: object) => object;
};

/** The routes of one kind of metadata. */
function serve(router: express.Router, resource: Resource, askerOf: (response: Response) => Asker, envelope: Envelope) {
  const { plural, singular, list, one, inputs, create, update, remove } = resource;
  const operation = (verb: string) => `${verb}One${singular.charAt(0).toUpperCase()}${singular.slice(1)}`;
  router.get(`/${plural}`, async (request, response) => {
    response.json(envelope.list(await list(askerOf(response)), plural, request));
  });
  if (create && inputs.create) {
    const input = inputs.create;
    router.post(`/${plural}`, async (request, response) => {
      const isDryRun = isDry(request);
      const answer = await create(askerOf(response), isDryRun, inputOf(input, request));
      response.status(isDryRun ? 200 : 201).json(isDryRun ? answer : envelope.one(operation('create'), answer));
    });
  }
  router.get(`/${plural}/:id`, async (request, response) => {
    response.json(envelope.one(singular, await one(askerOf(response), idOf(request))));
  });
  if (update && inputs.update) {
    const input = inputs.update;
    const change = async (request: Request, response: Response) => {
      const isDryRun = isDry(request);
      const answer = await update(askerOf(response), isDryRun, idOf(request), inputOf(input, request));
      response.json(isDryRun ? answer : envelope.one(operation('update'), answer));
    };
    router.patch(`/${plural}/:id`, change);
    router.put(`/${plural}/:id`, change);
  }
  router.delete(`/${plural}/:id`, async (request, response) => {
    const isDryRun = isDry(request);
    const answer = await remove(askerOf(response), isDryRun, idOf(request));
    response.json(isDryRun ? answer : envelope.one(operation('delete'), answer));
  });
}

/** What older clients ask for below `/rest` itself. */
const FORMER = ['webhooks', 'apiKeys'];

/** Serves `/rest/webhooks` and `/rest/apiKeys`, deprecated: lists are plain arrays, everything else is the thing itself. */
export function formerMetadataRouter({ database, models, settings }: MetadataRestOptions): express.Router {
  const router = express.Router();
  const askerOf = (response: Response): Asker => ({
    database,
    models,
    settings,
    principal: response.locals.principal,
  });
  router.use(
    FORMER.map((plural) => `/${plural}`),
    (_request, response, next) => {
      response.setHeader('Deprecation', 'true');
      next();
    },
  );
  for (const resource of RESOURCES.filter(({ plural }) => FORMER.includes(plural)))
    serve(router, resource, askerOf, { list: (items) => items, one: (_key, value) => value });
  return router;
}

/** Serves what follows `/rest/metadata`, for `response.locals.principal`. */
export function metadataRouter({ database, models, settings }: MetadataRestOptions): express.Router {
  const router = express.Router();
  const isLegacy = settings.restMetadataFormat === 'legacy';
  const askerOf = (response: Response): Asker => ({
    database,
    models,
    settings,
    principal: response.locals.principal,
  });
  const envelope: Envelope = {
    list(items, plural, request) {
      const { data, ...rest } = page(items, request);
      return { data: isLegacy ? { [plural]: data } : data, ...rest };
    },
    one: (key, value) => (isLegacy ? { data: { [key]: value } } : value),
  };
  for (const resource of RESOURCES) serve(router, resource, askerOf, envelope);
  router.post('/apiKeys/:id/tokens', async (request, response) => {
    const { expiresAt } = coerced('GenerateApiKeyTokenInput', request.body ?? {});
    response.status(201).json(await makingToken(askerOf(response), isDry(request), idOf(request), expiresAt));
  });
  router.get('/webhooks/:id/deliveries', async (request, response) => {
    response.json(await deliveriesOf(askerOf(response), request));
  });
  router.post('/webhooks/:id/test', async (request, response) => {
    response.status(201).json(await testWebhook(askerOf(response), idOf(request)));
  });
  router.post('/webhooks/:id/redeliver', async (request, response) => {
    const input = inputOf('RedeliverWebhookInput', request);
    response.json({ count: await redeliverMany(askerOf(response), idOf(request), input) });
  });
  router.get('/webhookDeliveries/:id', async (request, response) => {
    response.json(await oneDelivery(askerOf(response), idOf(request)));
  });
  router.post('/webhookDeliveries/:id/redeliver', async (request, response) => {
    response.json(await redeliver(askerOf(response), idOf(request)));
  });
  router.get('/auditLogs', async (request, response) => {
    response.json(await auditsOf(askerOf(response), request));
  });
  router.get('/apiUsage', async (request, response) => {
    response.json(await apiUsage(askerOf(response), coerced('ApiUsageInput', request.query)));
  });
  for (const [part, { input, set }] of Object.entries(ROLE_PARTS)) {
    router.put(`/roles/:id/${part}`, async (request, response) => {
      const body = { ...bodyOf(request), roleId: idOf(request) };
      response.json({ data: await set(askerOf(response), isDry(request), coerced(input, body)) });
    });
  }
  router.get('/modelJobs', async (_request, response) => {
    response.json({ data: await jobsOfModel(askerOf(response)) });
  });
  router.post('/invitations/:id/resend', async (request, response) => {
    response.status(201).json(await resending(askerOf(response), isDry(request), idOf(request)));
  });
  router.get('/currentUser', async (_request, response) => {
    const asker = askerOf(response);
    const { memberId, ...user } = await currentUser(asker);
    const [workspaceMember, workspaces] = [await ownMember(asker, memberId), await ownWorkspaces(asker, user.id)];
    response.json({ ...user, workspaceMember, workspaces });
  });
  router.get('/workspace', async (_request, response) => {
    response.json(await workspaceView(askerOf(response)));
  });
  const changeWorkspace = async (request: Request, response: Response) => {
    if (isDry(request)) throw refuse('BAD_REQUEST', 'dry_run is for changes of the model');
    response.json(await updateWorkspace(askerOf(response), inputOf('UpdateWorkspaceInput', request)));
  };
  router.patch('/workspace', changeWorkspace);
  router.put('/workspace', changeWorkspace);
  // The same text as `plinth model pull` prints, so that either can be compared with the file.
  const sendModel = (response: Response, document: ModelDocument) => {
    response.type('application/json').send(printDocument(document));
  };
  router.get('/model', async (_request, response) => {
    sendModel(response, await modelDocument(askerOf(response)));
  });
  router.get('/model/schema', (_request, response) => {
    response.type('application/schema+json').send(JSON.stringify(modelDocumentSchema(), null, 2));
  });
  router.put('/model', async (request, response) => {
    const change = adoptModel(bodyOf(request), isTrue(request, 'allow_data_loss'));
    if (isDry(request)) response.json(await wholePlan(askerOf(response), change));
    else sendModel(response, await apply(askerOf(response), change));
  });
  router.get('/unserved', async (_request, response) => {
    response.json({ data: await unserved(askerOf(response)) });
  });
  router.get('/drift', async (_request, response) => {
    response.json({ data: await modelDrift(askerOf(response)) });
  });
  for (const way of ['adopt', 'restore'] as const) {
    router.post(`/drift/${way}`, async (request, response) => {
      const mayLoseData = isTrue(request, 'allow_data_loss');
      if (isDry(request)) response.json(await plannedSettlement(askerOf(response), way));
      else response.json({ data: await settleDrift(askerOf(response), way, mayLoseData) });
    });
  }
  const known = new Set(router.stack.flatMap(({ route }) => (route ? [route.path.split('/')[1]] : [])));
  router.use(({ method, path }) => {
    throw refuse(
      'NOT_FOUND',
      `There is no ${method} /rest/metadata${path}. Below /rest/metadata there are ${[...known].join(', ')}; /rest/open-api/metadata says what they take`,
    );
  });
  router.use((error: unknown, _request: Request, _response: Response, next: NextFunction) => next(inRestWords(error)));
  return router;
}

/** Its query is the filter that GraphQL takes, and paging as of any list. */
async function deliveriesOf(asker: Asker, request: Request) {
  const { filter, size, after, before } = pageOf(request);
  const asked = coerced('WebhookDeliveryFilter', filter);
  const { deliveries, totalCount, ...more } = await webhookDeliveries(
    asker,
    idOf(request),
    before ? { last: size, before } : { first: size, after },
    asked,
  );
  const pageInfo = { ...more, startCursor: deliveries[0]?.id ?? null, endCursor: deliveries.at(-1)?.id ?? null };
  return { data: deliveries, pageInfo, totalCount };
}

/** `?dry_run=true`: what would be done, with nothing done. */
function isDry(request: Request): boolean {
  return isTrue(request, 'dry_run');
}

/** Anything but true and false is a mistake, and must not become a change. */
function isTrue({ query }: Request, name: string): boolean {
  const given = query[name];
  if (given === undefined || given === 'false') return false;
  if (given !== 'true') throw refuse('BAD_REQUEST', `${name} '${given}' is invalid. Should be true or false`);
  return true;
}

function idOf({ params }: Request): string {
  const id = String(params.id);
  if (!UUID.test(id)) throw refuse('BAD_REQUEST', `'${id}' is not a valid UUID`);
  return id.toLowerCase();
}

function bodyOf({ body }: Pick<Request, 'body'>): object {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw refuse('BAD_REQUEST', 'Send a JSON object as application/json');
  return body;
}

/** A body as the GraphQL input that it spells: both APIs take the same, and refuse the same. All mistakes are named. */
function inputOf(type: string, request: Request): any {
  return coerced(type, bodyOf(request));
}

function coerced(type: string, given: object): any {
  const mistakes: string[] = [];
  const input = coerceInputValue(
    given,
    METADATA_TYPES.getType(type) as GraphQLInputObjectType,
    (path, _value, { message }) => mistakes.push(mistakeOf(path, message)),
  );
  if (mistakes.length > 0) throw refuse('BAD_REQUEST', mistakes.join(', '));
  return input;
}

/** What graphql-js says of a value, in words of JSON. */
function mistakeOf(path: readonly (string | number)[], message: string): string {
  const at = (name: string | undefined) => [...path, ...(name === undefined ? [] : [name])].join('.');
  const missing = /^Field "([^"]+)" of required type/.exec(message);
  if (missing) return `${at(missing[1])} should not be empty`;
  const unknown = /^Field "([^"]+)" is not defined by type "[^"]+"\.?(.*)$/.exec(message);
  if (unknown) return `property ${at(unknown[1])} should not exist.${unknown[2]}`;
  return message.startsWith('Expected non-nullable type')
    ? `${at(undefined)} should not be empty`
    : `${at(undefined)}: ${message}`;
}

/** REST has one message; so it says all that is wrong. What Postgres refuses is what it is in GraphQL. Contract: metadata.md 2.3 */
function inRestWords(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) return ofPostgres(error, { objects: [] }) ?? error;
  if (!(error instanceof PlinthError) || error.code !== 'METADATA_VALIDATION_FAILED') return error;
  const byKind = (error.extensions.errors ?? {}) as Record<string, { errors: { message: string }[] }[]>;
  const messages = Object.values(byKind).flatMap((entities) =>
    entities.flatMap(({ errors }) => errors.map(({ message }) => message)),
  );
  if (messages.length === 0) return error;
  return refuse('METADATA_VALIDATION_FAILED', { message: messages.join(', '), cause: error });
}

/** The cursor is the id of an item. */
function page<T extends { readonly id: string }>(items: readonly T[], request: Request) {
  const { size, after, before } = pageOf(request);
  const within = items.filter(({ id }) => (!after || id > after) && (!before || id < before));
  const data = before ? within.slice(Math.max(0, within.length - size)) : within.slice(0, size);
  return {
    data,
    pageInfo: {
      hasNextPage: before ? true : within.length > data.length,
      hasPreviousPage: before ? within.length > data.length : Boolean(after),
      startCursor: data[0]?.id ?? null,
      endCursor: data.at(-1)?.id ?? null,
    },
    totalCount: items.length,
  };
}

/** The same over entries of the audit log, the newest first, which are too many to be read all. */
async function auditsOf(asker: Asker, request: Request) {
  const { filter, size, after, before } = pageOf(request);
  const asked = { size, after, before, isBackward: before !== null };
  const { rows, hasMore, totalCount } = await auditPage(asker, coerced('AuditLogFilter', filter), asked);
  const pageInfo = {
    hasNextPage: before ? true : hasMore,
    hasPreviousPage: before ? hasMore : Boolean(after),
    startCursor: rows[0]?.id ?? null,
    endCursor: rows.at(-1)?.id ?? null,
  };
  return { data: rows, pageInfo, totalCount };
}

/** Where a page is: how long, and the ids of the items before and after it. What else is asked for says of what. */
function pageOf({ query: { limit, starting_after, ending_before, ...filter } }: Request) {
  const [after, before] = [cursorOf(starting_after, 'starting_after'), cursorOf(ending_before, 'ending_before')];
  if (after && before) throw refuse('BAD_REQUEST', 'starting_after and ending_before cannot both be given');
  return { size: limitOf(limit), after, before, filter };
}

function limitOf(given: unknown): number {
  if (given === undefined) return DEFAULT_LIMIT;
  const limit = Number(given);
  if (typeof given !== 'string' || given === '' || !Number.isInteger(limit) || limit < 0)
    throw refuse('BAD_REQUEST', `limit '${given}' is invalid. Should be an integer`);
  return Math.min(limit, MAX_LIMIT);
}

function cursorOf(given: unknown, name: string): string | null {
  if (given === undefined || given === '') return null;
  if (typeof given !== 'string' || !UUID.test(given))
    throw refuse('BAD_REQUEST', `${name} '${given}' is not a valid UUID`);
  return given.toLowerCase();
}
