/** Signing in with email and password. */

import { Button, Stack } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { signIn } from '../api/session.ts';
import { submitting, useFields } from '../parts/fields.ts';
import { EmailInput, PasswordOfPerson } from '../parts/person-fields.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { useEntering } from '../shell/entering.ts';
import { Entrance } from '../shell/entrance.tsx';

export function SignIn() {
  const { t } = useTranslation();
  const { to } = getRouteApi('/sign-in').useSearch();
  const form = useFields({ email: '', password: '' });
  const entering = useEntering(signIn, to);
  return (
    <Entrance title={t('signIn.title')}>
      <form method="post" onSubmit={submitting(() => entering.mutate(form.values))}>
        <Stack gap="md">
          <EmailInput {...form.text('email')} />
          <PasswordOfPerson {...form.text('password')} />
          <Refusal error={entering.error} />
          <Button type="submit" loading={entering.isPending} fullWidth mt={4}>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
