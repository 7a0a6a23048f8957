/** Copies a text, and says so for a moment. */

import { ActionIcon, Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { IconCheck, IconCopy } from './icons.ts';

export function CopyButton({ text, isSmall = false }: { text: string; isSmall?: boolean }) {
  const { t } = useTranslation();
  const { copied, copy } = useClipboard({ timeout: 2_000 });
  const label = copied ? t('common.copied') : t('common.copy');
  const icon = copied ? <IconCheck size={16} /> : <IconCopy size={16} />;
  return isSmall ? (
    <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={() => copy(text)}>
      {icon}
    </ActionIcon>
  ) : (
    <Button variant="default" leftSection={icon} onClick={() => copy(text)}>
      {label}
    </Button>
  );
}
