/** Who made an object or a field: Plinth, somebody here, or a DBA by hand. */

import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const COLOURS = { standard: 'gray', custom: 'indigo', database: 'teal' } as const;

export function OriginBadge({ origin }: { origin: keyof typeof COLOURS }) {
  const { t } = useTranslation();
  return (
    <Badge color={COLOURS[origin]} variant="light" tt="none" title={t(`origin.${origin}About`)}>
      {t(`origin.${origin}`)}
    </Badge>
  );
}
