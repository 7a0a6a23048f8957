/**
 * Members and invitations, as both metadata APIs show and change them. Contract: metadata.md 1.1, 4; docs/members.md.
 */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';
import { type AuditEvent, recordAudit } from '../access/audit.ts';
import { emailOf } from '../access/coming-in.ts';
import { type Invitation, invitationsOf, makeInvitation, renewInvitation } from '../access/links.ts';
import { namesOf } from '../access/member-records.ts';
import { type Member, membersOf, removeMember, setMemberRole, workspacesOf } from '../access/members.ts';
import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import { createOwnWorkspace, refuseCreating } from '../changes/workspaces.ts';
import { refuse } from '../errors.ts';
import { checkedId } from '../model/edit/steps.ts';
import { refuseGiving } from '../roles/excess.ts';

// Members ------------------------------------------------------------------------------------------------------------

export type MemberView = ReturnType<typeof memberView>;

function memberView({ id, userId, email, firstName, lastName, avatarUrl, role, createdAt }: Member) {
  const name = { firstName, lastName };
  return { id, userId, name, userEmail: email, avatarUrl, role, roles: [role], createdAt: createdAt.toISOString() };
}

/** Everybody of the workspace, by id. */
export async function allMembers({ database, principal }: RequestContext): Promise<MemberView[]> {
  requireFlag(principal, 'WORKSPACE_MEMBERS');
  const members = await database.asOwner((client) => membersOf(client, principal.workspaceId));
  return members.map(memberView).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws PlinthError MEMBER_NOT_FOUND */
export async function oneMember(asker: RequestContext, id: string): Promise<MemberView> {
  const wanted = checkedId(id);
  const member = (await allMembers(asker)).find((each) => each.id === wanted);
  if (!member) throw refuse('MEMBER_NOT_FOUND');
  return member;
}

/**
 * Whoever changes what somebody may do could do it themselves, before and after.
 * @throws PlinthError MEMBER_NOT_FOUND, ROLE_NOT_FOUND, LAST_ADMIN, PERMISSION_DENIED
 */
export async function changeMemberRole(asker: RequestContext, id: string, roleId: string): Promise<MemberView> {
  const before = await oneMember(asker, id);
  const { workspaceId } = asker.principal;
  await asker.database.transaction(async (client) => {
    await refuseGiving(client, asker.principal, before.role.id);
    await refuseGivingToPeople(client, asker.principal, roleId);
    await setMemberRole(client, { workspaceId, memberId: before.id, roleId: checkedId(roleId) });
    const detail = { from: before.role.id, to: checkedId(roleId) };
    await recordAudit(client, asker.principal, { ...eventOf('member.role_changed', before), detail });
  });
  return oneMember(asker, id);
}

/** @throws PlinthError ROLE_NOT_FOUND, PERMISSION_DENIED, BAD_REQUEST for a role that is not for people */
async function refuseGivingToPeople(client: Client, giver: RequestContext['principal'], roleId: string): Promise<void> {
  await refuseGiving(client, giver, roleId);
  const [role] = await client.rows<{ label: string; isForPeople: boolean }>(sql`
    select label, can_be_assigned_to_users as "isForPeople" from plinth.roles where id = ${sql.value(roleId)}`);
  if (!role?.isForPeople)
    throw refuse('BAD_REQUEST', `"${role?.label}" cannot be assigned to users (canBeAssignedToUsers)`);
}

/** Answers the member as it was. @throws PlinthError MEMBER_NOT_FOUND, LAST_ADMIN, PERMISSION_DENIED */
export async function dismissMember(asker: RequestContext, id: string): Promise<MemberView> {
  const member = await oneMember(asker, id);
  await asker.database.transaction(async (client) => {
    await refuseGiving(client, asker.principal, member.role.id);
    await removeMember(client, asker.principal.workspaceId, member.id);
    await recordAudit(client, asker.principal, eventOf('member.removed', member));
  });
  return member;
}

/** The same by oneself, which takes no permission. @throws PlinthError LAST_ADMIN, PERMISSION_DENIED for an API key */
export async function leaveWorkspace({ database, principal }: RequestContext): Promise<boolean> {
  const { id, name } = personOf(principal);
  await database.transaction(async (client) => {
    await removeMember(client, principal.workspaceId, id);
    await recordAudit(client, principal, { action: 'member.left', subject: { type: 'member', id, name } });
  });
  return true;
}

function eventOf(action: string, { id, name: { firstName, lastName } }: MemberView): AuditEvent {
  return { action, subject: { type: 'member', id, name: `${firstName} ${lastName}`.trim() } };
}

/** @throws PlinthError PERMISSION_DENIED for an API key */
function personOf({ member }: RequestContext['principal']): NonNullable<RequestContext['principal']['member']> {
  if (!member) throw refuse('PERMISSION_DENIED', 'This requires a signed-in user, not an API key');
  return member;
}

// Whoever asks -------------------------------------------------------------------------------------------------------

/** @throws PlinthError PERMISSION_DENIED for an API key */
export async function currentUser({ database, principal }: RequestContext) {
  const { userId, id: memberId } = personOf(principal);
  const [person] = await database.asOwner((client) =>
    client.rows<{ id: string; email: string; name: string; createdAt: Date }>(sql`
      select id, email, name, created_at as "createdAt" from plinth.users where id = ${sql.value(userId)}`),
  );
  if (!person) throw refuse('PERMISSION_DENIED');
  const { id, email, name, createdAt } = person;
  return { id, email, name, ...namesOf({ name }), createdAt: createdAt.toISOString(), memberId };
}

/** The member that somebody is, which takes no permission. */
export async function ownMember({ database, principal }: RequestContext, memberId: string): Promise<MemberView | null> {
  const members = await database.asOwner((client) => membersOf(client, principal.workspaceId));
  const own = members.find(({ id }) => id === memberId);
  return own ? memberView(own) : null;
}

export async function ownWorkspaces({ database }: RequestContext, userId: string) {
  const workspaces = await workspacesOf(database, userId);
  return workspaces.map(({ id, name, displayName, role, memberId }) => ({
    id: memberId,
    role,
    workspace: { id, name, displayName },
  }));
}

/** @throws PlinthError PERMISSION_DENIED, and what `createOwnWorkspace` throws */
export async function makeOwnWorkspace(asker: RequestContext, given: { name: string; displayName?: string | null }) {
  const { database, principal, settings } = asker;
  const { userId: id } = personOf(principal);
  const { email, name } = await currentUser(asker);
  const { from } = principal;
  await refuseCreating(database, settings.mayCreateWorkspace, id);
  const made = await createOwnWorkspace(database, { ...given, person: { id, email, name }, ...(from && { from }) });
  const { role, memberId, ...workspace } = made;
  return { id: memberId, role, workspace };
}

// Invitations --------------------------------------------------------------------------------------------------------

export type InvitationView = ReturnType<typeof invitationView>;
type NewInvitation = InvitationView & { readonly link: string };

function invitationView({ expiresAt, createdAt, ...invitation }: Invitation) {
  return { ...invitation, expiresAt: expiresAt.toISOString(), createdAt: createdAt.toISOString() };
}

/** Those that are open; their links are shown only when they are made. */
export async function allInvitations({ database, principal }: RequestContext): Promise<InvitationView[]> {
  requireFlag(principal, 'WORKSPACE_MEMBERS');
  return database.asOwner(async (client) => (await invitationsOf(client, principal.workspaceId)).map(invitationView));
}

/** @throws PlinthError INVITATION_NOT_FOUND */
export async function oneInvitation(asker: RequestContext, id: string): Promise<InvitationView> {
  return invitationView(await asker.database.asOwner((client) => openInvitation(client, asker, id)));
}

async function openInvitation(client: Client, { principal }: RequestContext, id: string): Promise<Invitation> {
  requireFlag(principal, 'WORKSPACE_MEMBERS');
  const wanted = checkedId(id);
  const invitation = (await invitationsOf(client, principal.workspaceId)).find((each) => each.id === wanted);
  if (!invitation) throw refuse('INVITATION_NOT_FOUND');
  return invitation;
}

/**
 * A link for one e-mail address, or for anybody. No mail is sent: the link is shown here, and nowhere else.
 * @param roleId what they will be; else what new members are
 * @throws PlinthError INVALID_PERSON, ALREADY_A_MEMBER, ROLE_NOT_FOUND, PERMISSION_DENIED, BAD_REQUEST where the
 *   workspace has no public link
 */
export async function invite(
  asker: RequestContext,
  { email, roleId }: { email?: string | null; roleId?: string | null },
): Promise<NewInvitation> {
  const { database, principal, settings } = asker;
  const { workspaceId } = principal;
  requireFlag(principal, 'WORKSPACE_MEMBERS');
  const address = email == null ? null : emailOf(email);
  return database.transaction(async (client) => {
    const workspace = await settingsOf(client, workspaceId);
    if (address === null && !workspace.hasPublicLink)
      throw refuse(
        'BAD_REQUEST',
        'email should not be empty: the workspace has no link for everybody (isPublicInviteLinkEnabled)',
      );
    const members = await membersOf(client, workspaceId);
    if (members.some((member) => member.email === address)) throw refuse('ALREADY_A_MEMBER');
    const role = roleId ?? workspace.defaultRoleId;
    if (role === null) throw refuse('BAD_REQUEST', 'roleId should not be empty: the workspace has no default role');
    await refuseGivingToPeople(client, principal, role);
    const invited = { workspaceId, email: address, roleId: checkedId(role), publicUrl: settings.publicUrl };
    const { id, link } = await makeInvitation(client, invited);
    const made = await openInvitation(client, asker, id);
    await recordAudit(client, principal, { ...invitationEvent('created', made), detail: { roleId: made.role.id } });
    return { ...invitationView(made), link };
  });
}

async function settingsOf(client: Client, workspaceId: string) {
  const [row] = await client.rows<{ hasPublicLink: boolean; defaultRoleId: string | null }>(sql`
    select is_public_invite_link_enabled as "hasPublicLink", default_role_id as "defaultRoleId"
    from plinth.workspaces where id = ${sql.value(workspaceId)}`);
  if (!row) throw refuse('WORKSPACE_NOT_FOUND');
  return row;
}

/**
 * Another link, as long as it is good; the former one isn't any more.
 * @throws PlinthError INVITATION_NOT_FOUND, PERMISSION_DENIED
 */
export async function resendInvitation(asker: RequestContext, id: string): Promise<NewInvitation> {
  return asker.database.transaction(async (client) => {
    const invitation = await openInvitation(client, asker, id);
    await refuseGiving(client, asker.principal, invitation.role.id);
    const link = await renewInvitation(client, invitation, asker.settings.publicUrl);
    await recordAudit(client, asker.principal, invitationEvent('renewed', invitation));
    return { ...invitationView(await openInvitation(client, asker, id)), link };
  });
}

/** Answers the invitation as it was. @throws PlinthError INVITATION_NOT_FOUND */
export async function revokeInvitation(asker: RequestContext, id: string): Promise<InvitationView> {
  return asker.database.transaction(async (client) => {
    const invitation = await openInvitation(client, asker, id);
    await client.rows(sql`delete from plinth.links where id = ${sql.value(invitation.id)}`);
    await recordAudit(client, asker.principal, invitationEvent('revoked', invitation));
    return invitationView(invitation);
  });
}

function invitationEvent(done: string, { id, email }: Invitation): AuditEvent {
  return { action: `invitation.${done}`, subject: { type: 'invitation', id, name: email ?? 'everybody' } };
}
