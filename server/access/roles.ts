/** Roles: what a workspace begins with, and which settings and tools a role may use. Contract: metadata.md 1.3, 4. */

import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';

/** Channel of NOTIFY; the payload is the id of a workspace, whose keys, roles or members have changed. */
export const ACCESS_CHANNEL = 'plinth_access';

/** Settings come with `canUpdateAllSettings`, tools with `canAccessAllTools`; each can be given by itself. */
const SETTINGS_FLAGS = ['API_KEYS_AND_WEBHOOKS', 'DATA_MODEL', 'ROLES', 'SECURITY', 'WORKSPACE', 'WORKSPACE_MEMBERS'];
const TOOL_FLAGS = ['IMPORT_CSV', 'EXPORT_CSV'];

export type PermissionFlag =
  | 'API_KEYS_AND_WEBHOOKS'
  | 'DATA_MODEL'
  | 'ROLES'
  | 'SECURITY'
  | 'WORKSPACE'
  | 'WORKSPACE_MEMBERS'
  | 'IMPORT_CSV'
  | 'EXPORT_CSV';

/** Of whoever sits at the machine. */
export const ALL_FLAGS: ReadonlySet<string> = new Set([...SETTINGS_FLAGS, ...TOOL_FLAGS]);

/** @throws PlinthError PERMISSION_DENIED, naming the flag */
export function requireFlag({ flags }: { readonly flags: ReadonlySet<string> }, flag: PermissionFlag): void {
  if (!flags.has(flag)) throw refuse('PERMISSION_DENIED', `This requires a role with the permission ${flag}`);
}

/** The flags that `role`, a row of plinth.roles, has: an array of text. */
export function flagsOf(role: SQL): SQL {
  return sql`
    array(
      select unnest(${sql.value(SETTINGS_FLAGS)}::text[]) where ${role}.can_update_all_settings
      union select unnest(${sql.value(TOOL_FLAGS)}::text[]) where ${role}.can_access_all_tools
      union select flag from plinth.permission_flags where role_id = ${role}.id
    )`;
}

/** Admin, which may do everything and cannot be changed, and Member; new members have the latter. */
export async function createFirstRoles(client: Client, workspaceId: string): Promise<{ admin: string }> {
  const [made] = await client.rows<{ admin: string }>(sql`
    with made as (
      insert into plinth.roles (
        workspace_id, label, description, icon, is_editable, can_update_all_settings, can_access_all_tools,
        can_read_all_object_records, can_update_all_object_records, can_soft_delete_all_object_records,
        can_destroy_all_object_records, role_name
      )
      values
        (${sql.value(workspaceId)}, 'Admin', 'Full access to records and settings', 'IconUserCog',
          false, true, true, true, true, true, true, null),
        (${sql.value(workspaceId)}, 'Member', 'Reads and edits all records, without access to settings', 'IconUser',
          true, false, true, true, true, true, false,
          (select left(role_name, 50) || '__member' from plinth.workspaces where id = ${sql.value(workspaceId)}))
      returning id, label
    ), settled as (
      update plinth.workspaces set default_role_id = (select id from made where label = 'Member')
      where id = ${sql.value(workspaceId)}
    )
    select id as admin from made where label = 'Admin'`);
  return made as { admin: string };
}
