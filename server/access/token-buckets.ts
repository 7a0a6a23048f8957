/**
 * Token buckets that all server processes share, with no statement per request: each process counts by itself, tells
 * the database what it took ten times a second, all buckets in one statement, and hears what is left.
 *
 *     take ─▶ a token, and the telling is due ──────────────────────────────▶ granted
 *       │─▶ none left, as far as this process knows ───────────────────────▶ refused
 *       └─▶ too many are untold ─▶ wait for the telling, and look again ───▶ granted or refused
 *
 * What was taken is always subtracted in the end, if need be below zero; so over time exactly `rate` a second are
 * granted. Between two tellings each process may grant `UNTOLD_SHARE` of a bucket more than there is: that is the
 * tolerance. The other way, a row written or asked for with each request, cost 0.4 ms of latency each
 * (docs/security.md).
 */

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';

export type Standing = {
  readonly isGranted: boolean;
  /** Left, as far as this process knows. */
  readonly tokens: number;
  /** Until there is one again; 0 where there is. */
  readonly waitMs: number;
};

export type TokenBuckets = {
  take(name: string): Promise<Standing>;
  /** Without taking. */
  standing(name: string): Standing;
};

export type BucketOptions = {
  readonly database: Database;
  readonly log: Logger;
  /** What its names begin with. */
  readonly kind: string;
  /** Tokens that are filled in, a second. */
  readonly rate: number;
  readonly capacity: number;
};

const TELL_EVERY_MS = 100;
const UNTOLD_SHARE = 0.1;

// Without a database each process goes on by its own count: requests have worse to fear then, and nobody is shut out.
const PATIENCE_MS = 500;

const MAX_BUCKETS = 20_000;

type Bucket = {
  tokens: number;
  /** When it held so many: of this process' own clock. */
  atMs: number;
  /** Taken here, of which the database hasn't said yet that it knows. */
  untold: number;
};

export function openTokenBuckets({ database, log, kind, rate, capacity }: BucketOptions): TokenBuckets {
  const mostUntold = Math.max(1, Math.floor(capacity * UNTOLD_SHARE));
  const buckets = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });
  const due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let telling: Promise<void> | null = null;
  /** The database doesn't answer: nobody waits for it, and what is taken meanwhile is no debt of later. */
  let isAlone = false;

  /** As it is now; one that this process hasn't met yet is full until it hears otherwise. */
  function filled(name: string): Bucket {
    const now = performance.now();
    const known = buckets.get(name);
    if (!known) {
      const bucket = { tokens: capacity, atMs: now, untold: 0 };
      buckets.set(name, bucket);
      return bucket;
    }
    known.tokens = Math.min(capacity, known.tokens + ((now - known.atMs) / 1_000) * rate);
    known.atMs = now;
    return known;
  }

  function standingOf({ tokens }: Bucket, isGranted: boolean): Standing {
    return { isGranted, tokens: Math.max(0, tokens), waitMs: tokens >= 1 ? 0 : ((1 - tokens) / rate) * 1_000 };
  }

  function tellSoon(name: string): void {
    due.add(name);
    timer ??= setTimeout(tell, TELL_EVERY_MS).unref();
  }

  /** There is one telling at a time; whoever waits for it does so no longer than is sensible. */
  function tell(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    telling ??= new Promise((settle) => {
      const patience = setTimeout(() => {
        isAlone = true;
        settle();
      }, PATIENCE_MS).unref();
      tellAll().then(() => {
        clearTimeout(patience);
        telling = null;
        settle();
        if (due.size > 0) timer ??= setTimeout(tell, TELL_EVERY_MS).unref();
      });
    });
    return telling;
  }

  async function tellAll(): Promise<void> {
    // In one order for all processes, so that none waits for another's rows while that waits for its own.
    const told = [...due].sort().map((name) => ({ name, taken: buckets.get(name)?.untold ?? 0 }));
    due.clear();
    const left = await subtract(database, { kind, rate, capacity }, told).catch((error) => {
      if (!isAlone) log.warn({ err: error }, 'rate limits are counted by this process alone');
      return null;
    });
    isAlone = left === null;
    for (const { name, taken } of told) {
      const bucket = buckets.get(name);
      if (!bucket) continue;
      bucket.untold -= taken;
      const tokens = left?.get(name);
      if (tokens === undefined) continue;
      bucket.tokens = tokens - bucket.untold;
      bucket.atMs = performance.now();
    }
  }

  return {
    async take(name) {
      let bucket = filled(name);
      while (bucket.tokens >= 1 && bucket.untold >= mostUntold && !isAlone) {
        await tell();
        bucket = filled(name);
      }
      if (bucket.tokens < 1) return standingOf(bucket, false);
      bucket.tokens--;
      if (!isAlone) bucket.untold++;
      tellSoon(name);
      return standingOf(bucket, true);
    },
    standing(name) {
      return standingOf(filled(name), false);
    },
  };
}

type Taken = { readonly name: string; readonly taken: number };

/** @returns what is left in each, which may be less than nothing */
async function subtract(
  database: Database,
  { kind, rate, capacity }: Pick<BucketOptions, 'kind' | 'rate' | 'capacity'>,
  told: readonly Taken[],
): Promise<ReadonlyMap<string, number>> {
  const names = sql.value(told.map(({ name }) => `${kind}:${name}`));
  const taken = sql.value(told.map((each) => each.taken));
  const full = sql`${sql.value(capacity)}::float8`;
  const rows = await database.lookUp((client) =>
    client.rows<{ name: string; tokens: number }>(sql`
      insert into plinth.rate_limits as bucket (name, tokens, filled_at)
      select told.name, ${full} - told.taken, clock_timestamp()
      from unnest(${names}::text[], ${taken}::float8[]) as told (name, taken)
      on conflict (name) do update set
        tokens = excluded.tokens - ${full} + least(
          ${full},
          bucket.tokens + ${sql.value(rate)}::float8 * greatest(0,
            extract(epoch from clock_timestamp() - bucket.filled_at))),
        filled_at = greatest(bucket.filled_at, clock_timestamp())
      returning name, tokens`),
  );
  return new Map(rows.map(({ name, tokens }) => [name.slice(kind.length + 1), tokens]));
}

/** Deletes buckets that are full again: no rate takes longer to fill one. */
export async function forgetFullBuckets(database: Database): Promise<void> {
  await database.asOwner((client) =>
    client.rows(sql`delete from plinth.rate_limits where filled_at < now() - interval '1 hour'`),
  );
}
