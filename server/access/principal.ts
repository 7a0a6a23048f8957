/** Who asks: a key or a person, by a role in a workspace; and what is told of them. */

import type { Identity } from '../../db/workspace-pool.ts';

/** Who asks: a key or a person, by a role in a workspace. */
export type Principal = {
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly schema: string;
  /** The Postgres role that its statements run as. */
  readonly role: string;
  readonly roleId: string;
  /** Settings and tools that it may use beside records. */
  readonly flags: ReadonlySet<string>;
  readonly apiKey: { readonly id: string; readonly name: string } | null;
  /** Of a person: the record in the workspace's own members, and the user. */
  readonly member: { readonly id: string; readonly userId: string; readonly name: string } | null;
  /** Where the request came from, for the audit log. */
  readonly from?: Origin;
};

export type Origin = { readonly ip: string | null; readonly userAgent: string | null; readonly requestId: string };

/** Who writes, as far as records show it (`createdBy`). */
export type Author = {
  readonly source: string;
  readonly name: string;
  readonly workspaceMemberId: string | null;
  /** Of a person, as events show it. */
  readonly userId?: string;
};

/** What records say of whoever writes them. Contract: core.md 2.7 */
export function authorOf({ apiKey, member }: Principal, source: 'API' | 'IMPORT'): Author {
  if (!member) return { source, name: apiKey?.name ?? '', workspaceMemberId: null };
  return {
    source: source === 'API' ? 'MANUAL' : source,
    name: member.name,
    workspaceMemberId: member.id,
    userId: member.userId,
  };
}

/** Whom a connection serves that runs what they ask for. */
export function identityOf({ schema, role, member }: Principal): Identity {
  return { schema, role, memberId: member?.id };
}

/** By which whoever asks is counted, and has idempotency keys of its own: the id of a key, or of a member. */
export function callerOf({ apiKey, member }: Principal): string {
  return (apiKey?.id ?? member?.id) as string;
}
