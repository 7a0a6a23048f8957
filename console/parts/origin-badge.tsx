/** The origin of an object or field: standard, custom, or created in the database. */

import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const COLORS = { standard: 'gray', custom: 'indigo', database: 'teal' } as const;

export function OriginBadge({ origin }: { origin: keyof typeof COLORS }) {
  const { t } = useTranslation();
  return (
    <Badge color={COLORS[origin]} variant="light" tt="none" title={t(`origin.${origin}About`)}>
      {t(`origin.${origin}`)}
    </Badge>
  );
}
