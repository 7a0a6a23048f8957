/** Roles, as both metadata APIs show them. Contract: metadata.md 1.3 */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';
import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import { refuse } from '../errors.ts';
import { checkedId } from '../model/edit/steps.ts';
import { type HandmadeRow, handmadeOf, handmadeQuery, type Where } from '../store/handmade.ts';

// Views --------------------------------------------------------------------------------------------------------------

export type RoleView = {
  readonly id: string;
  readonly permissionFlags: readonly object[];
  readonly objectPermissions: readonly { readonly objectMetadataId: string }[];
  readonly rowRules: readonly { readonly objectMetadataId: string }[];
  readonly fieldPermissions: readonly {
    readonly objectMetadataId: string;
    readonly fieldMetadataId: string;
    readonly canReadFieldValue: boolean | null;
    readonly canUpdateFieldValue: boolean | null;
  }[];
};

/** @throws PlinthError PERMISSION_DENIED */
export async function allRoles(asker: RequestContext): Promise<RoleView[]> {
  requireFlag(asker.principal, 'ROLES');
  return asker.database.asOwner((client) => roleViews(client, asker.principal));
}

/** @throws PlinthError ROLE_NOT_FOUND */
export async function oneRole(asker: RequestContext, id: string): Promise<RoleView> {
  requireFlag(asker.principal, 'ROLES');
  const [role] = await asker.database.asOwner((client) => roleViews(client, asker.principal, checkedId(id)));
  if (!role) throw refuse('ROLE_NOT_FOUND');
  return role;
}

/** What new members may do, for whoever sees the workspace's settings. */
export async function defaultRole({ database, principal }: RequestContext): Promise<RoleView | null> {
  return database.asOwner(async (client) => {
    const [row] = await client.rows<{ id: string | null }>(
      sql`select default_role_id as id from plinth.workspaces where id = ${sql.value(principal.workspaceId)}`,
    );
    return (await roleViews(client, principal)).find(({ id }) => id === row?.id) ?? null;
  });
}

type Row = RoleView & {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly objectPermissions: unknown[];
  readonly fieldPermissions: unknown[];
  /** What was made by hand: all that permissions name, and what of it is there. */
  readonly named: readonly string[];
  readonly there: readonly HandmadeRow[];
};

/**
 * Permissions on what was made by hand and is gone are kept, and not shown.
 * @param id of one role; without it, all
 */
export async function roleViews(client: Client, where: Where, id?: string): Promise<RoleView[]> {
  const columns = Object.entries(COLUMNS).map(
    ([name, column]) => sql`r.${sql.identifier(column)} as ${sql.identifier(name)}`,
  );
  const rows = await client.rows<Row>(sql`
    with there as materialized (${handmadeQuery(where)})
    select r.id, r.is_editable as "isEditable", r.role_name as "databaseRole", r.created_at as "createdAt",
      r.updated_at as "updatedAt",
      ${sql.join(columns, ', ')},
      (select coalesce(jsonb_agg(jsonb_build_object(
          'id', k.id, 'name', k.name, 'expiresAt', k.expires_at, 'revokedAt', k.revoked_at) order by k.id), '[]')
        from plinth.api_keys as k where k.role_id = r.id) as "apiKeys",
      (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'roleId', r.id, 'flag', f.flag) order by f.flag), '[]')
        from plinth.permission_flags as f where f.role_id = r.id) as "permissionFlags",
      (select coalesce(jsonb_agg(jsonb_build_object(
          'objectMetadataId', o.object_id, 'canReadObjectRecords', o.can_read, 'canUpdateObjectRecords', o.can_update,
          'canSoftDeleteObjectRecords', o.can_soft_delete, 'canDestroyObjectRecords', o.can_destroy,
          'grantedFields', o.granted) order by o.object_id), '[]')
        from plinth.object_permissions as o where o.role_id = r.id) as "objectPermissions",
      (select coalesce(jsonb_agg(jsonb_build_object(
          'id', f.id, 'roleId', r.id, 'objectMetadataId', f.object_id, 'fieldMetadataId', f.field_id,
          'canReadFieldValue', f.can_read, 'canUpdateFieldValue', f.can_update) order by f.field_id), '[]')
        from plinth.field_permissions as f
        where f.role_id = r.id and (f.can_read is not null or f.can_update is not null)) as "fieldPermissions",
      (select coalesce(jsonb_agg(jsonb_build_object('objectMetadataId', w.object_id, 'filter', w.filter)
        order by w.object_id), '[]')
        from plinth.row_rules as w where w.role_id = r.id) as "rowRules",
      array(select k.id from plinth.known_by_hand as k where k.workspace_id = r.workspace_id) as named,
      (select coalesce(json_agg(there), '[]') from there) as there
    from plinth.roles as r
    where r.workspace_id = ${sql.value(where.workspaceId)} ${id === undefined ? sql.blank : sql`and r.id = ${sql.value(id)}`}
    order by r.id`);
  return rows.map(viewOf);
}

function viewOf({ named, there, ...row }: Row): RoleView {
  const gone = new Set(named).difference(new Set(handmadeOf(there).map(({ id }) => id)));
  const role = {
    ...row,
    objectPermissions: row.objectPermissions.filter(({ objectMetadataId }) => !gone.has(objectMetadataId)),
    fieldPermissions: row.fieldPermissions.filter(
      ({ objectMetadataId, fieldMetadataId }) => !gone.has(objectMetadataId) && !gone.has(fieldMetadataId),
    ),
    rowRules: row.rowRules.filter(({ objectMetadataId }) => !gone.has(objectMetadataId)),
  };
  return {
    ...role,
    createdAt: role.createdAt.toISOString(),
    updatedAt: role.updatedAt.toISOString(),
    objectPermissions: role.objectPermissions.map((permission) => ({
      ...permission,
      restrictedFields: Object.fromEntries(
        role.fieldPermissions
          .filter(({ objectMetadataId }) => objectMetadataId === permission.objectMetadataId)
          .map((field) => [
            field.fieldMetadataId,
            { canRead: field.canReadFieldValue, canUpdate: field.canUpdateFieldValue },
          ]),
      ),
    })),
  } as RoleView;
}

/** What clients set of a role, by the names of the inputs. */
export const COLUMNS = {
  label: 'label',
  description: 'description',
  icon: 'icon',
  canUpdateAllSettings: 'can_update_all_settings',
  canAccessAllTools: 'can_access_all_tools',
  canReadAllObjectRecords: 'can_read_all_object_records',
  canUpdateAllObjectRecords: 'can_update_all_object_records',
  canSoftDeleteAllObjectRecords: 'can_soft_delete_all_object_records',
  canDestroyAllObjectRecords: 'can_destroy_all_object_records',
  canBeAssignedToUsers: 'can_be_assigned_to_users',
  canBeAssignedToApiKeys: 'can_be_assigned_to_api_keys',
  canBeAssignedToAgents: 'can_be_assigned_to_agents',
} as const;
