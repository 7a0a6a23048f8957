/** The audit log: who changed what of a workspace beside its records, when, and from where. It is only added to. */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import type { Principal } from './principal.ts';

export type AuditEvent = {
  /** What was done, as `api_key.created`: the subject's type and a verb in the past. */
  readonly action: string;
  readonly subject: { readonly type: string; readonly id: string | null; readonly name: string | null };
  /** What changed; never a secret. */
  readonly detail?: object;
  /** What other servers hear when the transaction commits. */
  readonly notices?: readonly Notice[];
};

export type Notice = { readonly channel: string; readonly payload: string };

/**
 * Whoever does it: a key, a person; without either, Plinth's own background work, or somebody at the command line of
 * the server.
 */
export type Actor = Pick<Principal, 'workspaceId'> &
  Partial<Pick<Principal, 'apiKey' | 'member' | 'from'>> & { readonly isSystem?: boolean };

/** Records what the transaction of `client` does: both are there, or neither. */
export async function recordAudit(client: Client, actor: Actor, event: AuditEvent): Promise<void> {
  const { type, id, name } = actorOf(actor);
  const { action, subject, detail, notices = [] } = event;
  await client.rows(sql`
    with entry as (insert into plinth.audit_log (
      workspace_id, actor_type, actor_id, actor_name, ip, user_agent, request_id,
      action, subject_type, subject_id, subject_name, detail)
    values (
      ${sql.value(actor.workspaceId)}, ${sql.value(type)}, ${sql.value(id)}, ${sql.value(name)},
      ${sql.value(actor.from?.ip ?? null)}, ${sql.value(actor.from?.userAgent ?? null)},
      ${sql.value(actor.from?.requestId ?? null)},
      ${sql.value(action)}, ${sql.value(subject.type)}, ${sql.value(subject.id)}, ${sql.value(subject.name)},
      ${sql.value(detail === undefined ? null : JSON.stringify(detail))}))
    select pg_notify(channel, payload)
    from jsonb_to_recordset(${sql.value(JSON.stringify(notices))}::jsonb) as notice (channel text, payload text)`);
}

function actorOf({ apiKey, member, isSystem }: Actor): { type: string; id: string | null; name: string } {
  if (apiKey) return { type: 'API_KEY', ...apiKey };
  if (member) return { type: 'MEMBER', id: member.id, name: member.name };
  if (isSystem) return { type: 'SYSTEM', id: null, name: 'background work' };
  return { type: 'COMMAND_LINE', id: null, name: 'command line' };
}

/** Deletes what is older: the only way in which rows leave the log. */
export async function forgetOldAudits(database: Database, days: number): Promise<void> {
  await database.transaction(async (client) => {
    await client.rows(sql`select set_config('plinth.audit_retention', 'on', true)`);
    await client.rows(sql`
      delete from plinth.audit_log where at < now() - make_interval(days => ${sql.value(days)})`);
  });
}
