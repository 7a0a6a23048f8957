/**
 * Headers of every answer that browsers act upon: what they may do with it (helmet), and which pages may read it
 * (CORS).
 */

import type { RequestHandler } from 'express';
import helmet from 'helmet';

const NONE = ["'none'"];

/**
 * For answers that are data: nothing in them is run, shown in a frame or kept; they are of whoever asked, and some show
 * a secret once. Pages and files replace what they need otherwise.
 */
export function securityHeaders(publicUrl: string): RequestHandler {
  const headers: (readonly [name: string, value: string])[] = [
    ...headersOf(
      helmet({
        contentSecurityPolicy: {
          useDefaults: false,
          directives: { defaultSrc: NONE, baseUri: NONE, formAction: NONE, frameAncestors: NONE },
        },
        xFrameOptions: { action: 'deny' },
        // Only where clients come by https: a browser that remembered it would find nothing on a plain localhost.
        strictTransportSecurity: publicUrl.startsWith('https:'),
      }),
    ),
    ['Cache-Control', 'no-store'],
  ];
  return function setHeaders(_request, response, next) {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/**
 * What a middleware sets, whatever the request: a dozen functions that each set one header cost more than setting them.
 */
function headersOf(middleware: (request: never, response: never, next: () => void) => void): [string, string][] {
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: string) => void headers.set(name, value),
    removeHeader: (name: string) => void headers.delete(name),
  };
  middleware({} as never, response as never, () => undefined);
  return [...headers];
}

/** Paths of the APIs. */
export const OF_APIS = /^\/(?:graphql|metadata|rest|open-api)(?:\/|$)/;

/** `*`: pages of all origins, without cookies; a list: those listed may send cookies too; an empty list: none. */
export type Origins = '*' | readonly string[];

/** What a page of another origin may read of an answer, beside the few headers that it always may. */
const EXPOSED = [
  'ETag',
  'Idempotent-Replayed',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'Server-Timing',
  'X-Plinth-Fields-Capped',
  'X-Plinth-Fields-Max',
  'X-Request-Id',
].join(', ');

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';

// How long a browser may remember what it was told of a path; Chrome takes no more than two hours.
const REMEMBERED_SECONDS = '7200';

/**
 * Cross-origin requests, as the Fetch standard has them. A key is not sent by the browser itself, so pages of all
 * origins may use the APIs with one. Cookies are, so only listed origins may send them. Other pages get the same
 * answers, which browsers keep from them.
 */
export function crossOrigin(origins: Origins): RequestHandler {
  const listed = origins === '*' ? [] : origins;
  const isOff = origins !== '*' && origins.length === 0;
  return function allowOrigin(request, response, next) {
    const { origin } = request.headers;
    if (listed.length > 0) response.vary('Origin');
    if (origin === undefined || isOff) return next();
    const isListed = listed.includes(origin);
    if (!isListed && !OF_APIS.test(request.path)) return next();
    response.setHeader('Access-Control-Allow-Origin', isListed ? origin : '*');
    if (isListed) response.setHeader('Access-Control-Allow-Credentials', 'true');
    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (!isPreflight) {
      response.setHeader('Access-Control-Expose-Headers', EXPOSED);
      return next();
    }
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Max-Age', REMEMBERED_SECONDS);
    const asked = request.headers['access-control-request-headers'];
    if (asked) response.vary('Access-Control-Request-Headers').setHeader('Access-Control-Allow-Headers', asked);
    response.status(204).end();
  };
}
