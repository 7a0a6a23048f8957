/** Answers over a kilobyte are compressed where the client accepts it. docs/performance.md says what that costs. */

import { constants } from 'node:zlib';
import compression from 'compression';
import type { RequestHandler } from 'express';

// One packet of a network holds about 1,400 bytes: below this, nothing is sent sooner for being smaller.
const THRESHOLD_BYTES = 1024;

// Measured: the highest levels save an eighth of the bytes, and cost large answers two or three times the processor
// time.
const GZIP_LEVEL = 1;
const BROTLI_QUALITY = 1;

// Of exports; the middleware knows the other types of our answers to be text.
const NDJSON = /^application\/x-ndjson\b/;

/**
 * Not what says `no-transform`: streams whose lines must not wait for others. A client that accepts no compression
 * passes by for the cost of one header.
 */
export function compressed(): RequestHandler {
  const compress = compression({
    filter: (request, response) =>
      NDJSON.test(String(response.getHeader('Content-Type'))) || compression.filter(request, response),
    threshold: THRESHOLD_BYTES,
    level: GZIP_LEVEL,
    brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
  });
  return function compressIfAccepted(request, response, next) {
    if (request.headers['accept-encoding'] === undefined) {
      // `vary` reads what is there already, at ten times the cost of a header.
      if (response.hasHeader('Vary')) response.vary('Accept-Encoding');
      else response.setHeader('Vary', 'Accept-Encoding');
      return next();
    }
    // A strong ETag promises the same bytes, which a compressed answer does not have. RFC 9110, 8.8.1
    const writeHead = response.writeHead;
    response.writeHead = function writeHeadOfCoding(this: typeof response, ...head: unknown[]) {
      const etag = this.getHeader('ETag');
      if (typeof etag === 'string' && etag.startsWith('"') && this.hasHeader('Content-Encoding'))
        this.setHeader('ETag', `W/${etag}`);
      return writeHead.apply(this, head as Parameters<typeof writeHead>);
    } as typeof writeHead;
    compress(request, response, next);
  };
}
