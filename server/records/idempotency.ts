/**
 * Writes that are sent again have happened once: the answer to an `Idempotency-Key` is stored in the writer's
 * transaction.
 *
 *   lock of the key → stored answer? ─▶ replayed, or refused where the request is another, or the role may read other things by now
 *                   → the write      → its answer, and a few expired ones deleted → commit
 *
 * Postgres alone knows what happened, so it holds for any number of servers. A write that is refused stores nothing.
 */

import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { callerOf, type Principal } from '../access/principal.ts';
import { refuse } from '../errors.ts';
import { parsedExactly } from '../model/exact-json.ts';
import type { Alongside } from './alongside.ts';
import { type Answer, textOfAnswer } from './answers/answer.ts';

const KEPT_FOR = '24 hours';

// Longer than any UUID or hash that clients make; a request's headers are bounded anyway, an index's rows are bounded
// harder.
const KEY_FORM = /^[\x20-\x7e]{1,255}$/;

// More than 60 records have without their relations. One that is over it is not kept, but that it was given is.
const MAX_ANSWER_BYTES = 1_000_000;

// Each write stores one and deletes up to so many expired ones, so there are never many of those.
const EXPIRED_AT_ONCE = 10;

// Sets these locks apart from others that are numbers of 64 bits too.
const LOCK_SEED = 0x1de;

/** Who asks, and what serves them. */
type Asking = { readonly principal: Principal; readonly fingerprint: string };

/**
 * What a request with an `Idempotency-Key` has written alongside its records; a replay says so in a header of the
 * response. Keys are each API key's own. A request that only reads has no use for one.
 * @throws PlinthError BAD_REQUEST for a key that is none
 */
export function once(request: Request, response: Response, asking: Asking): Alongside | undefined {
  const key = request.get('Idempotency-Key');
  if (key === undefined || request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (!KEY_FORM.test(key)) throw refuse('BAD_REQUEST', 'Idempotency-Key must be 1 to 255 printable ASCII characters');
  const hash = hashOf(request);
  const callerId = callerOf(asking.principal);
  let rights: string | null = null; // as they were before the write: what changes while it runs is found by the replay
  return {
    async before(client) {
      const { stored, ...now } = await storedAnswer(client, callerId, key, asking);
      rights = now.rights;
      if (!stored) return null;
      if (!stored.hash.equals(hash)) throw refuse('IDEMPOTENCY_KEY_REUSED');
      if (stored.answer === null) throw refuse('ANSWER_NOT_KEPT');
      if (rights !== null && rights !== stored.rights) throw refuse('ANSWER_NOT_SHOWN');
      response.setHeader('Idempotent-Replayed', 'true');
      return storedAsAnswer(stored.answer);
    },
    async after(client, result) {
      const answer = textOfAnswer(result);
      const isKept = Buffer.byteLength(answer) <= MAX_ANSWER_BYTES;
      await store(client, { callerId, key, hash, rights, answer: isKept ? answer : null });
    },
  };
}

function storedAsAnswer(text: string): Answer {
  const { data, errors } = parsedExactly(text) as { data?: Record<string, unknown>; errors?: Answer['errors'] };
  return {
    ...(errors && { errors }),
    ...(data && { data: new Map(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)])) }),
  };
}

/** Of what makes a request this one and no other; a body of other spaces says the same. */
function hashOf({ method, originalUrl, body }: Request): Buffer {
  return createHash('sha256')
    .update(`${method} ${originalUrl}\n${JSON.stringify(body)}`)
    .digest();
}

type Stored = {
  readonly hash: Buffer;
  readonly answer: string | null;
  /** Null of whoever may read everything. */
  readonly rights: string | null;
};

/**
 * What is stored under a key, once whoever writes under it has ended. A lock and not a row, for nothing may be left of
 * a request that fails. Several statements, sent together: one alone would not see what was committed while it waited.
 */
async function storedAnswer(
  client: Client,
  callerId: string,
  key: string,
  asking: Asking,
): Promise<{ stored: Stored | undefined; rights: string | null }> {
  const [, [stored], [role]] = await Promise.all([
    client.rows(
      sql`select pg_advisory_xact_lock(hashtextextended(${sql.value(`${callerId} ${key}`)},
        ${sql.literal(LOCK_SEED)}))`,
    ),
    client.rows<Stored>(sql`
      select request_hash as hash, answer, rights
      from plinth.idempotent_answers
      where caller_id = ${sql.value(callerId)} and key = ${sql.value(key)}
        and created_at > now() - ${sql.value(KEPT_FOR)}::interval`),
    client.rows<{ rights: string | null }>(rightsOf(asking)),
  ]);
  if (!role) throw refuse('PERMISSION_DENIED'); // it was deleted
  return { stored, rights: role.rights };
}

/**
 * What a role may read, as a hash that is another when it may read more, less or other records: the role itself, what
 * is served to it, and its permissions and rules, which are known here before all servers have heard of a change. Null
 * for a role from which nothing is kept: whatever was answered, it may read.
 */
function rightsOf({ principal: { roleId }, fingerprint }: Asking): SQL {
  return sql`
    select case when role.role_name is not null then encode(sha256(convert_to(concat_ws(e'\n',
        role.id, ${sql.value(fingerprint)}::text, role.can_read_all_object_records,
        (select string_agg(o::text, e'\n' order by o.object_id) from plinth.object_permissions as o
          where o.role_id = role.id),
        (select string_agg(f::text, e'\n' order by f.field_id) from plinth.field_permissions as f
          where f.role_id = role.id),
        (select string_agg(r::text, e'\n' order by r.object_id) from plinth.row_rules as r where r.role_id = role.id)
      ), 'UTF8')), 'hex') end as rights
    from plinth.roles as role
    where role.id = ${sql.value(roleId)}`;
}

async function store(
  client: Client,
  { callerId, key, hash, answer, rights }: { readonly callerId: string; readonly key: string } & Stored,
): Promise<void> {
  await Promise.all([
    client.rows(sql`
      insert into plinth.idempotent_answers (caller_id, key, request_hash, answer, rights)
      values (${sql.value(callerId)}, ${sql.value(key)}, ${sql.value(hash)}, ${sql.value(answer)},
        ${sql.value(rights)})
      on conflict (caller_id, key) do update -- one that has expired
      set request_hash = excluded.request_hash, answer = excluded.answer, rights = excluded.rights,
        created_at = excluded.created_at`),
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
