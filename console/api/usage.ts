/** API requests of each key, by hour or day. */

import { queryOptions } from '@tanstack/react-query';
import { graphql } from './request.ts';

type Counts = { requests: number; clientErrors: number; serverErrors: number };
type Bucket = Counts & { start: string };
type Api = 'REST_CORE' | 'REST_METADATA' | 'GRAPHQL_CORE' | 'GRAPHQL_METADATA';
export type KeyUsage = Counts & {
  id: string;
  name: string;
  revokedAt: string | null;
  /** One for each hour or day of the range, including those without requests. */
  buckets: Bucket[];
  apis: (Counts & { api: Api })[];
};

export const RANGES = {
  day: { granularity: 'HOUR', buckets: 24 },
  week: { granularity: 'DAY', buckets: 7 },
  month: { granularity: 'DAY', buckets: 30 },
} as const;
export type Range = keyof typeof RANGES;

const API_USAGE = /* GraphQL */ `
  query ApiUsage($input: ApiUsageInput!) {
    apiUsage(input: $input) {
      keys {
        id name revokedAt requests clientErrors serverErrors
        buckets { start requests clientErrors serverErrors }
        apis { api requests clientErrors serverErrors }
      }
    }
  }
`;

export const usageQuery = (range: Range) =>
  queryOptions({
    queryKey: ['usage', range],
    queryFn: async ({ signal }) => {
      const { granularity } = RANGES[range];
      const starts = startsOf(range);
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      const input = { from: starts[0]?.toISOString(), granularity, timeZone };
      const { apiUsage } = await graphql<{ apiUsage: { keys: KeyUsage[] } }>(
        '/metadata',
        API_USAGE,
        { input },
        { signal },
      );
      return apiUsage.keys.map((key) => ({ ...key, buckets: filled(key.buckets, starts) }));
    },
  });

/** The starts of the hours, or of the days in the browser's time zone. The last one is the current hour or day. */
function startsOf(range: Range): Date[] {
  const { granularity, buckets } = RANGES[range];
  const now = new Date();
  return Array.from({ length: buckets }, (_, index) => {
    const back = buckets - 1 - index;
    return granularity === 'HOUR'
      ? new Date(Math.floor(now.getTime() / 3_600_000 - back) * 3_600_000)
      : new Date(now.getFullYear(), now.getMonth(), now.getDate() - back);
  });
}

function filled(buckets: readonly Bucket[], starts: readonly Date[]): Bucket[] {
  const known = new Map(buckets.map((bucket) => [Date.parse(bucket.start), bucket]));
  return starts.map(
    (start) =>
      known.get(start.getTime()) ?? { start: start.toISOString(), requests: 0, clientErrors: 0, serverErrors: 0 },
  );
}
