/** A secret that is hidden until the user shows it. It can be copied while hidden. */

import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from './copy.tsx';

export function HiddenSecret({ text }: { text: string }) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  return (
    <Group gap={4}>
      <code>{isShown ? text : '••••••••••••'}</code>
      <Button variant="subtle" size="compact-xs" onClick={() => setShown(!isShown)}>
        {isShown ? t('common.hide') : t('common.show')}
      </Button>
      <CopyButton text={text} isSmall />
    </Group>
  );
}
