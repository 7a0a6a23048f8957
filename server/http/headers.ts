/** Headers of every answer that browsers act upon: what they may do with it (helmet), and which pages may read it (CORS). */

import type { RequestHandler } from 'express';
import helmet from 'helmet';

const NONE = ["'none'"];

/**
 * For answers that are data: nothing in them is run, shown in a frame or kept; they are of whoever asked, and some show a secret
 * once. Pages and files replace what they need otherwise.
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

/** What a middleware sets, whatever the request: a dozen functions that each set one header cost more than setting them. */
function headersOf(middleware: (request: never, response: never, next: () => void) => void): [string, string][] {
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: string) => void headers.set(name, value),
    removeHeader: (name: string) => void headers.delete(name),
  };
  middleware({} as never, response as never, () => undefined);
  return [...headers];
}

/** `*`: pages of all origins, which then cannot send cookies; else those listed, which can. */
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

/** Cross-origin requests, as the Fetch standard has them. Others get the same answers, which browsers then keep from the page. */
export function crossOrigin(origins: Origins): RequestHandler {
  return function allowOrigin(request, response, next) {
    if (origins !== '*' && origins.length > 0) response.vary('Origin');
    const { origin } = request.headers;
    if (origin === undefined || !(origins === '*' || origins.includes(origin))) return next();
    response.setHeader('Access-Control-Allow-Origin', origins === '*' ? '*' : origin);
    if (origins !== '*') response.setHeader('Access-Control-Allow-Credentials', 'true');
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
