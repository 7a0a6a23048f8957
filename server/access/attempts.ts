/**
 * How often somebody may try to sign in: counted in the database, so that several servers count together. Contract:
 * docs/members.md.
 */

import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Database } from '../../db/pool.ts';
import { refuse } from '../errors.ts';
import { addressOf, networkOf } from './address.ts';

export type Attempts = {
  /** Counts one, whoever is meant exists or not. @throws PlinthError RATE_LIMIT_REACHED */
  count(request: Request, response: Response, email?: string): Promise<void>;
  /** It was them: their attempts are forgotten. */
  succeeded(email: string): Promise<void>;
};

const WINDOW_SECONDS = 15 * 60;

// Of an office behind one address, several may have forgotten their passwords at once.
const PEOPLE_AN_ADDRESS = 5;

// All of whom a proxy says nothing of use share one limit.
const UNKNOWN = '0.0.0.0';

/** @param limit attempts a person in a quarter of an hour; null for no limit */
export function openAttempts(database: Database, limit: number | null): Attempts {
  if (limit === null) return { count: async () => undefined, succeeded: async () => undefined };
  const counting = {
    storeClient: database.owners,
    storeType: 'pool',
    schemaName: 'plinth',
    tableName: 'sign_in_attempts',
    tableCreated: true,
    duration: WINDOW_SECONDS,
  };
  const byAddress = new RateLimiterPostgres({ ...counting, keyPrefix: 'address', points: limit * PEOPLE_AN_ADDRESS });
  const byPerson = new RateLimiterPostgres({ ...counting, keyPrefix: 'person', points: limit });
  return {
    async count(request, response, email) {
      try {
        await byAddress.consume(networkOf(addressOf(request) ?? UNKNOWN));
        if (email !== undefined) await byPerson.consume(keyOf(email));
      } catch (reason) {
        if (reason instanceof Error) throw reason;
        const seconds = Math.max(1, Math.ceil((reason as RateLimiterRes).msBeforeNext / 1000));
        response.setHeader('Retry-After', seconds);
        throw refuse('RATE_LIMIT_REACHED', `Too many attempts: try again in ${seconds} seconds`);
      }
    },
    async succeeded(email) {
      await byPerson.delete(keyOf(email));
    },
  };
}

/** Whom somebody tried to sign in as is not kept, nor is how long that was. */
function keyOf(email: string): string {
  return createHash('sha256').update(email.trim().toLowerCase()).digest('base64url');
}
