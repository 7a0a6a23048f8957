/** A new password for somebody who lost theirs, by whoever sits at the machine. Contract: docs/members.md. */

import { randomBytes } from 'node:crypto';
import { hashPassword } from 'better-auth/crypto';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import { recordAudit } from './audit.ts';

const RANDOM_BYTES = 15; // 20 characters, 120 bits

/** Ends their sessions too. @returns the password, which is shown here alone @throws PlinthError MEMBER_NOT_FOUND */
export async function resetPassword(database: Database, email: string): Promise<string> {
  const password = randomBytes(RANDOM_BYTES).toString('base64url');
  const hash = await hashPassword(password);
  await database.transaction(async (client) => {
    const [person] = await client.rows<{ id: string; name: string }>(sql`
      select id, name from plinth.users where email = ${sql.value(email.trim().toLowerCase())}`);
    if (!person) throw refuse('MEMBER_NOT_FOUND', `Nobody has the e-mail address ${email}`);
    await client.rows(sql`
      insert into plinth.accounts (user_id, provider_id, account_id, password)
      values (${sql.value(person.id)}, 'credential', ${sql.value(person.id)}, ${sql.value(hash)})
      on conflict (provider_id, account_id) do update set password = excluded.password, updated_at = now()`);
    await client.rows(sql`delete from plinth.sessions where user_id = ${sql.value(person.id)}`);
    const members = await client.rows<{ id: string; workspaceId: string }>(sql`
      select id, workspace_id as "workspaceId" from plinth.members where user_id = ${sql.value(person.id)}`);
    for (const { id, workspaceId } of members) {
      const subject = { type: 'member', id, name: person.name };
      await recordAudit(client, { workspaceId }, { action: 'member.password_reset', subject });
    }
  });
  return password;
}
