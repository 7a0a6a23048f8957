/**
 * People in workspaces: who is one of which, with which role and record. Contract: metadata.md 1.1; core.md 5.10;
 * docs/members.md.
 */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import {
  deleteRecord,
  isThere,
  linkedRecord,
  namesIn,
  namesOf,
  RECORD_COLUMNS,
  type Recorded,
  recordColumns,
  recordsOf,
  tableOfRecords,
} from './member-records.ts';
import type { Principal } from './principal.ts';
import { flagsOf } from './roles.ts';
import type { Person } from './sessions.ts';
import { tellAccessChanged } from './watch.ts';

/** A workspace as somebody who is in it sees it. */
export type OwnWorkspace = {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly role: { readonly id: string; readonly label: string };
  readonly memberId: string;
};

/** A person as the others of a workspace see them. */
export type Member = {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly avatarUrl: string | null;
  readonly role: { readonly id: string; readonly label: string };
  readonly createdAt: Date;
};

/** The workspaces in which somebody is now, by name. */
export async function workspacesOf(database: Database, userId: string): Promise<OwnWorkspace[]> {
  return database.asOwner(async (client) => {
    type Row = OwnWorkspace & Recorded & { readonly isAdmin: boolean };
    const rows = await client.rows<Row>(sql`
      select
        workspace.id, workspace.name, workspace.display_name as "displayName",
        json_build_object('id', role.id, 'label', role.label) as role,
        not role.is_editable as "isAdmin",
        member.id as "memberId", ${recordColumns()}
      from plinth.members as member
      join plinth.workspaces as workspace on workspace.id = member.workspace_id
      join plinth.roles as role on role.id = member.role_id
      where member.user_id = ${sql.value(userId)}
      order by workspace.name`);
    const records = await recordsOf(client, rows);
    const there = await Promise.all(
      rows.map(
        async (row, i) =>
          isThere(row, records[i]) || (row.isAdmin && (await isLastAdmin(client, row.id, row.memberId))),
      ),
    );
    return rows
      .filter((_, i) => there[i])
      .map(({ id, name, displayName, role, memberId }) => ({ id, name, displayName, role, memberId }));
  });
}

export type Membership = {
  readonly principal: Principal;
  /** May they have signed in by a password, or must it be by another provider? */
  readonly isPasswordEnough: boolean;
};

/** Somebody as a member of a workspace; null where they are none, or not any more. */
export async function memberNamed(
  database: Database,
  userId: string,
  workspaceName: string,
): Promise<Membership | null> {
  type Row = Recorded &
    Omit<Principal, 'apiKey' | 'member' | 'flags'> &
    Omit<Membership, 'principal'> & { flags: string[]; isAdmin: boolean; name: string };
  const [row] = await database.lookUp((client) =>
    client.rows<Row>(sql`
      select
        workspace.id as "workspaceId", workspace.name as "workspaceName",
        coalesce(role.role_name, workspace.role_name) as role,
        role.id as "roleId",
        ${flagsOf(sql.identifier('role'))} as flags,
        not role.is_editable as "isAdmin",
        workspace.is_password_auth_enabled as "isPasswordEnough",
        person.name,
        ${recordColumns()}
      from plinth.members as member
      join plinth.users as person on person.id = member.user_id
      join plinth.workspaces as workspace on workspace.id = member.workspace_id
      join plinth.roles as role on role.id = member.role_id
      where member.user_id = ${sql.value(userId)} and workspace.name = ${sql.value(workspaceName)}`),
  );
  if (!row) return null;
  const { recordId: id, isAdmin, isPasswordEnough, name, flags, workspaceId, schema, role, roleId } = row;
  return database.lookUpIn(schema, async (client) => {
    const [record] = await recordsOf(client, [row]);
    if (!isThere(row, record) && !(isAdmin && (await isLastAdmin(client, workspaceId, id)))) return null;
    const member = {
      id,
      userId,
      name: record ? Object.values(namesIn(record)).filter(Boolean).join(' ') || name : name,
    };
    const rights = { schema, role, roleId, flags: new Set(flags) };
    return { principal: { workspaceId, workspaceName, ...rights, apiKey: null, member }, isPasswordEnough };
  });
}

/**
 * Makes somebody a member: with the record of their e-mail address among the workspace's members, or a new one. Who is
 * one already stays what they are.
 * @param client in a transaction
 * @returns the member's id
 * @throws PlinthError BAD_REQUEST where the workspace lets no record of them be made
 */
export async function addMember(
  client: Client,
  { workspaceId, roleId, person }: { workspaceId: string; roleId: string; person: Person },
): Promise<string> {
  // One after the other, also where somebody opens two links at once.
  const [workspace] = await client.rows<Pick<Recorded, 'schema' | 'ownerRole'> & { canRecord: boolean }>(sql`
    select schema_name as schema, owner_role as "ownerRole", (
      select count(*) = ${sql.value(RECORD_COLUMNS.length)}
      from pg_catalog.pg_attribute
      where attrelid = ${tableOfRecords(sql.identifier('schema_name'))}
        and attname = any(${sql.value([...RECORD_COLUMNS])}::text[]) and not attisdropped
        and (attname not in ('id', 'user_id') or atttypid = 'uuid'::regtype)
    ) as "canRecord"
    from plinth.workspaces where id = ${sql.value(workspaceId)}
    for no key update`);
  if (!workspace) throw refuse('WORKSPACE_NOT_FOUND');
  const { schema, ownerRole, canRecord } = workspace;

  const [known] = await client.rows<Recorded>(sql`
    select ${recordColumns()}
    from plinth.members as member
    join plinth.workspaces as workspace on workspace.id = member.workspace_id
    where member.workspace_id = ${sql.value(workspaceId)} and member.user_id = ${sql.value(person.id)}`);
  if (known) {
    const [record] = await recordsOf(client, [known]);
    if (isThere(known, record)) return known.recordId;
    await client.rows(sql`
      delete from plinth.members
      where workspace_id = ${sql.value(workspaceId)} and user_id = ${sql.value(person.id)}`);
  }

  const recordId = canRecord ? await linkedRecord(client, { workspaceId, schema, ownerRole, person }) : null;
  const [member] = await client.rows<{ id: string }>(sql`
    insert into plinth.members (workspace_id, id, user_id, role_id, has_record)
    values (
      ${sql.value(workspaceId)}, coalesce(${sql.value(recordId)}, gen_random_uuid()), ${sql.value(person.id)},
      ${sql.value(roleId)}, ${sql.value(canRecord)}
    )
    returning id`);
  await tellAccessChanged(client, workspaceId);
  return (member as { id: string }).id;
}

/** Whoever is in a workspace now, the first first. */
export async function membersOf(client: Client, workspaceId: string): Promise<Member[]> {
  type Row = Omit<Member, 'firstName' | 'lastName' | 'avatarUrl'> & Recorded & { name: string; isAdmin: boolean };
  const rows = await client.rows<Row>(sql`
    select
      member.id, member.user_id as "userId", member.created_at as "createdAt",
      person.name, person.email,
      json_build_object('id', role.id, 'label', role.label) as role,
      not role.is_editable as "isAdmin",
      ${recordColumns()}
    from plinth.members as member
    join plinth.users as person on person.id = member.user_id
    join plinth.workspaces as workspace on workspace.id = member.workspace_id
    join plinth.roles as role on role.id = member.role_id
    where member.workspace_id = ${sql.value(workspaceId)}
    order by member.created_at, member.id`);
  const records = await recordsOf(client, rows);
  const admins = rows.filter(({ isAdmin }) => isAdmin);
  const areThere = rows.filter((row, i) => isThere(row, records[i]));
  const isAdminThere = areThere.some(({ isAdmin }) => isAdmin);
  return rows.flatMap((row, i) => {
    const { id, userId, email, name, role, createdAt } = row;
    if (!areThere.includes(row) && (isAdminThere || !admins.includes(row))) return [];
    const record = records[i];
    const names = record ? namesIn(record) : namesOf({ name });
    const avatarUrl = typeof record?.avatar_url === 'string' ? record.avatar_url : null;
    return [{ id, userId, email, ...names, avatarUrl, role, createdAt }];
  });
}

/** @throws PlinthError MEMBER_NOT_FOUND, LAST_ADMIN */
export async function setMemberRole(client: Client, { workspaceId, memberId, roleId }: Setting): Promise<void> {
  await lockMembers(client, workspaceId);
  const role = await roleOf(client, workspaceId, memberId);
  if (role.id === roleId) return;
  if (role.isAdmin && (await isLastAdmin(client, workspaceId, memberId))) throw refuse('LAST_ADMIN');
  await client.rows(sql`
    update plinth.members set role_id = ${sql.value(roleId)}, updated_at = now()
    where workspace_id = ${sql.value(workspaceId)} and id = ${sql.value(memberId)}`);
  await tellAccessChanged(client, workspaceId);
}

type Setting = { readonly workspaceId: string; readonly memberId: string; readonly roleId: string };

/**
 * Their record is deleted softly: what they made and were given goes on naming it.
 * @throws PlinthError MEMBER_NOT_FOUND, LAST_ADMIN
 */
export async function removeMember(client: Client, workspaceId: string, memberId: string): Promise<void> {
  await lockMembers(client, workspaceId);
  const { isAdmin } = await roleOf(client, workspaceId, memberId);
  if (isAdmin && (await isLastAdmin(client, workspaceId, memberId))) throw refuse('LAST_ADMIN');
  const [removed] = await client.rows<Recorded>(sql`
    delete from plinth.members as member
    using plinth.workspaces as workspace
    where workspace.id = member.workspace_id
      and member.workspace_id = ${sql.value(workspaceId)} and member.id = ${sql.value(memberId)}
    returning ${recordColumns()}`);
  if (removed?.hasRecord) await deleteRecord(client, removed);
  await tellAccessChanged(client, workspaceId);
}

/** So that of two Admins who leave at once one stays. */
async function lockMembers(client: Client, workspaceId: string): Promise<void> {
  await client.rows(sql`select from plinth.workspaces where id = ${sql.value(workspaceId)} for no key update`);
}

async function roleOf(
  client: Client,
  workspaceId: string,
  memberId: string,
): Promise<{ id: string; isAdmin: boolean }> {
  const [role] = await client.rows<{ id: string; isAdmin: boolean }>(sql`
    select role.id, not role.is_editable as "isAdmin"
    from plinth.members as member
    join plinth.roles as role on role.id = member.role_id
    where member.workspace_id = ${sql.value(workspaceId)} and member.id = ${sql.value(memberId)}`);
  if (!role) throw refuse('MEMBER_NOT_FOUND');
  return role;
}

/** Whose record was deleted stays in all the same, where nobody else could let anybody in. */
async function isLastAdmin(client: Client, workspaceId: string, memberId: string): Promise<boolean> {
  const admins = await client.rows<Recorded>(sql`
    select ${recordColumns()}
    from plinth.members as member
    join plinth.workspaces as workspace on workspace.id = member.workspace_id
    join plinth.roles as role on role.id = member.role_id
    where member.workspace_id = ${sql.value(workspaceId)} and member.id <> ${sql.value(memberId)}
      and not role.is_editable`);
  const records = await recordsOf(client, admins);
  return !admins.some((admin, i) => isThere(admin, records[i]));
}
