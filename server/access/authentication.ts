/**
 * From a request's headers to who is asking, in which workspace, as which Postgres role. Contract: core.md 1;
 * docs/members.md.
 */

import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import { faultOf } from '../../db/faults.ts';
import type { Database } from '../../db/pool.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import { bearerToken, hashToken, tokenId } from './keys.ts';
import { type Membership, memberNamed } from './members.ts';
import type { Principal } from './principal.ts';
import { flagsOf } from './roles.ts';
import type { Sessions } from './sessions.ts';

export type Access = {
  /**
   * By the key in `Authorization`, or else by the session in a cookie, with the workspace that it is for in
   * `X-Plinth-Workspace`.
   * @throws PlinthError MISSING_TOKEN, INVALID_TOKEN, EXPIRED_TOKEN, REVOKED_API_KEY, MISSING_WORKSPACE,
   *   FOREIGN_ORIGIN, NOT_A_MEMBER, PASSWORD_NOT_ENOUGH
   */
  authenticate(headers: IncomingHttpHeaders): Promise<Principal>;
  /** Keys, roles or members have changed: what is known of them is looked up again. */
  forget(): void;
};

// A revoked key, or a member who was removed, may live this long in a process' cache, where no word of it arrives
// (watch.ts).
const CACHE_MS = 1_000;
const MAX_KEYS = 10_000;
const MAX_MEMBERS = 10_000;

// `last_used_at` is for people who clean up; a write for each request would be for nobody.
const LAST_USED_EVERY = '1 minute';

type Known = {
  readonly secretHash: Buffer;
  readonly expiresAt: Date | null;
  readonly isRevoked: boolean;
  readonly principal: Principal;
};

export function openAccess(database: Database, sessions: Pick<Sessions, 'personOf' | 'isOwnOrigin'>): Access {
  const keys = remembering<Known>(MAX_KEYS, (id) => lookUp(database, id));
  const members = remembering<Membership>(MAX_MEMBERS, (who) => {
    const [userId = '', workspace = ''] = who.split(' ');
    return memberNamed(database, userId, workspace);
  });

  async function byKey(token: string): Promise<Principal> {
    const id = tokenId(token);
    const known = id && (await keys.find(id));
    if (!known || !timingSafeEqual(known.secretHash, hashToken(token))) throw refuse('INVALID_TOKEN');
    if (known.isRevoked) throw refuse('REVOKED_API_KEY');
    if (known.expiresAt && known.expiresAt.getTime() <= Date.now()) throw refuse('EXPIRED_TOKEN');
    return known.principal;
  }

  /**
   * Browsers send cookies by themselves; a header of ours they let only pages of this server send, which is the point
   * of it.
   */
  async function bySession(headers: IncomingHttpHeaders): Promise<Principal> {
    const person = await sessions.personOf(headers);
    if (!person) throw refuse('MISSING_TOKEN');
    if (!sessions.isOwnOrigin(headers)) throw refuse('FOREIGN_ORIGIN');
    const workspace = headers['x-plinth-workspace'];
    if (typeof workspace !== 'string' || workspace === '') throw refuse('MISSING_WORKSPACE');
    // A workspace that there isn't is answered as one that they aren't in.
    const membership = await members.find(`${person.id} ${workspace}`);
    if (!membership) throw refuse('NOT_A_MEMBER');
    if (person.byPassword && !membership.isPasswordEnough) throw refuse('PASSWORD_NOT_ENOUGH');
    return membership.principal;
  }

  return {
    async authenticate(headers) {
      const { authorization, cookie } = headers;
      const token = bearerToken(authorization);
      if (token) return byKey(token);
      if (authorization !== undefined || cookie === undefined) throw refuse('MISSING_TOKEN');
      return bySession(headers);
    },
    forget() {
      keys.forget();
      members.forget();
    },
  };
}

/** What a look-up found is known for a moment, also that it found nothing; that it failed is not. */
function remembering<Found extends object>(max: number, find: (key: string) => Promise<Found | null>) {
  const known = new LRUCache<string, Promise<Found | null>>({ max, ttl: CACHE_MS });
  return {
    find(key: string): Promise<Found | null> {
      const current = known.get(key);
      if (current) return current;
      const looked = find(key);
      known.set(key, looked);
      looked.catch(() => known.delete(key));
      return looked;
    },
    forget: () => known.clear(),
  };
}

/** Also notes that the token was used, where the database takes writes: one whose disk is full can still be read. */
async function lookUp(database: Database, id: string): Promise<Known | null> {
  try {
    return await lookUpToken(database, id, true);
  } catch (error) {
    if (!faultOf(error)) throw error;
    return lookUpToken(database, id, false);
  }
}

/** @param isNoted at most once a minute, that the token was used */
async function lookUpToken(database: Database, id: string, isNoted: boolean): Promise<Known | null> {
  type Row = {
    secretHash: Buffer;
    expiresAt: Date | null;
    isRevoked: boolean;
    keyId: string;
    keyName: string;
    flags: string[];
  } & Omit<Principal, 'apiKey' | 'member' | 'flags'>;
  const rows = await database.lookUp((client) =>
    client.rows<Row>(sql`
      ${isNoted ? noteUse(id) : sql.blank}
      select
        token.secret_hash as "secretHash",
        least(token.expires_at, key.expires_at) as "expiresAt",
        key.revoked_at is not null as "isRevoked",
        key.id as "keyId",
        key.name as "keyName",
        workspace.id as "workspaceId",
        workspace.name as "workspaceName",
        workspace.schema_name as schema,
        coalesce(role.role_name, workspace.role_name) as role,
        role.id as "roleId",
        ${flagsOf(sql.identifier('role'))} as flags
      from plinth.api_key_tokens as token
      join plinth.api_keys as key on key.id = token.api_key_id
      join plinth.workspaces as workspace on workspace.id = key.workspace_id
      join plinth.roles as role on role.id = key.role_id
      where token.id = ${sql.value(id)}`),
  );
  const [row] = rows;
  if (!row) return null;
  const { secretHash, expiresAt, isRevoked, keyId, keyName, flags, ...workspace } = row;
  const apiKey = { id: keyId, name: keyName };
  return { secretHash, expiresAt, isRevoked, principal: { ...workspace, flags: new Set(flags), apiKey, member: null } };
}

function noteUse(id: string): SQL {
  return sql`
      with unnoted as (
        select id
        from plinth.api_key_tokens
        where id = ${sql.value(id)} and (last_used_at is null
          or last_used_at < now() - ${sql.value(LAST_USED_EVERY)}::interval)
        for no key update skip locked -- who looks up a key waits for nobody: its workspace may be about to be deleted, for minutes
      ), used as (
        update plinth.api_key_tokens set last_used_at = now() where id in (select id from unnoted)
      )`;
}
