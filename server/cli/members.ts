/** People from the command line: the way back in for whoever is locked out. Contract: docs/members.md. */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { recordAudit } from '../access/audit.ts';
import { emailOf } from '../access/coming-in.ts';
import { makeInvitation } from '../access/links.ts';
import { type Member, membersOf, setMemberRole } from '../access/members.ts';
import { workspaceNamed } from '../changes/workspaces.ts';
import { refuse } from '../errors.ts';

/** A line for each. */
export async function listedMembers(database: Database, workspace: string): Promise<string> {
  const members = await database.asOwner(async (client) =>
    membersOf(client, (await workspaceNamed(client, workspace)).workspaceId),
  );
  const lines = members.map(({ email, role, firstName, lastName, id }) => [
    email.padEnd(32),
    role.label.padEnd(12),
    id,
    `${firstName} ${lastName}`.trim(),
  ]);
  return lines.map((line) => `${line.join('  ')}\n`).join('');
}

type Inviting = {
  readonly workspace: string;
  readonly email: string;
  /** Its label; else what new members are. */
  readonly role: string | undefined;
  readonly publicUrl: string;
};

/** @returns the link @throws PlinthError INVALID_PERSON, ALREADY_A_MEMBER, ROLE_NOT_FOUND */
export async function invitedMember(
  database: Database,
  { workspace, role, publicUrl, ...given }: Inviting,
): Promise<string> {
  const email = emailOf(given.email);
  return database.transaction(async (client) => {
    const { workspaceId } = await workspaceNamed(client, workspace);
    if (await memberOf(client, workspaceId, email))
      throw refuse(
        'ALREADY_A_MEMBER',
        `${email} is in "${workspace}" already; change their role with: plinth member role`,
      );
    const roleId = await roleNamed(client, workspaceId, role);
    const { id, link } = await makeInvitation(client, { workspaceId, email, roleId, publicUrl });
    const subject = { type: 'invitation', id, name: email };
    await recordAudit(client, { workspaceId }, { action: 'invitation.created', subject, detail: { roleId } });
    return link;
  });
}

/** @throws PlinthError MEMBER_NOT_FOUND, ROLE_NOT_FOUND, LAST_ADMIN */
export async function givenRole(database: Database, workspace: string, email: string, role: string): Promise<void> {
  await database.transaction(async (client) => {
    const { workspaceId } = await workspaceNamed(client, workspace);
    const member = await memberOf(client, workspaceId, emailOf(email));
    if (!member)
      throw refuse('MEMBER_NOT_FOUND', `${email} is not in "${workspace}"; invite them with: plinth member invite`);
    const roleId = await roleNamed(client, workspaceId, role);
    await setMemberRole(client, { workspaceId, memberId: member.id, roleId });
    const subject = { type: 'member', id: member.id, name: `${member.firstName} ${member.lastName}`.trim() };
    const detail = { from: member.role.id, to: roleId };
    await recordAudit(client, { workspaceId }, { action: 'member.role_changed', subject, detail });
  });
}

async function memberOf(client: Client, workspaceId: string, email: string): Promise<Member | undefined> {
  return (await membersOf(client, workspaceId)).find((member) => member.email === email);
}

async function roleNamed(client: Client, workspaceId: string, label: string | undefined): Promise<string> {
  const [role] = await client.rows<{ id: string }>(sql`
    select role.id
    from plinth.roles as role
    join plinth.workspaces as workspace on workspace.id = role.workspace_id
    where workspace.id = ${sql.value(workspaceId)}
      and ${label === undefined ? sql`role.id = workspace.default_role_id` : sql`role.label = ${sql.value(label)}`}`);
  if (!role)
    throw refuse(
      'ROLE_NOT_FOUND',
      label === undefined ? 'Say --role: the workspace has no default' : `There is no role "${label}"`,
    );
  return role.id;
}
