/**
 * Links that let people in, and what is kept of them: to set up this instance, or into a workspace. Contract:
 * docs/members.md.
 */

import { createHash, randomBytes } from 'node:crypto';
import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { type SQL, sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';

type LinkKind = 'set-up' | 'invitation' | 'public';

export type Link = {
  readonly id: string;
  readonly kind: LinkKind;
  readonly workspaceId: string | null;
  readonly workspaceName: string | null;
  readonly email: string | null;
  readonly roleId: string | null;
};

/** An invitation as whoever may invite sees it; without an address it is for anybody. */
export type Invitation = {
  readonly id: string;
  readonly email: string | null;
  readonly role: { readonly id: string; readonly label: string };
  readonly expiresAt: Date;
  readonly createdAt: Date;
};

/** How long each is good for. */
const LASTS: Readonly<Record<LinkKind, string>> = { 'set-up': '1 day', invitation: '7 days', public: '30 days' };

/**
 * A new token, which is nowhere else, and what is kept of it. Behind a `#`, so that no server, proxy or log sees it.
 */
function newToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashOf(token) };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function endOf(kind: LinkKind): SQL {
  return sql`now() + ${sql.value(LASTS[kind])}::interval`;
}

/** A link by which the first person makes themselves the owner; null where there is one. */
export async function makeSetUpLink(database: Database, publicUrl: string): Promise<string | null> {
  return database.transaction(async (client) => {
    if (await isSetUp(client)) return null;
    const { token, hash } = newToken();
    await client.rows(sql`
      with expired as (delete from plinth.links where expires_at <= now())
      insert into plinth.links (token_hash, kind, expires_at)
      values (${sql.value(hash)}, 'set-up', ${endOf('set-up')})`);
    return `${publicUrl}/set-up#${token}`;
  });
}

export async function isSetUp(client: Client): Promise<boolean> {
  const [row] = await client.rows<{ isSetUp: boolean }>(
    sql`select owner_id is not null as "isSetUp" from plinth.instance`,
  );
  return row?.isSetUp ?? false;
}

/** An invitation, in the place of an open one to the same address; the public link likewise. */
export async function makeInvitation(
  client: Client,
  {
    workspaceId,
    email,
    roleId,
    publicUrl,
  }: { workspaceId: string; email: string | null; roleId: string; publicUrl: string },
): Promise<{ readonly id: string; readonly link: string }> {
  const { token, hash } = newToken();
  const kind = email === null ? 'public' : 'invitation';
  await client.rows(sql`
    delete from plinth.links
    where expires_at <= now()
      or (workspace_id = ${sql.value(workspaceId)} and kind = ${sql.value(kind)}
        and email is not distinct from ${sql.value(email)})`);
  const [made] = await client.rows<{ id: string }>(sql`
    insert into plinth.links (token_hash, kind, workspace_id, email, role_id, expires_at)
    values (
      ${sql.value(hash)}, ${sql.value(kind)}, ${sql.value(workspaceId)}, ${sql.value(email)},
      ${sql.value(roleId)},
      ${endOf(kind)}
    )
    returning id`);
  return { id: (made as { id: string }).id, link: linkOf(publicUrl, token) };
}

/** The same invitation with another token, from now on. @throws PlinthError INVITATION_NOT_FOUND */
export async function renewInvitation(client: Client, invitation: Invitation, publicUrl: string): Promise<string> {
  const { token, hash } = newToken();
  const renewed = await client.rows(sql`
    update plinth.links
    set token_hash = ${sql.value(hash)},
      expires_at = ${endOf(invitation.email === null ? 'public' : 'invitation')}
    where id = ${sql.value(invitation.id)}
    returning id`);
  if (renewed.length === 0) throw refuse('INVITATION_NOT_FOUND');
  return linkOf(publicUrl, token);
}

function linkOf(publicUrl: string, token: string): string {
  return `${publicUrl}/accept-invitation#${token}`;
}

/** Those of a workspace that are open, by id. */
export async function invitationsOf(client: Client, workspaceId: string): Promise<Invitation[]> {
  return client.rows<Invitation>(sql`
    select link.id, link.email, json_build_object('id', role.id, 'label', role.label) as role,
      link.expires_at as "expiresAt", link.created_at as "createdAt"
    from plinth.links as link
    join plinth.roles as role on role.id = link.role_id
    where link.workspace_id = ${sql.value(workspaceId)} and link.expires_at > now()
    order by link.id`);
}

/** @throws PlinthError LINK_NOT_VALID, the same whatever the reason */
export async function foundLink(client: Client, token: string, kinds: readonly LinkKind[]): Promise<Link> {
  const [link] = await client.rows<Link>(sql`
    select link.id, link.kind, link.email, link.workspace_id as "workspaceId", link.role_id as "roleId",
      workspace.display_name as "workspaceName"
    from plinth.links as link
    left join plinth.workspaces as workspace on workspace.id = link.workspace_id
    where link.token_hash = ${sql.value(hashOf(token))}
      and link.expires_at > now()
      and link.kind = any(${sql.value([...kinds])}::text[])
      and (link.kind <> 'public' or workspace.is_public_invite_link_enabled)`);
  if (!link) throw refuse('LINK_NOT_VALID');
  return link;
}

/** Of two that come with one token at once, one gets it. @throws PlinthError LINK_NOT_VALID */
export async function usedLink(client: Client, link: Link): Promise<void> {
  if (link.kind === 'public') return;
  const used = await client.rows(sql`delete from plinth.links where id = ${sql.value(link.id)} returning id`);
  if (used.length === 0) throw refuse('LINK_NOT_VALID');
}
