/** API keys and their tokens: made, hashed, never kept. Contract: metadata.md 4; decisions.md (API key tokens). */

import { hash, randomBytes } from 'node:crypto';
import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';

// Tokens can be recognised wherever they leak to: by scanners, by this prefix and the checksum at the end.
const PREFIX = 'plinth_';
const ID_LENGTH = 12;
const SECRET_LENGTH = 43; // 32 random bytes in base62
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(
  `^${PREFIX}([0-9A-Za-z]{${ID_LENGTH}})([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(bytes: Buffer, length: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  while (text.length < length) {
    text = DIGITS.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}

/** Four bytes of its SHA-256; as a plain number, for it is made of every token that is sent. */
function checksum(text: string): string {
  let rest = hashToken(text).readUInt32BE();
  let sum = '';
  while (sum.length < CHECKSUM_LENGTH) {
    sum = DIGITS.charAt(rest % 62) + sum;
    rest = Math.floor(rest / 62);
  }
  return sum;
}

/** What is sent in an `Authorization` header; null where there is none of this kind. */
export function bearerToken(authorization: string | undefined): string | null {
  return /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1] ?? null;
}

export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** What of a token may be kept in memory: not its secret. */
export function tokenName(token: string): string {
  return token.slice(0, PREFIX.length + ID_LENGTH);
}

/** The part by which a token is found; null for what is no token of ours, which then needs no look-up. */
export function tokenId(token: string): string | null {
  const [, id, secret, sum] = FORM.exec(token) ?? [];
  return id && secret && sum === checksum(PREFIX + id + secret) ? id : null;
}

export type NewKey = { readonly id: string; readonly token: string };
export type KeyOptions = { readonly expiresAt?: Date | null; readonly roleId?: string | null };

/** A new key of a workspace with its first token, which is nowhere else. */
export async function createKey(
  client: Client,
  workspaceId: string,
  name: string,
  options: KeyOptions = {},
): Promise<NewKey> {
  const id = await insertKey(client, workspaceId, name, options);
  return { id, token: await createToken(client, id, options.expiresAt ?? null) };
}

/**
 * A new key of a workspace, with nothing yet that could be sent.
 * @param roleId of a role of the workspace: what it may do; everything, unless said
 * @returns its id
 */
export async function insertKey(
  client: Client,
  workspaceId: string,
  name: string,
  { expiresAt = null, roleId = null }: KeyOptions,
): Promise<string> {
  const [key] = await client.rows<{ id: string }>(sql`
    insert into plinth.api_keys (workspace_id, name, expires_at, role_id)
    select ${sql.value(workspaceId)}, ${sql.value(name)}, ${sql.value(expiresAt)}, id
    from plinth.roles
    where workspace_id = ${sql.value(workspaceId)}
      and ${roleId === null ? sql`not is_editable` : sql`id = ${sql.value(roleId)}`}
    returning id`);
  return (key as { id: string }).id;
}

/** One more token of a key. */
export async function createToken(client: Client, apiKeyId: string, expiresAt: Date | null): Promise<string> {
  const id = base62(randomBytes(16), ID_LENGTH);
  const body = PREFIX + id + base62(randomBytes(32), SECRET_LENGTH);
  const token = body + checksum(body);
  await client.rows(sql`
    insert into plinth.api_key_tokens (id, api_key_id, secret_hash, expires_at)
    values (${sql.value(id)}, ${sql.value(apiKeyId)}, ${sql.value(hashToken(token))},
      ${sql.value(expiresAt)})`);
  return token;
}
