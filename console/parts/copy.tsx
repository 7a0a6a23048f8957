/** Copies a text to the clipboard. */

import { ActionIcon, Button, CopyButton as MantineCopyButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { IconCheck, IconCopy } from './icons.ts';

// How long the button says that the text was copied.
const COPIED_MS = 2_000;

export function CopyButton({ text, isSmall = false }: { text: string; isSmall?: boolean }) {
  const { t } = useTranslation();
  return (
    <MantineCopyButton value={text} timeout={COPIED_MS}>
      {({ copied, copy }) => {
        const label = copied ? t('common.copied') : t('common.copy');
        const icon = copied ? <IconCheck size={16} /> : <IconCopy size={16} />;
        return isSmall ? (
          <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={copy}>
            {icon}
          </ActionIcon>
        ) : (
          <Button variant="default" leftSection={icon} onClick={copy}>
            {label}
          </Button>
        );
      }}
    </MantineCopyButton>
  );
}
