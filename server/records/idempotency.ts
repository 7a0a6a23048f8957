/**
 * Writes that are sent again have happened once: the answer to an `Idempotency-Key` is stored in the writer's transaction.
 *
 *   lock of the key → stored answer? ─▶ replayed, or refused where the request is another
 *                   → the write      → its answer, and a few expired ones deleted → commit
 *
 * Postgres alone knows what happened, so it holds for any number of servers. A write that is refused stores nothing.
 */

import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Client } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import type { Alongside } from './alongside.ts';

const KEPT_FOR = '24 hours';

// Longer than any UUID or hash that clients make; a request's headers are bounded anyway, an index's rows are bounded harder.
const KEY_FORM = /^[\x20-\x7e]{1,255}$/;

// More than 60 records have without their relations. One that is over it is not kept, but that it was given is.
const MAX_ANSWER_BYTES = 1_000_000;

// Each write stores one and deletes up to so many expired ones, so there are never many of those.
const EXPIRED_AT_ONCE = 10;

// Sets these locks apart from others that are numbers of 64 bits too.
const LOCK_SEED = 0x1de;

/**
 * What a request with an `Idempotency-Key` has written alongside its records; a replay says so in a header of the response.
 * Keys are each API key's own. A request that only reads has no use for one.
 * @throws PlinthError BAD_REQUEST for a key that is none
 */
export function once(request: Request, response: Response, callerId: string): Alongside | undefined {
  const key = request.get('Idempotency-Key');
  if (key === undefined || request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (!KEY_FORM.test(key)) throw refuse('BAD_REQUEST', 'Idempotency-Key must be 1 to 255 printable ASCII characters');
  const hash = hashOf(request);
  return {
    async before(client) {
      const stored = await storedAnswer(client, callerId, key);
      if (!stored) return null;
      if (!stored.hash.equals(hash)) throw refuse('IDEMPOTENCY_KEY_REUSED');
      if (stored.answer === null) throw refuse('ANSWER_NOT_KEPT');
      response.setHeader('Idempotent-Replayed', 'true');
      return JSON.parse(stored.answer);
    },
    async after(client, result) {
      const answer = JSON.stringify(result);
      const isKept = Buffer.byteLength(answer) <= MAX_ANSWER_BYTES;
      await store(client, { callerId, key, hash, answer: isKept ? answer : null });
    },
  };
}

/** Of what makes a request this one and no other; a body of other spaces says the same. */
function hashOf({ method, originalUrl, body }: Request): Buffer {
  return createHash('sha256')
    .update(`${method} ${originalUrl}\n${JSON.stringify(body)}`)
    .digest();
}

type Stored = { readonly hash: Buffer; readonly answer: string | null };

/**
 * What is stored under a key, once whoever writes under it has ended. A lock and not a row, for nothing may be left of a
 * request that fails. Two statements, sent together: one alone would not see what was committed while it waited.
 */
async function storedAnswer(client: Client, callerId: string, key: string): Promise<Stored | undefined> {
  const [, [stored]] = await Promise.all([
    client.rows(
      sql`select pg_advisory_xact_lock(hashtextextended(${sql.value(`${callerId} ${key}`)}, ${sql.literal(LOCK_SEED)}))`,
    ),
    client.rows<Stored>(sql`
      select request_hash as hash, answer
      from plinth.idempotent_answers
      where caller_id = ${sql.value(callerId)} and key = ${sql.value(key)}
        and created_at > now() - ${sql.value(KEPT_FOR)}::interval`),
  ]);
  return stored;
}

async function store(
  client: Client,
  { callerId, key, hash, answer }: { readonly callerId: string; readonly key: string } & Stored,
): Promise<void> {
  await Promise.all([
    client.rows(sql`
      insert into plinth.idempotent_answers (caller_id, key, request_hash, answer)
      values (${sql.value(callerId)}, ${sql.value(key)}, ${sql.value(hash as never)}, ${sql.value(answer)})
      on conflict (caller_id, key) do update -- one that has expired
      set request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at`),
    // Last, and past rows that others are deleting, so that nobody waits for anybody.
    client.rows(sql`
      delete from plinth.idempotent_answers
      where ctid = any (array(
        select ctid
        from plinth.idempotent_answers
        where created_at <= now() - ${sql.value(KEPT_FOR)}::interval
        order by created_at
        limit ${sql.literal(EXPIRED_AT_ONCE)}
        for update skip locked))`),
  ]);
}
