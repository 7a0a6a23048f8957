/**
 * Serves the core OpenAPI document: written once a model, kept compressed, and not sent again to who has it. Contract:
 * core.md 4
 */

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { coreDocument, type DocumentOptions } from '../../openapi/core.ts';
import type { Served } from '../records/schema-cache.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** A document of 500 objects is 16 MB of text that says the same over and over: 2 % of it compressed. */
type Written = { readonly compressed: Buffer; readonly etag: string };

/** @returns what answers with the document of a model; with `null`, with the skeleton for who has no key */
export function openDocuments(options: DocumentOptions) {
  const byModel = new WeakMap<Served, Promise<Written>>();
  const skeleton = write(null);

  async function write(served: Served | null): Promise<Written> {
    const text = JSON.stringify(coreDocument(served?.model ?? null, options));
    const hash = createHash('sha256').update(text).digest('base64url');
    // Weak: the same document, whatever coding it is sent in.
    return { compressed: await compress(text), etag: `W/"${hash}"` };
  }

  function written(served: Served | null): Promise<Written> {
    if (served === null) return skeleton;
    let document = byModel.get(served);
    if (!document) {
      document = write(served);
      byModel.set(served, document);
    }
    return document;
  }

  return async function sendDocument(request: Request, response: Response, served: Served | null): Promise<void> {
    const { compressed, etag } = await written(served);
    response.set({
      ETag: etag,
      // Ask each time: a model may change at any moment, and the answer is then short or new.
      'Cache-Control': 'private, no-cache',
      Vary: 'Authorization, Accept-Encoding',
    });
    if (isHad(request, etag)) {
      response.status(304).end();
      return;
    }
    response.type('application/json');
    if (request.acceptsEncodings('gzip', 'identity') === 'gzip') {
      response.set('Content-Encoding', 'gzip').end(compressed);
    } else {
      response.end(await decompress(compressed));
    }
  };
}

/**
 * Not express's `fresh`, which `Cache-Control: no-cache` turns off: that is a word to caches, and Node’s `fetch` sends
 * it with every If-None-Match.
 */
function isHad(request: Request, etag: string): boolean {
  const had =
    request
      .get('If-None-Match')
      ?.split(',')
      .map((each) => each.trim()) ?? [];
  return had.includes(etag) || had.includes('*');
}
