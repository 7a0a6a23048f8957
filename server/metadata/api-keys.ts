/**
 * API keys, as both metadata APIs and the command line show and change them. Each change is one transaction with its
 * entry in the audit log, and all servers hear of it when it commits. Contract: metadata.md 4.
 */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';
import { type AuditEvent, recordAudit } from '../access/audit.ts';
import { createToken, insertKey } from '../access/keys.ts';
import { membersOf } from '../access/members.ts';
import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import { tellAccessChanged } from '../access/watch.ts';
import { refuse } from '../errors.ts';
import type { Given } from '../given.ts';
import { checkLength, MAX_DISPLAY_NAME_CHARACTERS } from '../limits/limits.ts';
import { checkedId } from '../model/edit/steps.ts';
import { refuseGiving } from '../roles/excess.ts';
import { type RoleView, roleViews } from '../roles/views.ts';

export type KeyView = {
  readonly id: string;
  readonly name: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly role: { readonly id: string; readonly label: string };
};

export type KeyInput = {
  readonly name?: string | null;
  /** Null for one that does not expire. */
  readonly expiresAt?: string | null;
  readonly revokedAt?: string | null;
  readonly roleId?: string | null;
};

/** Those that are not revoked; or one, whatever it is. */
export async function allKeys({ database, principal }: RequestContext, id?: string): Promise<KeyView[]> {
  requireFlag(principal, 'API_KEYS_AND_WEBHOOKS');
  const which = id === undefined ? sql`key.revoked_at is null` : sql`key.id = ${sql.value(checkedId(id))}`;
  const rows = await database.asOwner((client) =>
    client.rows<Record<keyof KeyView, Given>>(sql`
      select key.id, key.name, key.expires_at as "expiresAt", key.revoked_at as "revokedAt",
        (select max(last_used_at) from plinth.api_key_tokens where api_key_id = key.id) as "lastUsedAt",
        key.created_at as "createdAt", key.updated_at as "updatedAt",
        json_build_object('id', role.id, 'label', role.label) as role
      from plinth.api_keys as key
      join plinth.roles as role on role.id = key.role_id
      where key.workspace_id = ${sql.value(principal.workspaceId)} and ${which}
      order by key.id`),
  );
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return rows.map((row) => ({
    ...row,
    expiresAt: iso(row.expiresAt),
    revokedAt: iso(row.revokedAt),
    lastUsedAt: iso(row.lastUsedAt),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }));
}

export async function oneKey(asker: RequestContext, id: string): Promise<KeyView> {
  const [key] = await allKeys(asker, id);
  if (!key) throw refuse('NOT_FOUND', 'API key not found');
  return key;
}

/** What each key may do; for all keys at once. Whoever may see keys may see their roles. */
export async function keyRoles({ database, principal }: RequestContext): Promise<ReadonlyMap<string, RoleView>> {
  requireFlag(principal, 'API_KEYS_AND_WEBHOOKS');
  const roles = await database.asOwner((client) => roleViews(client, principal));
  return new Map(roles.map((role) => [role.id, role]));
}

/** It has no token yet. Without a role given it has that of whoever makes it: nobody gives more than they have. */
export async function makeKey(asker: RequestContext, input: KeyInput): Promise<KeyView> {
  const { database, principal } = asker;
  requireFlag(principal, 'API_KEYS_AND_WEBHOOKS');
  const name = checkedName(input.name);
  const expiresAt = checkedExpiry(input.expiresAt);
  const roleId = input.roleId == null ? (principal.roleId ?? null) : checkedId(input.roleId);
  const made = await database.transaction(async (client) => {
    if (roleId !== null) await refuseRole(client, principal, roleId);
    const id = await insertKey(client, principal.workspaceId, name, { expiresAt, roleId });
    if (input.revokedAt != null) await revoke(client, id);
    await record(client, asker, 'created', { id, name }, { expiresAt, roleId, isRevoked: input.revokedAt != null });
    return id;
  });
  return oneKey(asker, made);
}

/** What isn't given stays as it is. A revoked key stays revoked. */
export async function changeKey(asker: RequestContext, id: string, input: KeyInput): Promise<KeyView> {
  await changing(asker, id, async (client, key) => {
    const { principal } = asker;
    if (input.revokedAt === null && key.isRevoked)
      throw refuse('BAD_REQUEST', 'A revoked key cannot be restored; create another');
    const name = input.name === undefined ? key.name : checkedName(input.name);
    const expiresAt = input.expiresAt === undefined ? key.expiresAt : checkedExpiry(input.expiresAt);
    if (input.expiresAt !== undefined) await refuseGiving(client, principal, key.roleId);
    const roleId = input.roleId == null ? key.roleId : checkedId(input.roleId);
    if (roleId !== key.roleId) {
      await refuseGiving(client, principal, key.roleId); // whoever takes a role away could hold it, too
      await refuseRole(client, principal, roleId);
    }
    await client.rows(sql`
      update plinth.api_keys
      set name = ${sql.value(name)}, expires_at = ${sql.value(expiresAt)}, role_id = ${sql.value(roleId)},
        updated_at = now()
      where id = ${sql.value(key.id)}`);
    if (input.revokedAt != null && !key.isRevoked) {
      await refuseLockingOut(client, principal, key);
      await revoke(client, key.id);
    }
    const { name: _name, ...given } = input;
    await record(client, asker, 'changed', key, { ...given, ...(name !== key.name && { name }) });
  });
  return oneKey(asker, id);
}

/**
 * For good. Anybody who may change keys may do it to any, for it gives nobody anything; but for the last way to be an
 * Admin, which takes an Admin.
 * @throws PlinthError NOT_FOUND, LAST_ADMIN
 */
export async function revokeKey(asker: RequestContext, id: string): Promise<KeyView> {
  await changing(asker, id, async (client, key) => {
    if (key.isRevoked) return;
    await refuseLockingOut(client, asker.principal, key);
    await revoke(client, key.id);
    await record(client, asker, 'revoked', key);
  });
  return oneKey(asker, id);
}

/** A token is shown here, and nowhere else. It expires with its key at the latest. */
export async function makeToken(
  asker: RequestContext,
  id: string,
  expiresAt?: string | null,
): Promise<{ token: string }> {
  const date = checkedExpiry(expiresAt);
  return changing(asker, id, async (client, key) => {
    if (key.isRevoked) throw refuse('BAD_REQUEST', 'This API Key is revoked');
    await refuseGiving(client, asker.principal, key.roleId); // whoever holds the token is the key
    const token = await createToken(client, key.id, date);
    await record(client, asker, 'token_created', key, { expiresAt: date });
    return { token };
  });
}

export async function assignRole(asker: RequestContext, id: string, roleId: string): Promise<boolean> {
  await changeKey(asker, id, { roleId });
  return true;
}

// --------------------------------------------------------------------------------------------------------------------

type Key = {
  readonly id: string;
  readonly name: string;
  readonly roleId: string;
  readonly expiresAt: Date | null;
  readonly isRevoked: boolean;
};

/** A key of the workspace, locked, while it is changed; then all servers forget what they knew of it. */
async function changing<T>(
  { database, principal }: RequestContext,
  id: string,
  change: (client: Client, key: Key) => Promise<T>,
): Promise<T> {
  requireFlag(principal, 'API_KEYS_AND_WEBHOOKS');
  const wanted = checkedId(id);
  return database.transaction(async (client) => {
    const [key] = await client.rows<Key>(sql`
      select id, name, role_id as "roleId", expires_at as "expiresAt", revoked_at is not null as "isRevoked"
      from plinth.api_keys
      where id = ${sql.value(wanted)} and workspace_id = ${sql.value(principal.workspaceId)}
      for update`);
    if (!key) throw refuse('NOT_FOUND', 'API key not found');
    const changed = await change(client, key);
    await tellAccessChanged(client, principal.workspaceId);
    return changed;
  });
}

/** @throws PlinthError ROLE_NOT_FOUND, PERMISSION_DENIED, BAD_REQUEST for a role that is not for keys */
async function refuseRole(client: Client, giver: RequestContext['principal'], roleId: string): Promise<void> {
  await refuseGiving(client, giver, roleId);
  const [role] = await client.rows<{ label: string; isForKeys: boolean }>(
    sql`select label, can_be_assigned_to_api_keys as "isForKeys" from plinth.roles where id = ${sql.value(roleId)}`,
  );
  if (!role?.isForKeys) throw refuse('BAD_REQUEST', `"${role?.label}" cannot be assigned to API keys`);
}

/**
 * Where a workspace has no member who is an Admin, and no other key of one that can be used, nobody in it could ever
 * undo what a weaker role did.
 * @throws PlinthError LAST_ADMIN
 */
async function refuseLockingOut(
  client: Client,
  { workspaceId, roleId }: RequestContext['principal'],
  key: Key,
): Promise<void> {
  if (roleId === undefined || roleId === key.roleId) return;
  // One after the other, so that of two Admin keys that are revoked at once one stays.
  await client.rows(sql`select from plinth.workspaces where id = ${sql.value(workspaceId)} for no key update`);
  const keys = await client.rows<{ id: string }>(sql`
    select key.id
    from plinth.api_keys as key
    join plinth.roles as role on role.id = key.role_id and not role.is_editable
    where key.workspace_id = ${sql.value(workspaceId)} and key.revoked_at is null
      and coalesce(key.expires_at > now(), true)
      and exists (
        select from plinth.api_key_tokens as token
        where token.api_key_id = key.id and coalesce(token.expires_at > now(), true))`);
  const isLastKey = keys.length === 1 && keys[0]?.id === key.id;
  if (!isLastKey || (await membersOf(client, workspaceId)).some(({ role }) => role.id === key.roleId)) return;
  throw refuse(
    'LAST_ADMIN',
    'This is the last Admin API key of a workspace without Admin members; only an Admin can revoke it',
  );
}

async function revoke(client: Client, id: string): Promise<void> {
  await client.rows(sql`
    update plinth.api_keys set revoked_at = now(), updated_at = now()
    where id = ${sql.value(id)} and revoked_at is null`);
}

async function record(
  client: Client,
  { principal }: RequestContext,
  verb: string,
  { id, name }: Pick<Key, 'id' | 'name'>,
  detail?: AuditEvent['detail'],
): Promise<void> {
  const subject = { type: 'api_key', id, name };
  await recordAudit(client, principal, { action: `api_key.${verb}`, subject, ...(detail && { detail }) });
}

function checkedName(given: string | null | undefined): string {
  const name = given?.trim() ?? '';
  if (name === '') throw refuse('BAD_REQUEST', 'name should not be empty');
  checkLength('name', name, MAX_DISPLAY_NAME_CHARACTERS);
  if (/\p{Cc}/u.test(name)) throw refuse('BAD_REQUEST', 'name must be one line of text');
  return name;
}

const MOMENT = /^(\d{4})-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** A moment to come, as ISO 8601 has it; null for never. */
function checkedExpiry(given: string | null | undefined): Date | null {
  if (given == null) return null;
  const date = new Date(given);
  if (!MOMENT.test(given) || Number.isNaN(date.getTime()))
    throw refuse('BAD_REQUEST', `expiresAt: "${given}" is not a date such as 2030-01-31T12:00:00Z`);
  if (date.getTime() <= Date.now()) throw refuse('BAD_REQUEST', `expiresAt: "${given}" is not in the future`);
  return date;
}
