/**
 * A workspace's own settings, as both metadata APIs show and change them. Contract: metadata.md 1.3; decisions.md,
 * workspace settings.
 */

import pg from 'pg';
import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { recordAudit } from '../access/audit.ts';
import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import { providersOf } from '../access/sessions.ts';
import { tellAccessChanged } from '../access/watch.ts';
import { refuse } from '../errors.ts';
import { checkLength, MAX_DESCRIPTION_CHARACTERS, MAX_DISPLAY_NAME_CHARACTERS } from '../limits/limits.ts';
import { refuseGiving } from '../roles/excess.ts';

export type UpdateWorkspace = {
  readonly displayName?: string | null;
  readonly logo?: string | null;
  readonly subdomain?: string | null;
  readonly isPublicInviteLinkEnabled?: boolean | null;
  readonly isPasswordAuthEnabled?: boolean | null;
  readonly defaultRoleId?: string | null;
};

export async function workspaceView({ database, principal }: RequestContext) {
  const [row] = await database.asOwner((client) =>
    client.rows<Record<string, unknown>>(sql`
      select id, display_name as "displayName", logo, coalesce(subdomain, name) as subdomain,
        schema_name as "databaseSchema",
        model_version::float as "metadataVersion", is_public_invite_link_enabled as "isPublicInviteLinkEnabled",
        is_password_auth_enabled as "isPasswordAuthEnabled", created_at as "createdAt", updated_at as "updatedAt"
      from plinth.workspaces where id = ${sql.value(principal.workspaceId)}`),
  );
  if (!row) throw refuse('WORKSPACE_NOT_FOUND');
  return {
    ...row,
    createdAt: (row.createdAt as Date).toISOString(),
    updatedAt: (row.updatedAt as Date).toISOString(),
  };
}

/** insufficient_privilege, undefined_table, undefined_column */
const NOT_READ: ReadonlySet<string> = new Set(['42501', '42P01', '42703']);

/**
 * How many people work in it, as far as the asker sees them; null where members aren't kept, or not for the asker to
 * read.
 */
export async function workspaceMembersCount({ database, models, principal }: RequestContext): Promise<number | null> {
  const { schema, role, member } = principal;
  if (role === undefined) return null;
  await models.get(schema, role); // its Postgres role is there then
  try {
    const [row] = await database.withConnection({ schema, role, memberId: member?.id }, (client) =>
      client.rows<{ count: number }>(
        sql`select count(*)::int as count from workspace_members where deleted_at is null`,
      ),
    );
    return row?.count ?? null;
  } catch (error) {
    if (error instanceof pg.DatabaseError && NOT_READ.has(error.code ?? '')) return null;
    throw error;
  }
}

const SUBDOMAIN = /^[a-z0-9]([a-z0-9-_]{0,61}[a-z0-9])?$/;

/** @throws PlinthError BAD_REQUEST for what cannot be said, WORKSPACE_ALREADY_EXISTS for another's subdomain */
export async function updateWorkspace(asker: RequestContext, update: UpdateWorkspace) {
  requireFlag(asker.principal, 'WORKSPACE');
  const { displayName, logo, subdomain, isPublicInviteLinkEnabled, isPasswordAuthEnabled, defaultRoleId } = update;
  if (displayName !== undefined && !displayName?.trim()) throw refuse('BAD_REQUEST', 'displayName should not be empty');
  checkLength('displayName', displayName, MAX_DISPLAY_NAME_CHARACTERS);
  checkLength('logo', logo, MAX_DESCRIPTION_CHARACTERS);
  if (subdomain !== undefined && !SUBDOMAIN.test(subdomain ?? ''))
    throw refuse('BAD_REQUEST', 'subdomain is 1 to 63 lower-case letters, digits and hyphens');
  if (isPasswordAuthEnabled === false && Object.keys(providersOf(asker.settings)).length === 0)
    throw refuse(
      'BAD_REQUEST',
      'isPasswordAuthEnabled must stay true: this server knows no other provider by whom people could sign in',
    );
  const settings: SQL[] = [
    ...(displayName === undefined ? [] : [sql`display_name = ${sql.value(displayName?.trim() ?? '')}`]),
    ...(logo === undefined ? [] : [sql`logo = ${sql.value(logo)}`]),
    ...(subdomain === undefined ? [] : [sql`subdomain = ${sql.value(subdomain)}`]),
    ...(isPublicInviteLinkEnabled == null
      ? []
      : [sql`is_public_invite_link_enabled = ${sql.value(isPublicInviteLinkEnabled)}`]),
    ...(isPasswordAuthEnabled == null ? [] : [sql`is_password_auth_enabled = ${sql.value(isPasswordAuthEnabled)}`]),
    ...(defaultRoleId == null ? [] : [sql`default_role_id = ${sql.value(defaultRoleId)}`]),
  ];
  await asker.database.transaction(async (client) => {
    if (defaultRoleId != null) await refuseDefaultRole(client, asker.principal, defaultRoleId);
    // A subdomain that wasn't said is the name, so neither may be another's.
    const updated = await client.rows<{ id: string; name: string }>(sql`
      update plinth.workspaces set ${sql.join([...settings, sql`updated_at = now()`], ', ')}
      where id = ${sql.value(asker.principal.workspaceId)}
        and not exists (
          select from plinth.workspaces as other
          where other.id <> ${sql.value(asker.principal.workspaceId)}
            and coalesce(other.subdomain, other.name) = ${sql.value(subdomain ?? null)})
      returning id, name`);
    if (!updated[0]) throw refuse('WORKSPACE_ALREADY_EXISTS', `Subdomain "${subdomain}" is already taken`);
    if (isPasswordAuthEnabled != null) await tellAccessChanged(client, updated[0].id);
    await recordAudit(client, asker.principal, {
      action: 'workspace.changed',
      subject: { type: 'workspace', ...updated[0] },
      detail: update,
    });
  });
  return workspaceView(asker);
}

/**
 * What new members get is changed by whoever could hold it, before and after.
 * @throws PlinthError ROLE_NOT_FOUND, PERMISSION_DENIED
 */
async function refuseDefaultRole(client: Client, giver: RequestContext['principal'], roleId: string): Promise<void> {
  await refuseGiving(client, giver, roleId);
  const [workspace] = await client.rows<{ roleId: string | null }>(sql`
    select default_role_id as "roleId" from plinth.workspaces
    where id = ${sql.value(giver.workspaceId)} for no key update`);
  if (workspace?.roleId) await refuseGiving(client, giver, workspace.roleId);
}
