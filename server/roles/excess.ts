/** Nobody grants more than they have. */

import type { Client } from '../../db/client.ts';
import type { RequestContext } from '../access/request-context.ts';
import { ALL_FLAGS } from '../access/roles.ts';
import type { Granting } from '../ddl/grants.ts';
import { refuse } from '../errors.ts';
import { checkedId } from '../model/edit/steps.ts';
import { excess, NO_RIGHTS, type RolePermissions, readsAll } from '../model/roles/permissions.ts';
import { grantings } from '../store/handmade.ts';
import { readModel } from '../store/model.ts';
import { readRoles, type StoredRole } from '../store/roles.ts';

// You cannot grant what you do not have -----------------------------------------------------------------------------------

export type Giver = RequestContext['principal'];

/** Nobody has anything before. */
const NOBODY: RolePermissions = {
  rules: [],
  all: NO_RIGHTS,
  objects: [],
  fields: [],
  flags: [],
};

/** @throws PlinthError PERMISSION_DENIED, naming the first thing that is more */
export function refuseExcess(
  giver: Giver,
  roles: readonly StoredRole[],
  all: readonly Granting[],
  before: RolePermissions = NOBODY,
  after: RolePermissions,
): void {
  const more = excessOver(giver, roles, all, before, after);
  if (more)
    throw refuse('PERMISSION_DENIED', `You cannot grant permissions that you do not have: this role may not ${more}`);
}

/** Who changes or deletes a role could hold it themselves. @throws PlinthError PERMISSION_DENIED */
export function refuseStronger(
  giver: Giver,
  roles: readonly StoredRole[],
  all: readonly Granting[],
  changed: StoredRole,
): void {
  const more = excessOver(giver, roles, all, NOBODY, changed);
  if (more)
    throw refuse(
      'PERMISSION_DENIED',
      `Nobody changes a role that may do more than their own: your role may not ${more}`,
    );
}

/** What `after` has that neither `before` nor the giver has; null for nothing. */
function excessOver(
  giver: Giver,
  roles: readonly StoredRole[],
  all: readonly Granting[],
  before: RolePermissions,
  after: RolePermissions,
): string | null {
  const own = roles.find(({ id }) => id === giver.roleId);
  if (giver.roleId !== undefined && !own) throw refuse('PERMISSION_DENIED'); // the role is gone
  const flag = after.flags.find(
    (each) => ALL_FLAGS.has(each) && !before.flags.includes(each) && !giver.flags.has(each),
  );
  const objects = all.map(({ object }) => object);
  return flag ?? (own ? excess(objects, before, after, own) : null);
}

/**
 * For whoever lets others hear of records.
 * @throws PlinthError PERMISSION_DENIED where something is kept from their own role
 */
export async function requireSightOfAll(client: Client, giver: Giver): Promise<void> {
  if (!(await seesAll(client, giver)))
    throw refuse('PERMISSION_DENIED', 'Webhooks tell of all records: this takes a role that reads all of them');
}

/** Is nothing of any record kept from them? */
export async function seesAll(client: Client, { workspaceId, roleId }: Giver): Promise<boolean> {
  if (roleId === undefined) return true;
  const own = (await readRoles(client, workspaceId)).find(({ id }) => id === roleId);
  return own !== undefined && readsAll(own);
}

/**
 * For whoever gives a role to a key or a member.
 * @throws PlinthError ROLE_NOT_FOUND, PERMISSION_DENIED where the role may do more than whoever gives it
 */
export async function refuseGiving(client: Client, giver: Giver, roleId: string): Promise<void> {
  const wanted = checkedId(roleId);
  const { model } = await readModel(client, giver.workspaceId);
  const roles = await readRoles(client, giver.workspaceId);
  const role = roles.find(({ id }) => id === wanted);
  if (!role) throw refuse('ROLE_NOT_FOUND');
  refuseExcess(giver, roles, await grantings(client, giver, model), NOBODY, role);
}
