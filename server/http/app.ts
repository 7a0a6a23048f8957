/** The express app: what a request meets, in order. */

import express, { type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { metadataDocument } from '../../openapi/metadata.ts';
import { originOf } from '../access/address.ts';
import type { Access } from '../access/authentication.ts';
import type { GuessLimit } from '../access/guessing.ts';
import { countUntilClosed, type InFlight, RETRY_AFTER_SECONDS } from '../access/in-flight.ts';
import { authorOf, callerOf, identityOf, type Principal } from '../access/principal.ts';
import type { RateLimit } from '../access/rate-limit.ts';
import type { Sessions } from '../access/sessions.ts';
import { endOfRequest } from '../access/time-limit.ts';
import type { Turns } from '../access/turns.ts';
import { apiOf, type Usage } from '../access/usage.ts';
import { PlinthError, refuse } from '../errors.ts';
import type { Streams } from '../events/streams.ts';
import { type GraphqlAnswer, readGraphqlRequest, refusedResult, sendGraphql, statusOf } from '../graphql/http.ts';
import { schemaDocument } from '../graphql/schema-document.ts';
import { isFault, unavailable } from '../graphql/wire-errors.ts';
import { answerText } from '../limits/answer.ts';
import { jsonBody } from '../limits/json.ts';
import { limitsOf } from '../limits/limits.ts';
import { executeMetadata, metadataSchema } from '../metadata/graphql.ts';
import { formerMetadataRouter, metadataRouter } from '../metadata/rest.ts';
import { textOfAnswer } from '../records/answers/answer.ts';
import type { Execute } from '../records/execute.ts';
import { once } from '../records/idempotency.ts';
import type { ModelCache, Served } from '../records/schema-cache.ts';
import { openChanges } from '../rest/changes.ts';
import { openDocuments } from '../rest/document.ts';
import { restError } from '../rest/envelope.ts';
import { restRouter } from '../rest/routes.ts';
import { lapOf, serverTiming } from '../server-timing.ts';
import type { Settings } from '../settings.ts';
import { type Bounds, requestDeadline } from './bounds.ts';
import { compressed } from './compression.ts';
import { consoleRouter } from './console.ts';
import { crossOrigin, OF_APIS, securityHeaders } from './headers.ts';
import { healthRouter } from './health.ts';
import { requestLog } from './request-log.ts';
import { signInRouter } from './sign-in.ts';

export type AppOptions = {
  readonly settings: Settings & { readonly publicUrl: string };
  readonly database: Database;
  readonly access: Access;
  readonly sessions: Sessions;
  readonly models: ModelCache;
  readonly log: Logger;
  readonly execute: Execute;
  readonly streams: Streams;
  readonly rateLimit: RateLimit;
  readonly inFlight: InFlight;
  readonly turns: Turns;
  readonly guesses: GuessLimit;
  readonly usage: Usage;
  readonly bounds?: Bounds;
  /** The console as it was built; null where it could not be. */
  readonly consoleDir: string | null;
};

// 60 records of some 20 KB each; a body over it is refused before it is parsed.
const MAX_BODY = '2mb';

export function createApp(options: AppOptions): express.Express {
  const { settings, database, access, sessions, models, log, execute, streams, usage, bounds, consoleDir } = options;
  const { rateLimit, inFlight, guesses } = options;
  const limits = limitsOf(settings);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // a hash of every answer, which no API client sends back
  app.set('trust proxy', settings.trustedProxies);
  app.set('query parser', 'extended'); // `fields[x]=1` must arrive as what it is, to be refused
  if (settings.hasServerTiming) app.use(serverTiming);
  app.use(requestLog(app, log));
  app.use(securityHeaders(settings.publicUrl));
  app.use(crossOrigin(settings.corsOrigins));
  app.use(requestDeadline(bounds));
  app.use(unlessOfApis(consoleRouter(consoleDir)));
  app.use(healthRouter(database));
  app.use('/auth', signInRouter({ database, sessions, settings }));
  app.use(compressed()); // the console's files are compressed already; what /auth says is not to be guessed by its length

  const json = jsonBody(MAX_BODY);

  async function authenticate(request: Request, response: Response): Promise<Principal> {
    try {
      const known = await guesses.watch(request, response, () => access.authenticate(request.headers));
      const answered = usage.count(known, apiOf(request.originalUrl));
      // GraphQL answers 200 whatever became of it.
      response.once('finish', () => answered(response.locals.status ?? response.statusCode));
      await rateLimit.count(callerOf(known), response);
      countUntilClosed(inFlight, callerOf(known), response);
      const principal = { ...known, from: originOf(request) };
      response.locals.principal = principal;
      return principal;
    } finally {
      lapOf(response)('access');
    }
  }

  /** Middleware before any body is read: what strangers send is not looked at. */
  async function identified(request: Request, response: Response, next: NextFunction): Promise<void> {
    await authenticate(request, response);
    next();
  }

  /**
   * Null without a valid key. Whatever else keeps a client from being recognized is refused: it must not get the
   * skeleton.
   */
  async function authenticateIfKnown(request: Request, response: Response): Promise<Principal | null> {
    try {
      return await authenticate(request, response);
    } catch (error) {
      if (error instanceof PlinthError && (error.status === 401 || error.status === 403)) return null;
      throw error;
    }
  }

  function answer(request: Request, response: Response, result: GraphqlAnswer, text = answerText(result)): void {
    response.locals.status = statusOf(result);
    for (const { originalError } of result.errors ?? []) sayWhenToRetry(response, originalError);
    sendGraphql(request, response, result, text);
  }

  app.all('/graphql', identified, json, async (request: Request, response: Response) => {
    const lap = lapOf(response);
    lap('body');
    const { principal } = response.locals as { principal: Principal };
    const { schema } = principal;
    const [who, author] = [identityOf(principal), authorOf(principal, 'API')];
    const operation = readGraphqlRequest(request);
    const signal = endOfRequest(response, settings.requestTimeoutMs);
    const run = (served: Served, mayBeStale: boolean) => {
      lap('schema-cache');
      const whole = () => models.get(schema);
      const alongside = once(request, response, { principal, fingerprint: served.fingerprint });
      return execute({ served, whole, who, author, mayBeStale, alongside, signal, lap, ...operation });
    };
    const result = await models.serve(who, run, signal);
    answer(request, response, result, textOfAnswer(result));
  });
  app.all('/metadata', identified, json, async (request: Request, response: Response) => {
    const { principal } = response.locals as { principal: Principal };
    answer(
      request,
      response,
      await executeMetadata({
        principal,
        database: database.sharedBy(principal.schema),
        models,
        settings,
        log,
        limits,
        ...readGraphqlRequest(request),
      }),
    );
  });
  app.use(['/graphql', '/metadata'], (error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    answer(request, response, refusedResult(plinthError(error, request)));
  });

  // What a client generator reads. Refusals are those of documents, by status, and not those of GraphQL.
  app.get('/graphql/schema.graphql', async (request, response) => {
    const { schema, role } = await authenticate(request, response);
    response.type('text/plain').send(schemaDocument((await models.get(schema, role)).schema));
  });
  app.get('/metadata/schema.graphql', async (request, response) => {
    await authenticate(request, response);
    response.type('text/plain').send(schemaDocument(metadataSchema));
  });

  const sendDocument = openDocuments({ publicUrl: settings.publicUrl, maxRecords: settings.maxRecordsPerRequest });
  // Documents answer without a key too: with less in them. Contract: core.md 4
  app.get(['/rest/open-api/core', '/open-api/core'], async (request, response) => {
    const principal = await authenticateIfKnown(request, response);
    await sendDocument(request, response, principal && (await models.get(principal.schema, principal.role)));
  });
  app.get(['/rest/open-api/metadata', '/open-api/metadata'], async (request, response) => {
    const principal = await authenticateIfKnown(request, response);
    response.json(
      metadataDocument({
        publicUrl: settings.publicUrl,
        isComplete: principal !== null,
        isLegacy: settings.restMetadataFormat === 'legacy',
        types: metadataSchema,
      }),
    );
  });

  app.use('/rest', identified, json);
  app.use('/rest/metadata', metadataRouter({ database, models, settings }));
  app.use('/rest', formerMetadataRouter({ database, models, settings }));
  app.use(
    '/rest',
    restRouter({
      models,
      execute,
      database,
      turns: options.turns,
      poolSizes: { poolSize: settings.databasePoolSize, workspacePoolSize: settings.workspacePoolSize },
      requestTimeoutMs: settings.requestTimeoutMs,
      sendChanges: openChanges({ database, execute, access, models, streams }),
    }),
  );
  app.use((_request, _response, next) => next(refuse('NOT_FOUND')));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const known = inOurWords(error);
    logged(known, request);
    sayWhenToRetry(response, known);
    const { status, body } = restError(known, String(request.id));
    response.removeHeader('Content-Encoding'); // of a file that was to be sent
    response.status(status).json(body);
  });
  return app;
}

/** A router of many paths, which requests to the APIs need not be compared with. */
function unlessOfApis(router: express.Router): express.RequestHandler {
  return function routeOthers(request, response, next) {
    if (OF_APIS.test(request.path)) next();
    else router(request, response, next);
  };
}

/** A bug, or a database that is away, is logged here, once; what the client did wrong is told to the client alone. */
function logged(error: unknown, request: Request): void {
  const isOurs = error instanceof PlinthError ? isFault(error) : ((error as { status?: number }).status ?? 500) >= 500;
  if (isOurs) request.log.error({ err: error }, 'a request failed');
}

const BUSY: ReadonlySet<unknown> = new Set(['WORKSPACE_BUSY', 'TOO_MANY_IN_FLIGHT']);

function sayWhenToRetry(response: Response, error: unknown): void {
  if (error instanceof PlinthError && BUSY.has(error.code)) response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
}

/** Looking up a key or a model may find the database away, before there is anything that knows records. */
function inOurWords(error: unknown): unknown {
  return unavailable(error) ?? error;
}

function plinthError(error: unknown, request: Request): PlinthError {
  const known = inOurWords(error);
  if (known instanceof PlinthError) {
    logged(known, request);
    return known;
  }
  const { status, type } = error as { status?: number; type?: string };
  if (type === 'entity.too.large') return refuse('PAYLOAD_TOO_LARGE');
  if (status !== undefined && status < 500) return refuse('BAD_REQUEST', 'The body is not valid JSON');
  logged(error, request);
  return refuse('INTERNAL_SERVER_ERROR', { message: `Internal server error (request ${request.id})`, cause: error });
}
