/** A table in its frame; it scrolls by itself where it is wider than a phone. */

import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ScrollRegion } from './scroll-region.tsx';

type TableProps = {
  label: string;
  headings: readonly string[];
  /** Those whose cells are numbers, from the end. */
  numbers?: number;
  /** Whether each row ends with what can be done with it. */
  hasActions?: boolean;
  /** The rows. */
  children: ReactNode;
};

export function Table({ label, headings, numbers = 0, hasActions = false, children }: TableProps) {
  const { t } = useTranslation();
  return (
    <ScrollRegion className="card-plain wide" label={label}>
      <table className="table">
        <thead>
          <tr>
            {headings.map((heading, place) => (
              <th key={heading} className={place >= headings.length - numbers ? 'number' : undefined}>
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
