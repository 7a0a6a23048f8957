/** People in workspaces: who is one of which, with which role and record. Contract: metadata.md 1.1; core.md 5.10; docs/members.md. */

import type { Client, Database } from '../../db/pool.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
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

/** The workspaces in which somebody is now, by name. */
export async function workspacesOf(database: Database, userId: string): Promise<OwnWorkspace[]> {
  return database.asOwner(async (client) => {
    type Row = OwnWorkspace & Recorded & { readonly isAdmin: boolean };
    const rows = await client.rows<Row>(sql`
      select
        workspace.id, workspace.name, workspace.display_name as "displayName", workspace.schema_name as schema,
        json_build_object('id', role.id, 'label', role.label) as role,
        not role.is_editable as "isAdmin",
        member.id as "memberId", member.id as "recordId", ${hasRecord()} as "hasRecord"
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

/** Somebody as a member of a workspace; null where they are none, or not any more. */
export async function memberNamed(
  database: Database,
  userId: string,
  workspaceName: string,
): Promise<Principal | null> {
  return database.asOwner(async (client) => {
    type Row = Recorded &
      Omit<Principal, 'apiKey' | 'member' | 'flags'> & { flags: string[]; isAdmin: boolean; name: string };
    const [row] = await client.rows<Row>(sql`
      select
        workspace.id as "workspaceId", workspace.name as "workspaceName", workspace.schema_name as schema,
        coalesce(role.role_name, workspace.role_name) as role,
        role.id as "roleId",
        ${flagsOf(sql.identifier('role'))} as flags,
        not role.is_editable as "isAdmin",
        person.name,
        member.id as "recordId", ${hasRecord()} as "hasRecord"
      from plinth.members as member
      join plinth.users as person on person.id = member.user_id
      join plinth.workspaces as workspace on workspace.id = member.workspace_id
      join plinth.roles as role on role.id = member.role_id
      where member.user_id = ${sql.value(userId)} and workspace.name = ${sql.value(workspaceName)}`);
    if (!row) return null;
    const [record] = await recordsOf(client, [row]);
    const { recordId: id, isAdmin, name, flags, workspaceId, schema, role, roleId } = row;
    if (!isThere(row, record) && !(isAdmin && (await isLastAdmin(client, workspaceId, id)))) return null;
    const member = { id, userId, name: record ? nameIn(record) || name : name };
    return { workspaceId, workspaceName, schema, role, roleId, flags: new Set(flags), apiKey: null, member };
  });
}

/**
 * Makes somebody a member: with the record of their e-mail address among the workspace's members, or a new one. Who is one
 * already stays what they are.
 * @param client in a transaction
 * @returns the member's id
 * @throws PlinthError BAD_REQUEST where the workspace lets no record of them be made
 */
export async function addMember(
  client: Client,
  { workspaceId, roleId, person }: { workspaceId: string; roleId: string; person: Person },
): Promise<string> {
  // One after the other, also where somebody opens two links at once.
  const [workspace] = await client.rows<{ schema: string; canRecord: boolean }>(sql`
    select schema_name as schema, (
      select count(*) = ${sql.value(RECORD_COLUMNS.length)}
      from pg_catalog.pg_attribute
      where attrelid = to_regclass(quote_ident(schema_name) || '.workspace_members')
        and attname = any(${sql.value(RECORD_COLUMNS as unknown as string)}::text[]) and not attisdropped
    ) as "canRecord"
    from plinth.workspaces where id = ${sql.value(workspaceId)}
    for no key update`);
  if (!workspace) throw refuse('WORKSPACE_NOT_FOUND');
  const { schema, canRecord } = workspace;

  const [known] = await client.rows<Recorded>(sql`
    select member.id as "recordId", workspace.schema_name as schema, ${hasRecord()} as "hasRecord"
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

  const recordId = canRecord ? await linkedRecord(client, schema, person) : null;
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

/** What a table of members must have for us to write in it. */
const RECORD_COLUMNS = ['id', 'name_first_name', 'name_last_name', 'user_email', 'user_id', 'deleted_at'] as const;

/** Of several records with the address, one that isn't deleted; a deleted one comes back. */
async function linkedRecord(client: Client, schema: string, person: Person): Promise<string> {
  const table = sql.identifier(schema, 'workspace_members');
  const { firstName, lastName } = namesOf(person);
  const [linked] = await client.rows<{ id: string }>(sql`
    update ${table}
    set user_id = ${sql.value(person.id)}, deleted_at = null
    where id = (
      select id from ${table} where lower(user_email) = ${sql.value(person.email)}
      order by deleted_at nulls first, id limit 1
    )
    returning id`);
  if (linked) return linked.id;
  try {
    const [made] = await client.rows<{ id: string }>(sql`
      insert into ${table} (name_first_name, name_last_name, user_email, user_id)
      values (${sql.value(firstName)}, ${sql.value(lastName)}, ${sql.value(person.email)}, ${sql.value(person.id)})
      returning id`);
    return (made as { id: string }).id;
  } catch (error) {
    if (!/^23/.test((error as { code?: string }).code ?? '')) throw error;
    throw refuse('BAD_REQUEST', {
      message: 'The table of members has conditions that a record of a new member does not meet',
      cause: error,
    });
  }
}

/** For forms that have one box for it: the last word is the last name. */
function namesOf({ name }: { readonly name: string }): { firstName: string; lastName: string } {
  const [, firstName = name, lastName = ''] = /^(.*\S)\s+(\S+)$/.exec(name.trim()) ?? [];
  return { firstName, lastName };
}

// --- Records of members -----------------------------------------------------------------------------------------------

type Recorded = { readonly schema: string; readonly recordId: string; readonly hasRecord: boolean };
type MemberRecord = Readonly<Record<string, unknown>>;

/** Whether there is a table for the record of `member`; a table that is dropped takes no access from anybody. */
function hasRecord(): SQL {
  return sql`(member.has_record and to_regclass(quote_ident(workspace.schema_name) || '.workspace_members') is not null)`;
}

/** In the order of `members`, by one statement; as JSON, for the tables may differ. */
async function recordsOf(client: Client, members: readonly Recorded[]): Promise<(MemberRecord | null)[]> {
  const asked = members.flatMap(({ schema, recordId, hasRecord }, place) =>
    hasRecord
      ? [
          sql`select ${sql.value(place)}::int as place, to_jsonb(record) as record
            from ${sql.identifier(schema, 'workspace_members')} as record where record.id = ${sql.value(recordId)}`,
        ]
      : [],
  );
  if (asked.length === 0) return members.map(() => null);
  const rows = await client.rows<{ place: number; record: MemberRecord }>(sql.join(asked, ' union all '));
  const byPlace = new Map(rows.map(({ place, record }) => [place, record]));
  return members.map((_, place) => byPlace.get(place) ?? null);
}

function nameIn({ name_first_name: firstName, name_last_name: lastName }: MemberRecord): string {
  return [firstName, lastName].filter((part) => typeof part === 'string' && part !== '').join(' ');
}

function isThere({ hasRecord }: Recorded, record: MemberRecord | null | undefined): boolean {
  return !hasRecord || (record != null && record.deleted_at == null);
}

/** Whose record was deleted stays in all the same, where nobody else could let anybody in. */
async function isLastAdmin(client: Client, workspaceId: string, memberId: string): Promise<boolean> {
  const admins = await client.rows<Recorded>(sql`
    select member.id as "recordId", workspace.schema_name as schema, ${hasRecord()} as "hasRecord"
    from plinth.members as member
    join plinth.workspaces as workspace on workspace.id = member.workspace_id
    join plinth.roles as role on role.id = member.role_id
    where member.workspace_id = ${sql.value(workspaceId)} and member.id <> ${sql.value(memberId)} and not role.is_editable`);
  const records = await recordsOf(client, admins);
  return !admins.some((admin, i) => isThere(admin, records[i]));
}
