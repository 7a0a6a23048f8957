/** The audit log, as both metadata APIs show it: newest first, in pages that are read by an index. docs/security.md */

import { type SQL, sql } from '../../db/sql.ts';
import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import { refuse } from '../errors.ts';
import { checkedId } from '../model/edit/steps.ts';
import { momentOf, type Page, type PageEnds, type Paging, pageEnds, pageOfPaging } from '../store/paging.ts';
import { connectionOf } from './lists.ts';

type AuditView = {
  readonly id: string;
  readonly createdAt: string;
  readonly action: string;
  readonly actorType: 'API_KEY' | 'MEMBER' | 'COMMAND_LINE' | 'SYSTEM';
  readonly actorId: string | null;
  readonly actorName: string;
  readonly subjectType: string;
  readonly subjectId: string | null;
  readonly subjectName: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  readonly detail: unknown;
};

export type AuditFilter = {
  readonly action?: string | null;
  readonly subjectType?: string | null;
  readonly subjectId?: string | null;
  readonly actorId?: string | null;
  /** ISO 8601; the first moment that counts, and the first that doesn't any more. */
  readonly from?: string | null;
  readonly to?: string | null;
};

export type AuditPage = {
  /** Newest first, at most `size`. */
  readonly rows: readonly AuditView[];
  readonly ends: PageEnds;
  readonly totalCount: number;
};

/**
 * A page of those that match: what is older than the entry `after`, newer than `before`, and nearest to it.
 * @throws PlinthError PERMISSION_DENIED, INVALID_CURSOR for an id that is no entry of this workspace, BAD_REQUEST
 */
export async function auditPage(asker: RequestContext, filter: AuditFilter, page: Page): Promise<AuditPage> {
  requireFlag(asker.principal, 'SECURITY');
  const { size, after, before, isBackward } = page;
  const matching = conditions(asker.principal.workspaceId, filter);
  return asker.database.asOwner(async (client) => {
    const placeOf = async (id: string | null) => {
      if (id === null) return null;
      const [place] = await client.rows<{ at: string }>(sql`
        select at::text from plinth.audit_log
        where workspace_id = ${sql.value(asker.principal.workspaceId)} and id = ${sql.value(id)}`);
      if (!place) throw refuse('INVALID_CURSOR');
      return sql`(${sql.value(place.at)}::timestamptz, ${sql.value(id)}::uuid)`;
    };
    const [older, newer] = [await placeOf(after), await placeOf(before)];
    const within = [
      ...matching,
      ...(older ? [sql`(at, id) < ${older}`] : []),
      ...(newer ? [sql`(at, id) > ${newer}`] : []),
    ];
    const order = isBackward ? sql`at, id` : sql`at desc, id desc`;
    const rows = await client.rows<AuditView & { createdAt: Date }>(sql`
      select id, at as "createdAt", action, actor_type as "actorType", actor_id as "actorId", actor_name as "actorName",
        subject_type as "subjectType", subject_id as "subjectId", subject_name as "subjectName",
        host(ip) as ip, user_agent as "userAgent", request_id as "requestId", detail
      from plinth.audit_log
      where ${sql.join(within, ' and ')}
      order by ${order}
      limit ${sql.value(size + 1)}`);
    const beyond = isBackward ? newer && sql`(at, id) <= ${newer}` : older && sql`(at, id) >= ${older}`;
    const [total] = await client.rows<{ count: number; hasBeyond: boolean }>(sql`
      select count(*)::int as count, ${beyond ? sql`coalesce(bool_or(${beyond}), false)` : sql`false`} as "hasBeyond"
      from plinth.audit_log where ${sql.join(matching, ' and ')}`);
    const shown = rows.slice(0, size).map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
    return {
      rows: isBackward ? shown.reverse() : shown,
      ends: pageEnds(page, rows.length > size, total?.hasBeyond ?? false),
      totalCount: total?.count ?? 0,
    };
  });
}

function conditions(workspaceId: string, filter: AuditFilter): SQL[] {
  const { action, subjectType, subjectId, actorId, from, to } = filter;
  return [
    sql`workspace_id = ${sql.value(workspaceId)}`,
    ...(action == null ? [] : [sql`action = ${sql.value(action)}`]),
    ...(subjectType == null ? [] : [sql`subject_type = ${sql.value(subjectType)}`]),
    ...(subjectId == null ? [] : [sql`subject_id = ${sql.value(subjectId.toLowerCase())}`]),
    ...(actorId == null ? [] : [sql`actor_id = ${sql.value(checkedId(actorId))}`]),
    ...(from == null ? [] : [sql`at >= ${sql.value(momentOf(from, 'from'))}::timestamptz`]),
    ...(to == null ? [] : [sql`at < ${sql.value(momentOf(to, 'to'))}::timestamptz`]),
  ];
}

/** As GraphQL asks for it. */
export async function auditConnection(
  asker: RequestContext,
  { paging, filter }: { paging?: Paging | null; filter?: AuditFilter | null },
) {
  const { rows, ends, totalCount } = await auditPage(asker, filter ?? {}, pageOfPaging(paging ?? {}));
  return connectionOf(rows, totalCount, ends);
}
