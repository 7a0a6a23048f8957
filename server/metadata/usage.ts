/** What keys asked of the APIs, as both metadata APIs show it. docs/usage.md */

import { sql } from '../../db/sql.ts';
import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import type { Api } from '../access/usage.ts';
import { refuse } from '../errors.ts';
import { checkedId } from '../model/edit/steps.ts';
import { checkedZone } from '../model/time-zone.ts';
import { momentOf } from '../store/paging.ts';

type Counts = { readonly requests: number; readonly clientErrors: number; readonly serverErrors: number };

type KeyUsage = Counts & {
  readonly id: string;
  readonly name: string;
  readonly revokedAt: string | null;
  readonly buckets: readonly (Counts & { readonly start: string })[];
  readonly apis: readonly (Counts & { readonly api: Api })[];
};

type UsageView = { readonly from: string; readonly to: string; readonly keys: readonly KeyUsage[] };

export type UsageAsked = {
  readonly from?: string | null;
  readonly to?: string | null;
  readonly granularity: 'HOUR' | 'DAY';
  readonly timeZone: string;
  readonly apiKeyId?: string | null;
  readonly api?: Api | null;
};

const DAY_MS = 86_400_000;
const BUCKET_MS = { HOUR: 3_600_000, DAY: DAY_MS };

// Of one key: six weeks of hours, or years of days.
const MAX_BUCKETS = 1_000;

/** @throws PlinthError PERMISSION_DENIED, BAD_REQUEST, INVALID_TIMEZONE */
export async function apiUsage({ database, principal }: RequestContext, asked: UsageAsked): Promise<UsageView> {
  requireFlag(principal, 'API_KEYS_AND_WEBHOOKS');
  const { granularity, apiKeyId, api } = asked;
  const to = asked.to == null ? new Date().toISOString() : momentOf(asked.to, 'to');
  const from = asked.from == null ? new Date(Date.parse(to) - DAY_MS).toISOString() : momentOf(asked.from, 'from');
  const spanMs = Date.parse(to) - Date.parse(from);
  if (spanMs < 0) throw refuse('BAD_REQUEST', 'from is after to');
  if (spanMs > MAX_BUCKETS * BUCKET_MS[granularity])
    throw refuse('BAD_REQUEST', `The period from from to to must have at most ${MAX_BUCKETS} ${granularity}s`);
  const zone = checkedZone(asked.timeZone);
  // Counts are by hours of UTC, which in some zones begin at half past.
  const [unit, within] = [sql.value(granularity.toLowerCase()), sql.value(granularity === 'HOUR' ? 'UTC' : zone)];
  const bucketOf = (moment: ReturnType<typeof sql>) => sql`date_trunc(${unit}::text, ${moment}, ${within}::text)`;
  const begin = bucketOf(sql`${sql.value(from)}::timestamptz`);
  const rows = await database.asOwner((client) =>
    client.rows<Row>(sql`
      with counted as (
        select u.api_key_id, u.api, ${bucketOf(sql`u.hour`)} as start, u.requests, u.client_errors, u.server_errors
        from plinth.api_keys as k
        join plinth.api_usage as u on u.api_key_id = k.id
        where k.workspace_id = ${sql.value(principal.workspaceId)}
          and u.hour >= ${begin} and u.hour < ${sql.value(to)}::timestamptz
          ${apiKeyId == null ? sql.blank : sql`and k.id = ${sql.value(checkedId(apiKeyId))}`}
          ${api == null ? sql.blank : sql`and u.api = ${sql.value(api)}`}
      ), summed as (
        select
          api_key_id, api, start, sum(requests)::float8 as requests, sum(client_errors)::float8 as "clientErrors",
          sum(server_errors)::float8 as "serverErrors"
        from counted
        group by grouping sets ((api_key_id, start), (api_key_id, api), (api_key_id))
      )
      select ${begin} as from, k.id, k.name, k.revoked_at as "revokedAt", summed.*
      from (values (0)) as once
      left join (summed join plinth.api_keys as k on k.id = summed.api_key_id) on true
      order by k.id, summed.start, summed.api`),
  );
  const [first] = rows as [Row];
  const byKey = [...Map.groupBy(rows, ({ id }) => id)].flatMap(([id, each]) => (id === null ? [] : [usageOf(each)]));
  return {
    from: first.from.toISOString(),
    to,
    keys: byKey.sort((a, b) => b.requests - a.requests),
  };
}

/** Of a key: in a bucket, of an API, or in all. */
type Row = Counts & {
  readonly from: Date;
  readonly id: string | null;
  readonly name: string;
  readonly revokedAt: Date | null;
  readonly start: Date | null;
  readonly api: Api | null;
};

function usageOf(rows: readonly Row[]): KeyUsage {
  const total = rows.find(({ start, api }) => start === null && api === null) as Row;
  const counts = ({ requests, clientErrors, serverErrors }: Row) => ({ requests, clientErrors, serverErrors });
  return {
    id: total.id as string,
    name: total.name,
    revokedAt: total.revokedAt?.toISOString() ?? null,
    ...counts(total),
    buckets: rows.flatMap((row) => (row.start ? [{ start: row.start.toISOString(), ...counts(row) }] : [])),
    apis: rows.flatMap((row) => (row.api ? [{ api: row.api, ...counts(row) }] : [])),
  };
}
