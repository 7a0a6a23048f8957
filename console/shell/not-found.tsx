/** Shown for an unknown path. */

import { Button, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Stack component="main" align="center" gap="xs" mt={96} p="md">
      <Title order={1}>{t('notFound.title')}</Title>
      <Text c="dimmed">{t('notFound.about')}</Text>
      <Button component={Link} to="/" variant="default" mt="sm">
        {t('notFound.back')}
      </Button>
    </Stack>
  );
}
