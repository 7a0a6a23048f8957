/** API requests of each key, by hour or day, and how many of them failed. */

import { Badge, SegmentedControl } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { lazy, Suspense, useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type KeyUsage, RANGES, type Range, usageQuery } from '../../api/usage.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ApisPage } from './apis-page.tsx';
import { UsageTable } from './usage-table.tsx';

const UsageChart = lazy(async () => ({ default: (await import('./usage-chart.tsx')).UsageChart }));

export function Usage() {
  const { t } = useTranslation();
  const [selectedRange, setSelectedRange] = useState<Range>('day');
  // The current range stays visible until the next one is loaded.
  const range = useDeferredValue(selectedRange);
  const { data: keys } = useSuspenseQuery(usageQuery(range));
  return (
    <ApisPage tab="usage">
      <div className="filters">
        <SegmentedControl
          size="sm"
          aria-label={t('usage.range')}
          data={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`usage.ranges.${value}`) }))}
          value={selectedRange}
          onChange={(value) => setSelectedRange(value as Range)}
        />
        {keys.length > 0 && <Legend />}
      </div>
      {keys.length === 0 ? (
        <div className="card-plain">
          <EmptyState title={t('usage.emptyTitle')} about={t('usage.emptyAbout')} />
        </div>
      ) : (
        keys.map((key) => <KeyUsageCard key={key.id} usage={key} range={range} />)
      )}
    </ApisPage>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <ul className="legend">
      {(['fine', 'clientErrors', 'serverErrors'] as const).map((kind) => (
        <li key={kind}>
          <span style={{ background: `var(--plinth-${kind})` }} />
          {t(`usage.${kind}`)}
        </li>
      ))}
    </ul>
  );
}

function KeyUsageCard({ usage, range }: { usage: KeyUsage; range: Range }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const { name, requests, clientErrors, serverErrors, apis } = usage;
  return (
    <section className="card-plain usage" aria-label={name}>
      <div className="usage-head">
        <h2>{name}</h2>
        {usage.revokedAt && (
          <Badge color="gray" variant="light" tt="none">
            {t('usage.revoked')}
          </Badge>
        )}
        <p>
          {t('usage.total', {
            requests: number.format(requests),
            clientErrors: number.format(clientErrors),
            serverErrors: number.format(serverErrors),
          })}
        </p>
      </div>
      <div className="usage-plot">
        <Suspense>
          <UsageChart usage={usage} range={range} />
        </Suspense>
      </div>
      <p className="note">
        {apis.map(({ api, requests: count }) => `${t(`usage.apis.${api}`)} ${number.format(count)}`).join(' · ')}
      </p>
      <UsageTable usage={usage} range={range} />
    </section>
  );
}
