/** How many requests a key may make: a steady rate a second, and as many again now and then. Contract: decisions.md (rate limit). */

import type { Response } from 'express';
import { BurstyRateLimiter, RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { refuse } from '../errors.ts';

export type RateLimit = {
  /** Counts one request of a key, and tells the client where it stands. @throws PlinthError RATE_LIMIT_REACHED */
  count(keyId: string, response: Response): Promise<void>;
};

// The burst fills again in this time: twice the rate for a second, after a quiet while.
const BURST_SECONDS = 10;

/** @param rate requests a second and key; null for no limit */
export function openRateLimit(rate: number | null): RateLimit {
  if (rate === null) return { count: async () => undefined };
  const limiter = new BurstyRateLimiter(
    new RateLimiterMemory({ points: rate, duration: 1 }),
    new RateLimiterMemory({ keyPrefix: 'burst', points: rate, duration: BURST_SECONDS }),
  );
  return {
    async count(keyId, response) {
      try {
        tell(response, rate, (await limiter.consume(keyId)) as RateLimiterRes);
      } catch (reason) {
        if (reason instanceof Error) throw reason;
        const { msBeforeNext } = reason as RateLimiterRes;
        tell(response, rate, reason as RateLimiterRes);
        response.setHeader('Retry-After', Math.max(1, Math.ceil(msBeforeNext / 1000)));
        throw refuse('RATE_LIMIT_REACHED', `Limit reached: ${rate} requests a second`);
      }
    },
  };
}

function tell(response: Response, rate: number, { remainingPoints, msBeforeNext }: RateLimiterRes): void {
  response.setHeader('RateLimit-Limit', rate);
  response.setHeader('RateLimit-Remaining', Math.max(0, remainingPoints));
  response.setHeader('RateLimit-Reset', Math.ceil(msBeforeNext / 1000));
}
