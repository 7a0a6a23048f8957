/**
 * JSON as clients send it, no deeper than what goes through it can bear: `JSON.parse` takes any depth, and
 * `JSON.stringify` does not.
 */

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { refuse } from '../errors.ts';
import type { Given } from '../given.ts';
import { MAX_JSON_DEPTH, tooMuch } from './limits.ts';

/**
 * Middleware: a body of at most `limit` bytes, parsed. What isn't UTF-8 is refused: its characters would be stored as
 * U+FFFD.
 */
export function jsonBody(limit: string): RequestHandler[] {
  const notUtf8 = new WeakSet<IncomingMessage>();
  const verify = (request: IncomingMessage, _response: unknown, bytes: Buffer, encoding: string) => {
    if (encoding === 'utf-8' && !isUtf8(bytes)) notUtf8.add(request);
  };
  function checkBody(request: Request, _response: Response, next: NextFunction): void {
    if (notUtf8.has(request)) throw refuse('BAD_REQUEST', 'The body is not valid UTF-8');
    checkNesting(request.body);
    next();
  }
  return [express.json({ limit, verify }), checkBody];
}

/** @throws SyntaxError when the text isn't JSON; PlinthError LIMIT_EXCEEDED */
export function parseJson(text: string): Given {
  const value: unknown = JSON.parse(text);
  checkNesting(value);
  return value;
}

/** Level by level, without recursion. @throws PlinthError LIMIT_EXCEEDED */
export function checkNesting(value: unknown): void {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_JSON_DEPTH) {
      throw tooMuch({ name: 'MAX_JSON_DEPTH', max: MAX_JSON_DEPTH, unit: 'levels of JSON', code: 'LIMIT_EXCEEDED' });
    }
    level = level.flatMap((each) => Object.values(each).filter(isNested));
  }
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
