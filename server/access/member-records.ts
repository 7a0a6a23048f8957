/**
 * Records of members among a workspace's own: found, made, and whether they are there. Contract: core.md 5.10;
 * docs/members.md.
 */

import type { Client } from '../../db/client.ts';
import { compiled, type SQL, sql } from '../../db/sql.ts';
import { asOwner } from '../catalog/as-owner.ts';
import { refuse } from '../errors.ts';
import type { Person } from './sessions.ts';

export type Recorded = {
  readonly schema: string;
  /** Who owns the tables of the schema, where that isn't the login role. */
  readonly ownerRole: string | null;
  readonly recordId: string;
  readonly hasRecord: boolean;
};
type MemberRecord = Readonly<Record<string, unknown>>;

/**
 * Columns of `Recorded`, of a `member` and its `workspace`. Is there a table for the record? One that is dropped takes
 * no access from anybody.
 */
export function recordColumns(): SQL {
  const hasTable = sql`${tableOfRecords(sql.identifier('workspace', 'schema_name'))} is not null`;
  return sql`
    member.id as "recordId", workspace.schema_name as schema, workspace.owner_role as "ownerRole",
    (member.has_record and ${hasTable}) as "hasRecord"`;
}

/**
 * The table of members in a schema. It must be Plinth's, in a schema of which nobody else is the owner: in an adopted
 * one members have no records.
 */
export function tableOfRecords(schema: SQL): SQL {
  return sql`(
    select c.oid
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = 'workspace_members' and c.relkind = 'r'
      and not exists (
        select from pg_catalog.pg_roles as r
        where r.oid in (c.relowner, n.nspowner) and not r.rolsuper and r.rolname <> current_user
          and not (r.oid <> n.nspowner and r.rolname = (
            select w.owner_role from plinth.workspaces as w where w.schema_name = n.nspname))))`;
}

/** In the order of `members`, by one statement for each workspace. */
export async function recordsOf(client: Client, members: readonly Recorded[]): Promise<(MemberRecord | null)[]> {
  const bySchema = Map.groupBy(
    members.filter(({ hasRecord }) => hasRecord),
    ({ schema }) => schema,
  );
  const known = new Map<string, MemberRecord>();
  for (const [schema, recorded] of bySchema) {
    const { text, values } = compiled(sql`
      select record.id::text, to_jsonb(record) as record
      from ${sql.identifier(schema, 'workspace_members')} as record
      where record.id = any(${sql.value(`{${recorded.map(({ recordId }) => recordId).join(',')}}`)}::text::uuid[])`);
    const tables = asOwner(client, recorded[0]?.ownerRole ?? null);
    const rows = await tables.rows<{ id: string; record: MemberRecord }>(text, values as string[]);
    for (const { id, record } of rows) known.set(`${schema} ${id}`, record);
  }
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
 * Of several records with the address, one that isn't deleted; a deleted one comes back. One that is another member's
 * stays theirs, whatever address somebody wrote into it.
 */
export async function linkedRecord(
  client: Client,
  { workspaceId, schema, ownerRole, person }: Place & { readonly workspaceId: string; readonly person: Person },
): Promise<string> {
  const rows = (fragment: SQL) => rowsOf(client, ownerRole, fragment);
  const table = sql.identifier(schema, 'workspace_members');
  const userId = sql`${sql.value(person.id)}::text::uuid`;
  const candidates = await rows(sql`
    select id::text from ${table}
    where lower(user_email) = ${sql.value(person.email)}::text
    order by deleted_at nulls first, id`);
  const [free] = await client.rows<{ id: string }>(sql`
    select candidate.id
    from unnest(${sql.value(candidates.map(({ id }) => id))}::uuid[]) with ordinality as candidate (id, place)
    where not exists (
      select from plinth.members as other
      where other.workspace_id = ${sql.value(workspaceId)} and other.id = candidate.id)
    order by place
    limit 1`);
  if (free) {
    await rows(sql`
      update ${table} set user_id = ${userId}, deleted_at = null where id = ${sql.value(free.id)}::text::uuid
      returning id::text`);
    return free.id;
  }
  const { firstName, lastName } = namesOf(person);
  const insert = (email: string | null) =>
    rows(sql`
      insert into ${table} (name_first_name, name_last_name, user_email, user_id)
      values (${sql.value(firstName)}::text, ${sql.value(lastName)}::text, ${sql.value(email)}::text, ${userId})
      on conflict do nothing
      returning id::text`);
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

type Place = Pick<Recorded, 'schema' | 'ownerRole'>;

function rowsOf(client: Client, ownerRole: string | null, fragment: SQL): Promise<{ id: string }[]> {
  const { text, values } = compiled(fragment);
  return asOwner(client, ownerRole).rows(text, values as (string | null)[]);
}

/** For forms that have one box for it: the last word is the last name. */
export function namesOf({ name }: { readonly name: string }): { firstName: string; lastName: string } {
  const [, firstName = name, lastName = ''] = /^(.*\S)\s+(\S+)$/.exec(name.trim()) ?? [];
  return { firstName, lastName };
}

export async function deleteRecord(client: Client, { schema, ownerRole, recordId }: Recorded): Promise<void> {
  await rowsOf(
    client,
    ownerRole,
    sql`
      update ${sql.identifier(schema, 'workspace_members')} set deleted_at = now()
      where id = ${sql.value(recordId)}::text::uuid and deleted_at is null
      returning id::text`,
  );
}
