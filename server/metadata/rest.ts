/** The metadata API over REST: the same service, in REST's spelling. Contract: metadata.md 3. */

import express, { type NextFunction, type Request, type Response } from 'express';
import pg from 'pg';
import type { Database } from '../../db/pool.ts';
import type { ContextSettings, Models, RequestContext } from '../access/request-context.ts';
import { PlinthError, refuse } from '../errors.ts';
import { oneDelivery, redeliver, redeliverMany, testWebhook, webhookDeliveries } from '../events/deliveries.ts';
import { ofPostgres } from '../graphql/wire-errors.ts';
import { type ModelDocument, modelDocumentSchema, printDocument } from '../model/document/document.ts';
import type { Settings } from '../settings.ts';
import { pageOf } from '../store/paging.ts';
import { auditPage } from './audit-log.ts';
import { restList } from './lists.ts';
import { currentUser, ownMember, ownWorkspaces } from './members.ts';
import {
  adoptModel,
  apply,
  jobsOfModel,
  modelDocument,
  modelDrift,
  plannedSettlement,
  settleDrift,
  unserved,
} from './model-changes.ts';
import { makingToken, RESOURCES, type Resource, ROLE_PARTS, resending, wholePlan } from './resources.ts';
import {
  accepting,
  bodyOf,
  coerced,
  filterOfQuery,
  idOf,
  inputOf,
  isDry,
  isTrue,
  PAGE_PARAMETERS,
  pageOfQuery,
} from './rest-input.ts';
import { apiUsage } from './usage.ts';
import { updateWorkspace, workspaceView } from './workspace-settings.ts';

export type MetadataRestOptions = {
  readonly database: Database;
  readonly models: Models;
  readonly settings: Pick<Settings, 'restMetadataFormat'> & ContextSettings;
};

/** How what is answered is wrapped. */
type Envelope = {
  readonly list: (items: readonly { readonly id: string }[], plural: string, request: Request) => object;
  readonly listParameters: readonly string[];
  readonly one: (key: string, value: object) => object;
};

/** The routes of one kind of metadata. */
function serve(
  router: express.Router,
  resource: Resource,
  contextFor: (response: Response) => RequestContext,
  envelope: Envelope,
) {
  const { plural, singular, list, one, inputs, create, update, remove } = resource;
  const { listParameters } = envelope;
  const operation = (verb: string) => `${verb}One${singular.charAt(0).toUpperCase()}${singular.slice(1)}`;
  router.get(`/${plural}`, accepting(...listParameters), async (request, response) => {
    response.json(envelope.list(await list(contextFor(response)), plural, request));
  });
  if (create && inputs.create) {
    const input = inputs.create;
    router.post(`/${plural}`, accepting('dry_run'), async (request, response) => {
      const isDryRun = isDry(request);
      const answer = await create(contextFor(response), isDryRun, inputOf(input, request));
      response.status(isDryRun ? 200 : 201).json(isDryRun ? answer : envelope.one(operation('create'), answer));
    });
  }
  router.get(`/${plural}/:id`, accepting(), async (request, response) => {
    response.json(envelope.one(singular, await one(contextFor(response), idOf(request))));
  });
  if (update && inputs.update) {
    const input = inputs.update;
    const change = async (request: Request, response: Response) => {
      const isDryRun = isDry(request);
      const answer = await update(contextFor(response), isDryRun, idOf(request), inputOf(input, request));
      response.json(isDryRun ? answer : envelope.one(operation('update'), answer));
    };
    router.patch(`/${plural}/:id`, accepting('dry_run'), change);
    router.put(`/${plural}/:id`, accepting('dry_run'), change);
  }
  router.delete(`/${plural}/:id`, accepting('dry_run'), async (request, response) => {
    const isDryRun = isDry(request);
    const answer = await remove(contextFor(response), isDryRun, idOf(request));
    response.json(isDryRun ? answer : envelope.one(operation('delete'), answer));
  });
}

/** What older clients ask for below `/rest` itself. */
const FORMER = ['webhooks', 'apiKeys'];

/**
 * Serves `/rest/webhooks` and `/rest/apiKeys`, deprecated: lists are plain arrays, everything else is the thing itself.
 */
export function formerMetadataRouter({ database, models, settings }: MetadataRestOptions): express.Router {
  const router = express.Router();
  const contextFor = (response: Response): RequestContext => ({
    database: database.sharedBy(response.locals.principal.schema),
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
    serve(router, resource, contextFor, {
      list: (items) => items,
      listParameters: [],
      one: (_key, value) => value,
    });
  return router;
}

/** Serves what follows `/rest/metadata`, for `response.locals.principal`. */
export function metadataRouter({ database, models, settings }: MetadataRestOptions): express.Router {
  const router = express.Router();
  const isLegacy = settings.restMetadataFormat === 'legacy';
  const contextFor = (response: Response): RequestContext => ({
    database: database.sharedBy(response.locals.principal.schema),
    models,
    settings,
    principal: response.locals.principal,
  });
  const envelope: Envelope = {
    list(items, plural, request) {
      const { shown, ends } = pageOf(items, pageOfQuery(request));
      const { data, ...rest } = restList(shown, items.length, ends);
      return { data: isLegacy ? { [plural]: data } : data, ...rest };
    },
    listParameters: PAGE_PARAMETERS,
    one: (key, value) => (isLegacy ? { data: { [key]: value } } : value),
  };
  for (const resource of RESOURCES) serve(router, resource, contextFor, envelope);
  router.post('/apiKeys/:id/tokens', accepting('dry_run'), async (request, response) => {
    const { expiresAt } = coerced('GenerateApiKeyTokenInput', request.body ?? {});
    response.status(201).json(await makingToken(contextFor(response), isDry(request), idOf(request), expiresAt));
  });
  router.get('/webhooks/:id/deliveries', async (request, response) => {
    response.json(await deliveriesOf(contextFor(response), request));
  });
  router.post('/webhooks/:id/test', accepting(), async (request, response) => {
    response.status(201).json(await testWebhook(contextFor(response), idOf(request)));
  });
  router.post('/webhooks/:id/redeliver', accepting(), async (request, response) => {
    const input = inputOf('RedeliverWebhookInput', request);
    response.json({ count: await redeliverMany(contextFor(response), idOf(request), input) });
  });
  router.get('/webhookDeliveries/:id', accepting(), async (request, response) => {
    response.json(await oneDelivery(contextFor(response), idOf(request)));
  });
  router.post('/webhookDeliveries/:id/redeliver', accepting(), async (request, response) => {
    response.json(await redeliver(contextFor(response), idOf(request)));
  });
  router.get('/auditLogs', async (request, response) => {
    response.json(await auditsOf(contextFor(response), request));
  });
  router.get('/apiUsage', async (request, response) => {
    response.json(await apiUsage(contextFor(response), coerced('ApiUsageInput', request.query)));
  });
  for (const [part, { input, set }] of Object.entries(ROLE_PARTS)) {
    router.put(`/roles/:id/${part}`, accepting('dry_run'), async (request, response) => {
      const body = { ...bodyOf(request), roleId: idOf(request) };
      response.json({ data: await set(contextFor(response), isDry(request), coerced(input, body)) });
    });
  }
  router.get('/modelJobs', accepting(), async (_request, response) => {
    response.json({ data: await jobsOfModel(contextFor(response)) });
  });
  router.post('/invitations/:id/resend', accepting('dry_run'), async (request, response) => {
    response.status(201).json(await resending(contextFor(response), isDry(request), idOf(request)));
  });
  router.get('/currentUser', accepting(), async (_request, response) => {
    const asker = contextFor(response);
    const { memberId, ...user } = await currentUser(asker);
    const [workspaceMember, workspaces] = [await ownMember(asker, memberId), await ownWorkspaces(asker, user.id)];
    response.json({ ...user, workspaceMember, workspaces });
  });
  router.get('/workspace', accepting(), async (_request, response) => {
    response.json(await workspaceView(contextFor(response)));
  });
  const changeWorkspace = async (request: Request, response: Response) => {
    if (isDry(request)) throw refuse('BAD_REQUEST', 'dry_run is only supported for changes of the model');
    response.json(await updateWorkspace(contextFor(response), inputOf('UpdateWorkspaceInput', request)));
  };
  router.patch('/workspace', accepting('dry_run'), changeWorkspace);
  router.put('/workspace', accepting('dry_run'), changeWorkspace);
  // The same text as `plinth model pull` prints, so that either can be compared with the file.
  const sendModel = (response: Response, document: ModelDocument) => {
    response.type('application/json').send(printDocument(document));
  };
  router.get('/model', accepting(), async (_request, response) => {
    sendModel(response, await modelDocument(contextFor(response)));
  });
  router.get('/model/schema', accepting(), (_request, response) => {
    response.type('application/schema+json').send(JSON.stringify(modelDocumentSchema(), null, 2));
  });
  router.put('/model', accepting('dry_run', 'allow_data_loss'), async (request, response) => {
    const change = adoptModel(bodyOf(request), isTrue(request, 'allow_data_loss'));
    if (isDry(request)) response.json(await wholePlan(contextFor(response), change));
    else sendModel(response, await apply(contextFor(response), change));
  });
  router.get('/unserved', accepting(), async (_request, response) => {
    response.json({ data: await unserved(contextFor(response)) });
  });
  router.get('/drift', accepting(), async (_request, response) => {
    response.json({ data: await modelDrift(contextFor(response)) });
  });
  for (const way of ['adopt', 'restore'] as const) {
    router.post(`/drift/${way}`, accepting('dry_run', 'allow_data_loss'), async (request, response) => {
      const mayLoseData = isTrue(request, 'allow_data_loss');
      if (isDry(request)) response.json(await plannedSettlement(contextFor(response), way));
      else response.json({ data: await settleDrift(contextFor(response), way, mayLoseData) });
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

/** Its query is the filter that GraphQL takes, and a page as of any list. */
async function deliveriesOf(asker: RequestContext, request: Request) {
  const filter = coerced('WebhookDeliveryFilter', filterOfQuery(request));
  const { deliveries, totalCount, ends } = await webhookDeliveries(asker, idOf(request), pageOfQuery(request), filter);
  return restList(deliveries, totalCount, ends);
}

/** The same over entries of the audit log, the newest first. */
async function auditsOf(asker: RequestContext, request: Request) {
  const filter = coerced('AuditLogFilter', filterOfQuery(request));
  const { rows, totalCount, ends } = await auditPage(asker, filter, pageOfQuery(request));
  return restList(rows, totalCount, ends);
}

/**
 * REST has one message; so it says all that is wrong. What Postgres refuses is what it is in GraphQL. Contract:
 * metadata.md 2.3
 */
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
