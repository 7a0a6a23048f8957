/**
 * Gives each request an id, and writes a line of its end: with the id, method, path without its query, status and time.
 */

import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';

declare module 'node:http' {
  interface IncomingMessage {
    /** As in the header `X-Request-Id`. */
    id: string;
    /** What is written here names the request. */
    readonly log: Logger;
  }
}

/**
 * Middleware for an app. Nothing is made for a line that nobody writes: `request.log` makes a logger when it is asked
 * for. It belongs to all requests of the app: a property of each request's own would give each a shape of its own, and
 * slow down whatever reads it. A line holds no keys, no query strings and no contents.
 */
export function requestLog(app: { readonly request: object }, log: Logger) {
  Object.defineProperty(app.request, 'log', {
    get(this: Request) {
      return log.child({ req: describe(this) });
    },
  });
  return function nameRequest(request: Request, response: Response, next: NextFunction): void {
    const began = performance.now();
    request.id = randomUUID();
    response.setHeader('X-Request-Id', request.id);
    response.once('close', () => {
      const isFault = response.statusCode >= 500;
      if (!isFault && !log.isLevelEnabled('info')) return;
      const line = { res: { statusCode: response.statusCode }, responseTime: Math.round(performance.now() - began) };
      if (!response.writableFinished) request.log.info(line, 'request aborted');
      else if (isFault) request.log.error(line, 'request failed');
      else request.log.info(line, 'request completed');
    });
    next();
  };
}

function describe({ id, method, originalUrl }: Request): object {
  return { id, method, path: originalUrl.split('?', 1)[0] };
}
