/** Roles in the control schema, with what each may do. */

import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { ALL_FLAGS, flagsOf } from '../access/roles.ts';
import type { RolePermissions } from '../model/roles/permissions.ts';
import type { RowRule } from '../model/roles/row-rules.ts';

/** A role with what it may do to records. */
export type StoredRole = Omit<RolePermissions, 'rules'> & {
  readonly id: string;
  readonly label: string;
  /** Of the Postgres role that it has, or will have; null where it needs none. */
  readonly roleName: string | null;
  /** Does that Postgres role exist, with access to the schema? */
  readonly isMade: boolean;
  readonly isEditable: boolean;
  /** With what Postgres has made of each; null for what is older than that this is kept. */
  readonly rules: readonly (RowRule & { readonly condition: string | null; readonly parsed: string | null })[];
};

export async function readRoles(client: Client, workspaceId: string): Promise<StoredRole[]> {
  return client.rows<StoredRole>(rolesQuery(workspaceId));
}

export function rolesQuery(workspaceId: string): SQL {
  return sql`${rolesFrom(sql`plinth.roles`)}
    where r.workspace_id = ${sql.value(workspaceId)}
    order by r.created_at, r.id`;
}

/** @param source rows of plinth.roles */
export function rolesFrom(source: SQL): SQL {
  return sql`
    select r.id, r.label, r.role_name as "roleName", r.is_editable as "isEditable",
      ${flagsOf(sql.identifier('r'))} as flags,
      jsonb_build_object(
        'read', r.can_read_all_object_records, 'update', r.can_update_all_object_records,
        'softDelete', r.can_soft_delete_all_object_records, 'destroy', r.can_destroy_all_object_records) as all,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'objectId', o.object_id, 'granted', to_jsonb(o.granted),
          'read', o.can_read, 'update', o.can_update, 'softDelete', o.can_soft_delete, 'destroy', o.can_destroy)), '[]')
        from plinth.object_permissions as o where o.role_id = r.id) as objects,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'objectId', f.object_id, 'fieldId', f.field_id, 'read', f.can_read, 'update', f.can_update)), '[]')
        from plinth.field_permissions as f where f.role_id = r.id) as fields,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'objectId', w.object_id, 'filter', w.filter, 'condition', w.condition, 'parsed', w.parsed)), '[]')
        from plinth.row_rules as w where w.role_id = r.id) as rules,
      exists (
        select from pg_catalog.pg_roles as p
        join pg_catalog.pg_namespace as n on n.nspname = w.schema_name
        where p.rolname = r.role_name and has_schema_privilege(p.oid, n.oid, 'usage')) as "isMade"
    from ${source} as r
    join plinth.workspaces as w on w.id = r.workspace_id`;
}

/** The role behind the workspace's own Postgres role, which serves all roles without restrictions. */
export function ownRole({ workspaceId, roleName }: { workspaceId: string; roleName: string }): StoredRole {
  return {
    id: workspaceId,
    label: '',
    roleName,
    isMade: true,
    isEditable: false,
    all: { read: true, update: true, softDelete: true, destroy: true },
    objects: [],
    fields: [],
    rules: [],
    flags: [...ALL_FLAGS],
  };
}

/** Roles whose Postgres role exists. */
export function existingRoles(roles: readonly StoredRole[]): StoredRole[] {
  return roles.filter(({ isMade }) => isMade);
}
