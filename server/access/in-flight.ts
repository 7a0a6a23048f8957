/**
 * How many requests of a caller may be answered at once. A rate limits how many begin; this limits how many slow ones
 * pile up.
 */

import type { Response } from 'express';
import { refuse } from '../errors.ts';

export type InFlight = {
  /** Counts one request or operation of a caller until it is disposed of. @throws PlinthError TOO_MANY_IN_FLIGHT */
  enter(caller: string): Disposable;
};

// Long enough for a usual request to be over.
export const RETRY_AFTER_SECONDS = 1;

/** @param max null for no limit */
export function openInFlight(max: number | null): InFlight {
  const counts = new Map<string, number>();
  return {
    enter(caller) {
      const count = counts.get(caller) ?? 0;
      if (max !== null && count >= max) {
        throw refuse('TOO_MANY_IN_FLIGHT', `${max} requests are in progress; wait until some of them have finished`);
      }
      counts.set(caller, count + 1);
      let isOver = false;
      return {
        [Symbol.dispose]() {
          if (isOver) return;
          isOver = true;
          const left = (counts.get(caller) ?? 1) - 1;
          if (left === 0) counts.delete(caller);
          else counts.set(caller, left);
        },
      };
    },
  };
}

/** Counts a request until its answer is sent, or its client is gone. */
export function countUntilClosed(inFlight: InFlight, caller: string, response: Response): void {
  const entered = inFlight.enter(caller);
  const leave = () => entered[Symbol.dispose]();
  if (response.closed) leave();
  else response.once('close', leave);
}
