/**
 * The core REST API: path → operation of the workspace's own document → GraphQL operation → envelope. Contract: core.md
 * 3.1
 */

import express, { type Request, type Response } from 'express';
import { LRUCache } from 'lru-cache';
import { OpenAPIBackend } from 'openapi-backend';
import type { GraphQLError } from 'postgraphile/grafast/graphql';
import type { Database } from '../../db/pool.ts';
import type { PoolSizes } from '../../db/workspace-pool.ts';
import { type OperationKind, operationsOf } from '../../openapi/operations.ts';
import { authorOf, identityOf, type Principal } from '../access/principal.ts';
import { requireFlag } from '../access/roles.ts';
import { endOfRequest } from '../access/time-limit.ts';
import type { Turns } from '../access/turns.ts';
import { refuse } from '../errors.ts';
import { keyTypeOf } from '../model/keys.ts';
import type { Execute } from '../records/execute.ts';
import { once } from '../records/idempotency.ts';
import { type ModelCache, type Served, Ungranted } from '../records/schema-cache.ts';
import { lapOf } from '../server-timing.ts';
import type { openChanges } from './changes.ts';
import { conditionsOf } from './conditions.ts';
import { envelope } from './envelope.ts';
import type { Query } from './parameters.ts';
import { checkedId, methodOf, parsePath } from './path.ts';
import { refusalOf } from './refusal.ts';
import { MAX_DEFAULT_FIELDS } from './selection.ts';
import { openExports } from './transfer/export.ts';
import { receiveImport, showImport } from './transfer/import.ts';
import { type OperationCache, type RestRequest, translate } from './translate.ts';
import { type Resource, type Vocabulary, vocabularyOf } from './vocabulary.ts';

type RestOptions = {
  readonly models: Pick<ModelCache, 'get' | 'serve'>;
  readonly execute: Execute;
  readonly requestTimeoutMs: number;
  readonly database: Database;
  readonly poolSizes: PoolSizes;
  readonly turns: Pick<Turns, 'isAlone'>;
  readonly sendChanges: ReturnType<typeof openChanges>;
};

/** What REST knows of a model; made at the first request that it serves. */
type Api = {
  readonly vocabulary: Vocabulary;
  readonly backend: OpenAPIBackend;
  readonly kinds: ReadonlyMap<string, OperationKind>;
  /** `get /companies/{id}` → what the document has there. As many entries as the document has operations. */
  readonly matches: Map<string, OperationKind>;
  readonly operations: OperationCache;
};

/** Who asks, by which model. */
type Asked = { readonly served: Served; readonly mayBeStale: boolean; readonly principal: Principal };

// What texts kept for each model may have: 10 operations of 50 objects are some 2,000 each, and `fields` makes more of
// them.
const MAX_OPERATION_CHARACTERS = 2_000_000;

/**
 * Serves what follows `/rest`, for `response.locals.principal`. Refusals go to `next`, for `restError` to put in words.
 */
export function restRouter({
  models,
  execute,
  database,
  poolSizes,
  turns,
  requestTimeoutMs,
  sendChanges,
}: RestOptions): express.Router {
  const sendExport = openExports(database, poolSizes);
  const apis = new WeakMap<Served, Promise<Api>>();

  function apiOf(served: Served): Promise<Api> {
    let api = apis.get(served);
    if (!api) {
      api = openApi(served);
      apis.set(served, api);
    }
    return api;
  }

  /** Translates a request, runs it and gives what GraphQL answers: the one way to records. @throws what was refused */
  async function run(asked: Asked, request: RestRequest, more: Partial<Parameters<Execute>[0]> = {}) {
    const { served, mayBeStale, principal } = asked;
    const { operation, variables } = await orDenied(asked, ({ operations, vocabulary }) =>
      translate({ ...request, resource: resourceNamed(vocabulary, request.resource.object.namePlural) }, operations),
    );
    const { data, errors, rows } = await execute({
      served,
      who: identityOf(principal),
      author: authorOf(principal, 'API'),
      source: operation.source,
      variables,
      isUnlimited: true,
      form: 'lists',
      mayBeStale,
      whole: () => models.get(principal.schema),
      ...more,
    });
    const refusals = (errors ?? []).map((error) => refusalOf(error as GraphQLError, request.resource));
    return { operation, json: data?.get(operation.root) ?? 'null', rows: rows ?? [], refusals };
  }

  /**
   * What `read` reads of a request by what serves the role of whoever asks.
   * @throws PlinthError PERMISSION_DENIED where nothing is wrong with it but the role (Ungranted, until that is
   *   certain); else what `read` throws
   */
  async function orDenied<T>({ served, mayBeStale, principal }: Asked, read: (api: Api) => T): Promise<T> {
    try {
      return read(await apiOf(served));
    } catch (error) {
      const whole = await models.get(principal.schema);
      if (whole === served) throw error;
      try {
        read(await apiOf(whole));
      } catch {
        throw error; // there is something else wrong with it
      }
      throw mayBeStale ? new Ungranted() : refuse('PERMISSION_DENIED', { cause: error });
    }
  }

  async function answer(request: Request, response: Response): Promise<void> {
    const principal = response.locals.principal as Principal;
    const signal = endOfRequest(response, requestTimeoutMs);
    const lap = lapOf(response);
    lap('body');
    const serve = async (served: Served, mayBeStale: boolean) => {
      await apiOf(served);
      lap('schema-cache');
      const asked = { served, mayBeStale, principal };
      const { kind, resource, id } = await orDenied(asked, (api) => route(api, request, response));
      const query = request.query as Query;
      switch (kind) {
        case 'exportMany':
          requireFlag(principal, 'EXPORT_CSV');
          return exportRecords(asked, resource, request, response);
        case 'importMany':
          requireFlag(principal, 'IMPORT_CSV');
          return importRecords(principal, resource, request, response);
        case 'watchMany':
          return sendChanges(
            principal,
            resource.object.formerNameOf ?? resource.object.nameSingular,
            request,
            response,
          );
        case 'findImport':
          return sendJson(
            response,
            JSON.stringify(
              await showImport(database.sharedBy(principal.schema), request, {
                workspaceId: principal.workspaceId,
                resource,
              }),
            ),
          );
      }
      const alongside = once(request, response, { principal, fingerprint: served.fingerprint });
      const conditions = conditionsOf(request, kind, served.fingerprint);
      const wanted: RestRequest = { kind, resource, id, query, body: request.body };
      const { versioning } = conditions;
      const { operation, json, refusals } = await run(asked, wanted, { alongside, signal, lap, versioning });
      if (refusals[0]) throw refusals[0];
      if (operation.isCapped) sayCapped(response);
      if (conditions.answer(response)) return void response.status(304).end();
      response.statusCode = kind === 'createOne' || kind === 'createMany' ? 201 : 200;
      sendJson(response, envelope(operation, json));
    };
    await models.serve(principal, serve, signal);
  }

  function exportRecords(asked: Asked, resource: Resource, request: Request, response: Response): Promise<void> {
    const wanted: RestRequest = { kind: 'exportMany', resource, id: null, query: request.query as Query, body: null };
    const signal = endOfRequest(response, null); // how long it takes is up to its size
    return sendExport(request, response, {
      who: identityOf(asked.principal),
      signal,
      plural: resource.object.namePlural,
      async read(snapshot) {
        // What is on its way already cannot be begun again by another model.
        const now = { ...asked, mayBeStale: asked.mayBeStale && !response.headersSent };
        const { operation, rows, refusals } = await run(now, wanted, {
          signal,
          snapshot,
          isRows: true,
          maxPage: Number.POSITIVE_INFINITY,
        });
        if (refusals[0]) throw refusals[0];
        return { properties: operation.properties, records: rows };
      },
    });
  }

  function importRecords(principal: Principal, known: Resource, request: Request, response: Response): Promise<void> {
    const query = request.query as Query;
    return receiveImport(database.sharedBy(principal.schema), request, response, {
      workspaceId: principal.workspaceId,
      resource: known,
      isAlone: () => turns.isAlone(principal.schema),
      // Each batch by the model of its moment: an import may outlast several.
      write: (records, note) =>
        models.serve(principal, async (served, mayBeStale) => {
          const resource = resourceNamed((await apiOf(served)).vocabulary, known.object.namePlural);
          const wanted: RestRequest = { kind: 'importMany', resource, id: null, query, body: records };
          const more = { ...note, maxRecords: records.length, author: authorOf(principal, 'IMPORT') };
          return (await run({ served, mayBeStale, principal }, wanted, more)).refusals;
        }),
    });
  }

  const router = express.Router();
  router.use(answer);
  return router;
}

async function openApi({ model }: Served): Promise<Api> {
  const served = model.objects.filter(({ isActive }) => isActive).flatMap(operationsOf);
  // Routes alone: following the schemas' references takes most of the time, and ours are checked by GraphQL.
  const paths: Record<string, Record<string, { operationId: string; responses: object }>> = {};
  for (const { path, method, operationId } of served) {
    paths[path] = { ...paths[path], [method]: { operationId, responses: {} } };
  }
  const backend = new OpenAPIBackend({
    definition: { openapi: '3.1.1', info: { title: '', version: '' }, paths },
    quick: true,
    validate: false,
  });
  await backend.init();
  return {
    vocabulary: vocabularyOf(model),
    backend,
    kinds: new Map(served.map(({ operationId, kind }) => [operationId, kind])),
    matches: new Map(),
    operations: new LRUCache({
      maxSize: MAX_OPERATION_CHARACTERS,
      sizeCalculation: ({ source }, form) => source.length + form.length,
    }),
  };
}

function sendJson(response: Response, text: string): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  // Not `response.json`: it hashes each answer for an ETag that no API client sends back.
  response.end(text);
}

const METHODS = ['get', 'post', 'patch', 'delete'];

type Routed = { readonly kind: OperationKind; readonly resource: Resource; readonly id: string | null };

/**
 * @throws PlinthError BAD_REQUEST for a path or an object that there isn't, METHOD_NOT_ALLOWED. Contract: core.md 3.1
 */
function route(api: Api, { method, path }: Request, response: Response): Routed {
  const { plural, template, id } = parsePath(method, path, (name, segment) => {
    const asked = api.vocabulary.byPlural.get(name);
    return checkedId(asked ? keyTypeOf(asked.object) : 'uuid', segment);
  });
  const resource = resourceNamed(api.vocabulary, plural);
  const asked = methodOf(method);
  const known = `${asked} ${template}`;
  const kind = api.matches.get(known) ?? match(api, asked, template);
  if (!kind) {
    const allowed = METHODS.filter((each) => match(api, each, template));
    response.setHeader('Allow', allowed.join(', ').toUpperCase());
    throw refuse('METHOD_NOT_ALLOWED', `${method} is not allowed on /rest${template}`);
  }
  api.matches.set(known, kind);
  return { kind, resource, id };
}

// The router of openapi-backend tries every path of the document in turn, about 0.5 ms; so it is asked once for each
// operation.
function match({ backend, kinds }: Api, method: string, template: string): OperationKind | undefined {
  const operation = backend.matchOperation({ method, path: template, headers: {} });
  // Where a path is there for other methods only, the router takes its last word for an id.
  return operation?.operationId === undefined || operation.path !== template
    ? undefined
    : kinds.get(operation.operationId);
}

function resourceNamed({ byPlural, bySingular }: Vocabulary, name: string): Resource {
  const resource = byPlural.get(name);
  if (resource) return resource;
  const singular = bySingular.get(name)?.object.namePlural;
  const [first] = byPlural.keys();
  const example = byPlural.has('companies') ? 'companies' : first;
  throw refuse(
    'BAD_REQUEST',
    singular === undefined
      ? `object '${name}' not found. eg: ${example}`
      : `object '${name}' not found. Did you mean '${singular}'?`,
  );
}

/** The reference's names, and ours. Contract: core.md 3.7; decisions.md, product names */
function sayCapped(response: Response): void {
  for (const product of ['Twenty', 'Plinth']) {
    response.setHeader(`X-${product}-Fields-Capped`, 'true');
    response.setHeader(`X-${product}-Fields-Max`, MAX_DEFAULT_FIELDS);
  }
}
