/** When a request ends before it was answered: its time is up, or its client is gone. */

import type { Response } from 'express';
import { refuse } from '../errors.ts';

/** @returns a signal whose reason is the refusal to answer with: TIMEOUT, or CLIENT_GONE, which nobody reads */
export function endOfRequest(response: Response, limitMs: number): AbortSignal {
  const ending = new AbortController();
  const limit = setTimeout(() => {
    ending.abort(refuse('TIMEOUT', `The request took longer than ${limitMs} ms and was cancelled`));
  }, limitMs);
  const close = () => {
    clearTimeout(limit);
    if (!response.writableFinished) ending.abort(refuse('CLIENT_GONE'));
  };
  if (response.destroyed) close();
  else response.once('close', close);
  return ending.signal;
}
