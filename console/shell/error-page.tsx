/** Shown instead of a page that couldn't be loaded, with a button to try again. */

import { Button, Stack, Text, Title } from '@mantine/core';
import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useErrorMessage } from '../parts/error-message.ts';

export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  const wording = useErrorMessage();
  function again() {
    queries.reset();
    reset();
    router.invalidate();
  }
  return (
    <Stack role="alert" align="center" gap="xs" mt={96} p="md">
      <Title order={1}>{t('errors.title')}</Title>
      <Text c="dimmed" ta="center" maw={520}>
        {wording(error)}
      </Text>
      <Button onClick={again} variant="default" mt="sm">
        {t('errors.again')}
      </Button>
    </Stack>
  );
}
