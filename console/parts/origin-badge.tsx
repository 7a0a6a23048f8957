/** Who made an object or a field: Plinth, somebody here, or a DBA by hand. */

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
