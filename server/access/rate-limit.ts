/**
 * How many requests a key may make: a steady rate a second, and a burst of twice that. Contract: decisions.md (rate
 * limit).
 */

import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { refuse } from '../errors.ts';
import { openTokenBuckets, type Standing } from './token-buckets.ts';

/** Where a client reads where it stands: an answer over HTTP. */
/** Where a client is told where it stands; over WebSocket there is no such place. */
export type Headers = { setHeader(name: string, value: number): unknown };

export type RateLimit = {
  /**
   * Counts one request of whoever it is, and tells the client where it stands.
   * @throws PlinthError RATE_LIMIT_REACHED
   */
  count(id: string, response: Headers): Promise<void>;
};

export type RateLimitOptions = {
  readonly database: Database;
  readonly log: Logger;
  /** Requests a second; null for no limit. */
  readonly rate: number | null;
};

// After a quiet while so many seconds' worth may come at once.
const BURST_SECONDS = 2;

export function openRateLimit({ database, log, rate }: RateLimitOptions): RateLimit {
  if (rate === null) return { count: async () => undefined };
  const buckets = openTokenBuckets({ database, log, kind: 'key', rate, capacity: rate * BURST_SECONDS });
  return {
    async count(id, response) {
      const standing = await buckets.take(id);
      tell(response, rate, standing);
      if (standing.isGranted) return;
      response.setHeader('Retry-After', secondsOf(standing.waitMs));
      throw refuse('RATE_LIMIT_REACHED', `Limit reached: ${rate} requests a second`);
    },
  };
}

/** In terms of the rate: what a burst has beyond it is a gift that nobody should plan with. */
function tell(response: Headers, rate: number, { tokens }: Standing): void {
  const remaining = Math.min(rate, Math.floor(tokens));
  response.setHeader('RateLimit-Limit', rate);
  response.setHeader('RateLimit-Remaining', remaining);
  response.setHeader('RateLimit-Reset', Math.ceil((rate - remaining) / rate));
}

/** For `Retry-After`, which knows no less than a second. */
export function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
