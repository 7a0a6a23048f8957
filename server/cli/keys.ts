/** API keys at the command line: the same changes as over the APIs, by whoever sits at the machine. */

import { sql } from '../../db/sql.ts';
import type { RequestContext } from '../access/request-context.ts';
import { allKeys, type KeyView, makeKey, makeToken, revokeKey } from '../metadata/api-keys.ts';

export type NewKey = { readonly id: string; readonly name: string; readonly role: string; readonly token: string };

/** @param role its label; null for one that may do everything */
export async function createdKey(
  asker: RequestContext,
  name: string,
  { role, expires }: { readonly role?: string | undefined; readonly expires?: string | undefined },
): Promise<NewKey> {
  const roleId = role === undefined ? null : await roleLabelled(asker, role);
  const key = await makeKey(asker, { name, roleId, expiresAt: expires ?? null });
  const { token } = await makeToken(asker, key.id, expires);
  return { id: key.id, name: key.name, role: key.role.label, token };
}

async function roleLabelled({ database, principal }: RequestContext, label: string): Promise<string> {
  const roles = await database.asOwner((client) =>
    client.rows<{ id: string; label: string }>(
      sql`select id, label from plinth.roles where workspace_id = ${sql.value(principal.workspaceId)} order by label`,
    ),
  );
  const role = roles.find((each) => each.label === label);
  if (role) return role.id;
  const labels = roles.map((each) => each.label).join(', ');
  throw new Error(`There is no role "${label}" in the workspace: there are ${labels}`);
}

/** A line for each that is not revoked. */
export async function listedKeys(asker: RequestContext): Promise<string> {
  const keys = await allKeys(asker);
  const width = (of: (key: KeyView) => string) => Math.max(...keys.map((key) => of(key).length));
  const [names, roles] = [width(({ name }) => name), width(({ role }) => role.label)];
  return keys
    .map(({ id, name, role, expiresAt, lastUsedAt }) => {
      const expires = expiresAt ? `expires ${expiresAt}` : 'does not expire';
      const used = lastUsedAt ? `last used ${lastUsedAt}` : 'never used';
      return `${id}  ${name.padEnd(names)}  ${role.label.padEnd(roles)}  ${expires}, ${used}\n`;
    })
    .join('');
}

/** @param which its id, or its name where that says which one */
export async function revokedKey(asker: RequestContext, which: string): Promise<KeyView> {
  const found = (await allKeys(asker)).filter(({ id, name }) => id === which.toLowerCase() || name === which);
  if (found.length > 1) throw new Error(`There are ${found.length} keys named "${which}": give the id of one`);
  if (!found[0]) throw new Error(`There is no key "${which}" that is not revoked`);
  return revokeKey(asker, found[0].id);
}
