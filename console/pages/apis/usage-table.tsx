/** The numbers of the chart as a table: the hours or days in which the key sent requests. */

import { useTranslation } from 'react-i18next';
import type { KeyUsage, Range } from '../../api/usage.ts';
import { ScrollRegion } from '../../parts/scroll-region.tsx';
import { bucketName } from './bucket-name.ts';

export function UsageTable({ usage: { name, buckets }, range }: { usage: KeyUsage; range: Range }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <details className="as-table">
      <summary>{t('usage.asTable')}</summary>
      <ScrollRegion className="wide" label={t('usage.tableOf', { name })}>
        <table className="table">
          <thead>
            <tr>
              <th>{t(`usage.bucket.${range === 'day' ? 'hour' : 'day'}`)}</th>
              <th className="number">{t('usage.requests')}</th>
              <th className="number">{t('usage.clientErrors')}</th>
              <th className="number">{t('usage.serverErrors')}</th>
            </tr>
          </thead>
          <tbody>
            {buckets
              .filter(({ requests }) => requests > 0)
              .map(({ start, requests, clientErrors, serverErrors }) => (
                <tr key={start}>
                  <td>{bucketName(start, range, i18n.language)}</td>
                  <td className="number">{number.format(requests)}</td>
                  <td className="number">{number.format(clientErrors)}</td>
                  <td className="number">{number.format(serverErrors)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </ScrollRegion>
    </details>
  );
}
