/** Records of members among a workspace's own: found, made, and whether they are there. Contract: core.md 5.10; docs/members.md. */

import type { Client } from '../../db/pool.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import type { Person } from './sessions.ts';

export type Recorded = { readonly schema: string; readonly recordId: string; readonly hasRecord: boolean };
type MemberRecord = Readonly<Record<string, unknown>>;

/** Whether there is a table for the record of `member`; a table that is dropped takes no access from anybody. */
export function hasRecord(): SQL {
  return sql`(member.has_record and ${tableOfRecords(sql.identifier('workspace', 'schema_name'))} is not null)`;
}

/**
 * The table of members in a schema. It is read and written as the login role, so it must be Plinth's, in a schema in which nobody else
 * can put something in its place: in an adopted one members have no records.
 */
export function tableOfRecords(schema: SQL): SQL {
  return sql`(
    select c.oid
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = 'workspace_members' and c.relkind = 'r'
      and not exists (
        select from pg_catalog.pg_roles as r
        where r.oid in (c.relowner, n.nspowner) and not r.rolsuper and r.rolname <> current_user))`;
}

/** In the order of `members`, by one statement with a part for each workspace; as JSON, for the tables may differ. */
export async function recordsOf(client: Client, members: readonly Recorded[]): Promise<(MemberRecord | null)[]> {
  const bySchema = Map.groupBy(
    members.filter(({ hasRecord }) => hasRecord),
    ({ schema }) => schema,
  );
  if (bySchema.size === 0) return members.map(() => null);
  const parts = [...bySchema].map(
    ([schema, recorded]) => sql`
      select ${sql.value(schema)}::text as schema, record.id::text, to_jsonb(record) as record
      from ${sql.identifier(schema, 'workspace_members')} as record
      where record.id = any(${sql.value(recorded.map(({ recordId }) => recordId))}::uuid[])`,
  );
  const rows = await client.rows<{ schema: string; id: string; record: MemberRecord }>(sql.join(parts, ' union all '));
  const known = new Map(rows.map(({ schema, id, record }) => [`${schema} ${id}`, record]));
  return members.map(({ schema, recordId }) => known.get(`${schema} ${recordId}`) ?? null);
}

export function namesIn(record: MemberRecord): { firstName: string; lastName: string } {
  const [firstName = '', lastName = ''] = [record.name_first_name, record.name_last_name].map((part) =>
    typeof part === 'string' ? part : '',
  );
  return { firstName, lastName };
}

export function isThere({ hasRecord }: Recorded, record: MemberRecord | null | undefined): boolean {
  return !hasRecord || (record != null && record.deleted_at == null);
}

/** What a table of members must have for us to write in it. */
export const RECORD_COLUMNS = [
  'id',
  'name_first_name',
  'name_last_name',
  'user_email',
  'user_id',
  'deleted_at',
] as const;

/**
 * Of several records with the address, one that isn't deleted; a deleted one comes back. One that is another member's stays theirs,
 * whatever address somebody wrote into it.
 */
export async function linkedRecord(
  client: Client,
  { workspaceId, schema, person }: { workspaceId: string; schema: string; person: Person },
): Promise<string> {
  const table = sql.identifier(schema, 'workspace_members');
  const [linked] = await client.rows<{ id: string }>(sql`
    update ${table}
    set user_id = ${sql.value(person.id)}, deleted_at = null
    where id = (
      select record.id from ${table} as record
      where lower(record.user_email) = ${sql.value(person.email)}
        and not exists (
          select from plinth.members as other where other.workspace_id = ${sql.value(workspaceId)} and other.id = record.id)
      order by record.deleted_at nulls first, record.id
      limit 1
    )
    returning id`);
  if (linked) return linked.id;
  const { firstName, lastName } = namesOf(person);
  const insert = (email: string | null) =>
    client.rows<{ id: string }>(sql`
      insert into ${table} (name_first_name, name_last_name, user_email, user_id)
      values (${sql.value(firstName)}, ${sql.value(lastName)}, ${sql.value(email)}, ${sql.value(person.id)})
      on conflict do nothing
      returning id`);
  try {
    const [made = (await insert(null))[0]] = await insert(person.email);
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
export function namesOf({ name }: { readonly name: string }): { firstName: string; lastName: string } {
  const [, firstName = name, lastName = ''] = /^(.*\S)\s+(\S+)$/.exec(name.trim()) ?? [];
  return { firstName, lastName };
}

export async function deleteRecord(client: Client, { schema, recordId }: Recorded): Promise<void> {
  await client.rows(sql`
    update ${sql.identifier(schema, 'workspace_members')} set deleted_at = now()
    where id = ${sql.value(recordId)} and deleted_at is null`);
}
