/** A table in a card. It scrolls horizontally on a narrow screen. */

import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ScrollRegion } from './scroll-region.tsx';

type TableProps = {
  label: string;
  headings: readonly string[];
  /** How many columns at the end contain numbers. */
  numbers?: number;
  /** Whether the last column contains actions. */
  hasActions?: boolean;
  /** The `tr` elements. */
  children: ReactNode;
};

export function Table({ label, headings, numbers = 0, hasActions = false, children }: TableProps) {
  const { t } = useTranslation();
  return (
    <ScrollRegion className="card-plain wide" label={label}>
      <table className="table">
        <thead>
          <tr>
            {headings.map((heading, index) => (
              <th key={heading} className={index >= headings.length - numbers ? 'number' : undefined}>
                {heading}
              </th>
            ))}
            {hasActions && (
              <th>
                <VisuallyHidden>{t('common.actions')}</VisuallyHidden>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </ScrollRegion>
  );
}
