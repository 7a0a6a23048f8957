/** Tokens that are tried out: an address that sends too many wrong ones isn't listened to for a while. */

import type { Request } from 'express';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { PlinthError, refuse } from '../errors.ts';
import { addressOf, networkOf } from './address.ts';
import { bearerToken, tokenName } from './keys.ts';
import { type Headers, secondsOf } from './rate-limit.ts';
import { openTokenBuckets } from './token-buckets.ts';

export type GuessLimit = {
  /**
   * Lets somebody be recognised, and remembers how that went.
   * @throws PlinthError RATE_LIMIT_REACHED, and what `recognise` throws
   */
  watch<T>(request: Pick<Request, 'headers' | 'ip'>, response: Headers, recognise: () => Promise<T>): Promise<T>;
};

export type GuessLimitOptions = {
  readonly database: Database;
  readonly log: Logger;
  /** Wrong tokens a minute and address; null for no limit. */
  readonly perMinute: number | null;
};

// Behind one address may be many: a token that worked from there goes on being taken while others are guessed.
const TRUSTED_FOR_MS = 3_600_000;
const MAX_TRUSTED = 20_000;

// All of whom a proxy says nothing of use share one limit.
const UNKNOWN = '0.0.0.0';

export function openGuessLimit({ database, log, perMinute }: GuessLimitOptions): GuessLimit {
  if (perMinute === null) return { watch: (_request, _response, recognise) => recognise() };
  const buckets = openTokenBuckets({ database, log, kind: 'address', rate: perMinute / 60, capacity: perMinute });
  // To read an address costs more than all the rest of this.
  const networks = new LRUCache<string, string>({ max: MAX_TRUSTED, memoMethod: networkOf });
  const trusted = new LRUCache<string, true>({ max: MAX_TRUSTED, ttl: TRUSTED_FOR_MS });

  return {
    async watch(request, response, recognise) {
      const token = bearerToken(request.headers.authorization);
      if (!token) return recognise();
      const address = networks.memo(addressOf(request) ?? UNKNOWN);
      const pair = `${address} ${tokenName(token)}`;
      const { tokens, waitMs } = buckets.standing(address);
      if (tokens < 1 && !trusted.has(pair)) {
        response.setHeader('Retry-After', secondsOf(waitMs));
        throw refuse('RATE_LIMIT_REACHED', 'Too many invalid tokens from this address');
      }
      try {
        const recognised = await recognise();
        trusted.set(pair, true);
        return recognised;
      } catch (error) {
        if (error instanceof PlinthError && error.code === 'INVALID_TOKEN') await buckets.take(address);
        throw error;
      }
    },
  };
}
