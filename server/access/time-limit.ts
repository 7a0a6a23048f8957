/** When a request ends before it was answered: its time is up, or its client is gone. */

import type { Response } from 'express';
import { refuse } from '../errors.ts';

/**
 * @param limitMs null for what takes as long as its size asks for
 * @returns a signal whose reason is the refusal to answer with: TIMEOUT, or CLIENT_GONE, which nobody reads
 */
export function endOfRequest(response: Response, limitMs: number | null): AbortSignal {
  const ending = new AbortController();
  const end = () => ending.abort(refuse('TIMEOUT', `The request took longer than ${limitMs} ms and was cancelled`));
  const limit = limitMs === null ? undefined : setTimeout(end, limitMs);
  const close = () => {
    clearTimeout(limit);
    if (!response.writableFinished) ending.abort(refuse('CLIENT_GONE'));
  };
  if (response.destroyed) close();
  else response.once('close', close);
  return ending.signal;
}
