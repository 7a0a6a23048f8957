/** Roles in the control schema, with what each may do. */

import type { Client } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { ALL_FLAGS, flagsOf } from '../access/roles.ts';
import type { RolePermissions } from '../model/roles/permissions.ts';
import type { RowRule } from '../model/roles/row-rules.ts';
import type { Where } from './handmade.ts';

/** A role with what it may do to records. */
export type StoredRole = Omit<RolePermissions, 'rules'> & {
  readonly id: string;
  readonly label: string;
  /** Of the Postgres role that it has, or will have; null where it needs none. */
  readonly roleName: string | null;
  readonly isEditable: boolean;
  /** With what Postgres has made of each; null for what is older than that this is kept. */
  readonly rules: readonly (RowRule & { readonly condition: string | null; readonly parsed: string | null })[];
};

export async function readRoles(client: Client, workspaceId: string): Promise<StoredRole[]> {
  return client.rows<StoredRole>(sql`
    select r.id, r.label, r.role_name as "roleName", r.is_editable as "isEditable", ${flagsOf(sql.identifier('r'))} as flags,
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
        from plinth.row_rules as w where w.role_id = r.id) as rules
    from plinth.roles as r
    where r.workspace_id = ${sql.value(workspaceId)}
    order by r.created_at, r.id`);
}

/** What serves all roles without restrictions. */
export async function ownRole(client: Client, workspaceId: string): Promise<StoredRole> {
  const [workspace] = await client.rows<{ roleName: string }>(
    sql`select role_name as "roleName" from plinth.workspaces where id = ${sql.value(workspaceId)}`,
  );
  return {
    id: workspaceId,
    label: '',
    roleName: workspace?.roleName ?? null,
    isEditable: false,
    all: { read: true, update: true, softDelete: true, destroy: true },
    objects: [],
    fields: [],
    rules: [],
    flags: [...ALL_FLAGS],
  };
}

export async function rolesMade(client: Client, { workspaceId, schema }: Where): Promise<StoredRole[]> {
  return thoseMade(client, schema, await readRoles(client, workspaceId));
}

/** Those of the roles that are more than a name. */
export async function thoseMade(client: Client, schema: string, roles: readonly StoredRole[]): Promise<StoredRole[]> {
  const names = roles.flatMap(({ roleName }) => roleName ?? []);
  if (names.length === 0) return [];
  const rows = await client.rows<{ name: string }>(sql`
    select r.rolname as name
    from pg_catalog.pg_roles as r
    join pg_catalog.pg_namespace as n on n.nspname = ${sql.value(schema)}
    where r.rolname = any (${sql.value(names)}) and has_schema_privilege(r.oid, n.oid, 'usage')`);
  const made = new Set(rows.map(({ name }) => name));
  return roles.filter(({ roleName }) => roleName !== null && made.has(roleName));
}
