/** Shown to a person who isn't a member of any workspace. */

import { Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function NoWorkspace() {
  const { t } = useTranslation();
  return (
    <Stack align="center" gap="xs" mt={96} p="md">
      <Title order={1}>{t('noWorkspace.title')}</Title>
      <Text c="dimmed">{t('noWorkspace.about')}</Text>
    </Stack>
  );
}
