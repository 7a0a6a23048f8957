/** A bar chart of the requests of a key: successful ones, client errors and server errors. */

import { useTranslation } from 'react-i18next';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { KeyUsage, Range } from '../../api/usage.ts';
import { bucketName, shortBucketName } from './bucket-name.ts';

const HEIGHT = 180;
const TEXT = { fill: 'var(--mantine-color-dimmed)', fontSize: 12 };

export function UsageChart({ usage: { name, buckets }, range }: { usage: KeyUsage; range: Range }) {
  const { t, i18n } = useTranslation();
  const data = buckets.map(({ start, requests, clientErrors, serverErrors }) => ({
    start,
    fine: requests - clientErrors - serverErrors,
    clientErrors,
    serverErrors,
  }));
  return (
    <div role="img" aria-label={t('usage.plotOf', { name })}>
      <ResponsiveContainer width="100%" height={HEIGHT} initialDimension={{ width: 600, height: HEIGHT }}>
        <BarChart data={data} margin={{ top: 8, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--plinth-line)" />
          <XAxis
            dataKey="start"
            tickFormatter={(start: string) => shortBucketName(start, range, i18n.language)}
            tick={TEXT}
            tickLine={false}
            axisLine={{ stroke: 'var(--plinth-line)' }}
            minTickGap={24}
          />
          <YAxis allowDecimals={false} tick={TEXT} tickLine={false} axisLine={false} width={44} />
          <Tooltip
            cursor={{ fill: 'var(--plinth-line)', opacity: 0.5 }}
            contentStyle={{
              border: '1px solid var(--plinth-line)',
              borderRadius: 8,
              background: 'var(--mantine-color-body)',
              fontSize: 13,
            }}
            itemStyle={{ color: 'inherit' }}
            labelFormatter={(start) => bucketName(String(start), range, i18n.language)}
            isAnimationActive={false}
          />
          {(['fine', 'clientErrors', 'serverErrors'] as const).map((kind) => (
            <Bar
              key={kind}
              dataKey={kind}
              name={t(`usage.${kind}`)}
              stackId="requests"
              fill={`var(--plinth-${kind})`}
              maxBarSize={36}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
