/** API keys, as both metadata APIs show and change them. Contract: metadata.md 4. */

import { sql } from '../../db/sql.ts';
import { recordAudit } from '../access/audit.ts';
import { createKey, createToken } from '../access/keys.ts';
import { requireFlag } from '../access/roles.ts';
import { refuse } from '../errors.ts';
import { checkedId } from '../model/edit.ts';
import type { Asker } from './service.ts';

export type KeyView = {
  id: string;
  name: string;
  expiresAt: string | null;
  revokedAt: string | null;
  createdAt: string;
  updatedAt: string;
};

export async function allKeys({ database, principal }: Asker, id?: string): Promise<KeyView[]> {
  requireFlag(principal, 'API_KEYS_AND_WEBHOOKS');
  const rows = await database.asOwner((client) =>
    client.rows<Record<keyof KeyView, any>>(sql`
      select id, name, expires_at as "expiresAt", revoked_at as "revokedAt", created_at as "createdAt", updated_at as "updatedAt"
      from plinth.api_keys
      where workspace_id = ${sql.value(principal.workspaceId)}
        and ${id === undefined ? sql`revoked_at is null` : sql`id = ${sql.value(checkedId(id))}`}
      order by id`),
  );
  return rows.map(keyView);
}

function keyView({ expiresAt, revokedAt, createdAt, updatedAt, ...key }: Record<keyof KeyView, any>): KeyView {
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return {
    ...key,
    expiresAt: iso(expiresAt),
    revokedAt: iso(revokedAt),
    createdAt: iso(createdAt) as string,
    updatedAt: iso(updatedAt) as string,
  } as KeyView;
}

export async function oneKey(asker: Asker, id: string): Promise<KeyView> {
  const [key] = await allKeys(asker, id);
  if (!key) throw refuse('NOT_FOUND', 'API key not found');
  return key;
}

export async function makeKey(
  asker: Asker,
  { name, expiresAt }: { name: string; expiresAt?: string | null },
): Promise<KeyView> {
  requireFlag(asker.principal, 'API_KEYS_AND_WEBHOOKS');
  if (!name?.trim()) throw refuse('BAD_REQUEST', 'name should not be empty');
  const { id } = await asker.database.transaction(async (client) => {
    const made = await createKey(client, asker.principal.workspaceId, name.trim(), { expiresAt: dateOf(expiresAt) });
    await recordAudit(client, asker.principal, {
      action: 'api_key.created',
      subject: { type: 'api_key', id: made.id, name: name.trim() },
      detail: { expiresAt },
    });
    return made;
  });
  return oneKey(asker, id);
}

export async function revokeKey(asker: Asker, id: string): Promise<KeyView> {
  await oneKey(asker, id);
  await asker.database.asOwner((client) =>
    client.rows(sql`
      update plinth.api_keys set revoked_at = coalesce(revoked_at, now()), updated_at = now()
      where id = ${sql.value(checkedId(id))} and workspace_id = ${sql.value(asker.principal.workspaceId)}`),
  );
  return oneKey(asker, id);
}

/** A token is shown here, and nowhere else. */
export async function makeToken(asker: Asker, apiKeyId: string, expiresAt?: string | null): Promise<{ token: string }> {
  const key = await oneKey(asker, apiKeyId);
  if (key.revokedAt) throw refuse('BAD_REQUEST', 'This API Key is revoked');
  return { token: await asker.database.asOwner((client) => createToken(client, key.id, dateOf(expiresAt))) };
}

function dateOf(text: string | null | undefined): Date | null {
  if (text == null) return null;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw refuse('BAD_REQUEST', `expiresAt: "${text}" is not a date`);
  return date;
}
