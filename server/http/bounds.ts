/**
 * What a client may take of the server before anybody knows who it is: connections that dawdle, headers, the time of a
 * request.
 */

import { createServer, type Server } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { refuse } from '../errors.ts';

export type Bounds = {
  /** Within which the headers of a request must be there, however few bytes come at a time. */
  readonly headersTimeoutMs: number;
  /** Within which all of a request must be there; imports lift it, for files take long. */
  readonly requestTimeoutMs: number;
  /**
   * For which a connection without a request stays open. The time for headers starts with the next request's first
   * byte.
   */
  readonly keepAliveTimeoutMs: number;
};

/** Load balancers keep idle connections for 60 s. A server that closes first makes them answer 502. */
export const BOUNDS: Bounds = { headersTimeoutMs: 10_000, requestTimeoutMs: 60_000, keepAliveTimeoutMs: 65_000 };

// Node looks this often for connections that are over their time; by itself every 30 s, which would be the real bound.
const LOOK_EVERY_MS = 1_000;

// All headers of a request together, and how many there are: browsers behind several proxies send some forty.
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 100;

/** An HTTP server that slow clients cannot hold. It refuses by itself, with 408 and 431, what isn't a request yet. */
export function boundedServer({ headersTimeoutMs, keepAliveTimeoutMs }: Bounds = BOUNDS): Server {
  const server = createServer({
    headersTimeout: headersTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Clients that ask for another protocol (Java's for HTTP/2) are served without it. Unhandled, their requests would
    // be dropped.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    requestTimeout: 0, // `requestDeadline` does it, which knows of imports
    connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, headersTimeoutMs),
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.maxHeadersCount = MAX_HEADERS + 1; // what is over it would be dropped without a word
  return server;
}

/** Middleware: a request whose body takes too long is cut off. */
export function requestDeadline({ requestTimeoutMs }: Bounds = BOUNDS) {
  return function deadline(request: Request, response: Response, next: NextFunction): void {
    if (request.rawHeaders.length > 2 * MAX_HEADERS) throw refuse('TOO_MANY_HEADERS');
    if (request.headers['transfer-encoding'] ?? request.headers['content-length']) {
      const cut = setTimeout(() => request.destroy(), requestTimeoutMs);
      const lift = () => clearTimeout(cut);
      request.once('end', lift).once('close', lift);
      response.locals.liftDeadline = lift;
    }
    next();
  };
}
