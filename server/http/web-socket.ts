/**
 * GraphQL over WebSocket on `/graphql`, by the protocol `graphql-transport-ws`: subscriptions, and whatever else HTTP
 * answers. Contract: decisions.md (subscriptions).
 */

import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Express, Request } from 'express';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
} from 'postgraphile/grafast/graphql';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Database } from '../../db/pool.ts';
import type { Access } from '../access/authentication.ts';
import type { GuessLimit } from '../access/guessing.ts';
import type { InFlight } from '../access/in-flight.ts';
import { authorOf, callerOf, identityOf } from '../access/principal.ts';
import type { RateLimit } from '../access/rate-limit.ts';
import type { Usage } from '../access/usage.ts';
import { PlinthError } from '../errors.ts';
import type { Viewing } from '../events/seen.ts';
import type { Streams } from '../events/streams.ts';
import { subscribe } from '../events/subscribe.ts';
import type { Given } from '../given.ts';
import { statusOf } from '../graphql/http.ts';
import { asWireError } from '../graphql/wire-errors.ts';
import { checkAnswer } from '../limits/answer.ts';
import { readDocument } from '../limits/document.ts';
import { checkNesting } from '../limits/json.ts';
import { limitsOf } from '../limits/limits.ts';
import { valueOfAnswer } from '../records/answers/answer.ts';
import type { Execute } from '../records/execute.ts';
import type { ModelCache } from '../records/schema-cache.ts';
import type { Settings } from '../settings.ts';

export type WebSocketOptions = {
  /** Knows from where a request came, behind proxies too. */
  readonly app: Pick<Express, 'request'>;
  readonly settings: Settings;
  readonly database: Database;
  readonly access: Access;
  readonly models: Pick<ModelCache, 'get' | 'serve'>;
  readonly execute: Execute;
  readonly streams: Streams;
  readonly rateLimit: RateLimit;
  readonly inFlight: InFlight;
  readonly guesses: GuessLimit;
  readonly usage: Usage;
  readonly log: Logger;
};

const MAX_MESSAGE_BYTES = 2 * 2 ** 20;

// Of the protocol: the connection is refused, or no longer allowed.
const FORBIDDEN = 4403;
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

// How soon a revoked key ends its connections.
const ASK_AGAIN_MS = 1_000;
const PING_MS = 15_000;

// Clients that were told to close and don't are cut off: the protocol alone would wait 30 s for each.
const CLOSE_TIMEOUT_MS = 2_000;

// The protocol has room for so much.
const MAX_REASON_BYTES = 123;

const NO_HEADERS = { setHeader: () => undefined };

type Extra = { readonly socket: WebSocket; readonly request: IncomingMessage };

/** Takes the upgrades of a server to `/graphql`. */
export function serveWebSockets(server: Server, options: WebSocketOptions): { stop(): Promise<void> } {
  const { app, settings, database, access, models, execute, streams, rateLimit, inFlight, guesses, usage, log } =
    options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const over = new AbortController();
  const limits = limitsOf(settings);

  const disposable = useServer<Record<string, unknown>, Extra>(
    {
      connectionInitWaitTimeout: 5_000,
      async onConnect({ connectionParams, extra }) {
        const headers = headersOf(extra.request, connectionParams);
        const authorize = () => access.authenticate(headers);
        try {
          const { ip } = Object.setPrototypeOf(extra.request, app.request) as Request;
          await guesses.watch({ headers, ip }, NO_HEADERS, authorize);
        } catch (error) {
          if (error instanceof PlinthError && error.status < 500) return false; // closed with 4403
          // Thrown, its message would go to the client.
          log.error({ err: error }, 'a WebSocket connection could not be authenticated');
          extra.socket.close(TRY_AGAIN_LATER, 'Try again in a moment');
          return false;
        }
        // It may have closed while its key was looked up.
        if (extra.socket.readyState !== extra.socket.OPEN) return false;
        const watch = setInterval(() => {
          authorize().catch((error) => {
            if (error instanceof PlinthError && error.status < 500)
              extra.socket.close(FORBIDDEN, reasonOf(error.message));
          });
        }, ASK_AGAIN_MS);
        extra.socket.once('close', () => clearInterval(watch));
        return true;
      },
      async onSubscribe({ connectionParams, extra }, _id, payload) {
        let answered: (status: number) => void = () => undefined;
        const refused = (...reasons: unknown[]): GraphQLError[] => {
          const errors = reasons.map((reason) => asWireError(reason, { model: { objects: [] } }, log));
          answered(statusOf({ errors }));
          return errors;
        };
        try {
          const principal = await access.authenticate(headersOf(extra.request, connectionParams));
          answered = usage.count(principal, 'GRAPHQL_CORE');
          await rateLimit.count(callerOf(principal), NO_HEADERS);
          using _counted = inFlight.enter(callerOf(principal));
          const served = await models.get(principal.schema, principal.role);
          const { query: source, operationName } = payload;
          checkNesting(payload.variables);
          const read = readDocument(served.schema, { source, operationName }, limits);
          if ('refused' in read) return refused(...read.refused);
          const headers = headersOf(extra.request, connectionParams);
          return {
            schema: served.schema,
            document: read.document,
            operationName: payload.operationName ?? null,
            variableValues: payload.variables ?? {},
            contextValue: { headers, source: payload.query, answered },
          } as never;
        } catch (error) {
          return refused(error);
        }
      },
      execute: async ({ contextValue, variableValues, operationName }: Given): Promise<ExecutionResult> => {
        const principal = await access.authenticate(contextValue.headers);
        const who = identityOf(principal);
        const signal = AbortSignal.any([over.signal, AbortSignal.timeout(settings.requestTimeoutMs)]);
        const run = () =>
          models.serve(who, (served, mayBeStale) =>
            execute({
              served,
              who,
              whole: () => models.get(principal.schema),
              author: authorOf(principal, 'API'),
              source: contextValue.source,
              variables: variableValues,
              ...(operationName && { operationName }),
              mayBeStale,
              signal,
            }),
          );
        const answered = counted(inFlight, callerOf(principal), run).then(valueOfAnswer) as Promise<ExecutionResult>;
        const result = await answered.catch((error) => refusedAs(error, log));
        contextValue.answered(statusOf(result));
        return result;
      },
      subscribe: ({ document, variableValues, operationName, contextValue }: Given) =>
        endable((signal) =>
          stream(
            { database, execute, access, models, streams, inFlight, log },
            AbortSignal.any([over.signal, signal]),
            {
              document,
              operationName,
              variables: variableValues,
              headers: contextValue.headers,
            },
          ),
        ),
    },
    sockets,
    PING_MS,
  );

  /** An event listener: what it throws nobody catches, and until it adds one the socket has no listener for errors. */
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy()); // reset by the client
    const path = pathOf(request.url ?? '');
    if (path === null) return refuseUpgrade(socket, '400 Bad Request');
    if (path !== '/graphql') return refuseUpgrade(socket, '404 Not Found');
    try {
      sockets.handleUpgrade(request, socket, head, (opened) => {
        sockets.emit('connection', opened, request);
        // In place of the listener of graphql-ws, which writes a stack to the console. `ws` closes the socket itself.
        opened.removeAllListeners('error');
        opened.on('error', ({ message }) => log.info({ reason: message }, 'a WebSocket broke the protocol'));
      });
    } catch (error) {
      log.error({ err: error }, 'a WebSocket could not be opened');
      socket.destroy();
    }
  };
  server.on('upgrade', upgrade);
  return {
    async stop() {
      over.abort();
      server.off('upgrade', upgrade);
      const open = [...sockets.clients];
      for (const socket of open) socket.close(GOING_AWAY, 'The server stops');
      const cut = setTimeout(() => {
        for (const socket of open) socket.terminate();
      }, CLOSE_TIMEOUT_MS);
      await disposable.dispose();
      clearTimeout(cut);
    },
  };
}

/**
 * Of a request target, without its query: `/path`, or `http://host/path`, which servers must take too. Null where it is
 * neither.
 */
function pathOf(target: string): string | null {
  const url = URL.parse(target, 'http://localhost');
  if (url === null || !/^(\/|https?:\/\/)/i.test(target)) return null;
  try {
    decodeURI(target);
  } catch {
    return null;
  }
  return target.startsWith('/') ? (target.split(/[?#]/)[0] ?? '') : url.pathname;
}

/** Not half open: a client that never closes its side would keep the socket. */
function refuseUpgrade(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Too long a reason would throw. */
function reasonOf(message: string): string {
  return Buffer.byteLength(message) > MAX_REASON_BYTES ? 'Forbidden' : message;
}

// Cookies and the origin of a page are what the browser says of them, and no script.
const SAID_LATER = new Set(['authorization', 'x-plinth-workspace']);

/** Browsers can give a WebSocket no headers, so `connection_init` may say these. */
function headersOf({ headers }: IncomingMessage, params: Record<string, unknown> | undefined): IncomingHttpHeaders {
  const given = Object.entries(params ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' && SAID_LATER.has(name.toLowerCase()) ? [[name.toLowerCase(), value]] : [],
  );
  return { ...headers, ...Object.fromEntries(given) };
}

/** A generator that waits hears of its end by a signal: `return` alone would wait with it. */
function endable<T>(start: (signal: AbortSignal) => AsyncGenerator<T>): AsyncGenerator<T> {
  const ending = new AbortController();
  const running = start(ending.signal);
  return Object.assign(Object.create(running), {
    next: () => running.next(),
    return(value: unknown) {
      ending.abort();
      return running.return(value);
    },
    throw: (error: unknown) => running.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  });
}

type Streaming = Viewing & Pick<WebSocketOptions, 'access' | 'models' | 'streams' | 'inFlight' | 'log'>;

type Streamed = {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
};

/** One subscription, counted; it ends when whoever reads it is no longer let in. */
async function* stream(
  { access, models, streams, inFlight, log, ...viewing }: Streaming,
  signal: AbortSignal,
  { document, operationName, variables, headers }: Streamed,
): AsyncGenerator<ExecutionResult> {
  const viewer = async () => {
    const principal = await access.authenticate(headers);
    return { principal, served: await models.get(principal.schema, principal.role) };
  };
  try {
    const caller = callerOf((await viewer()).principal);
    using _counted = inFlight.enter(caller);
    using _reader = streams.enter(caller);
    const operation = getOperationAST(document, operationName) as OperationDefinitionNode;
    for await (const event of subscribe(viewing, streams, { document, operation, variables, viewer, signal })) {
      yield checkAnswer(event);
    }
  } catch (error) {
    yield refusedAs(error, log);
  }
}

async function counted<T>(inFlight: InFlight, caller: string, run: () => Promise<T>): Promise<T> {
  using _counted = inFlight.enter(caller);
  return await run();
}

function refusedAs(error: unknown, log: Logger): ExecutionResult {
  return { errors: [asWireError(error, { model: { objects: [] } }, log)] };
}
