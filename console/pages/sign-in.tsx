/** Sign-in with email and password. */

import { Button, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { signIn } from '../api/session.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { CurrentPasswordInput, EmailInput } from '../parts/person-fields.tsx';
import { AuthLayout } from '../shell/auth-layout.tsx';
import { useAuthentication } from '../shell/authentication.ts';

export function SignIn() {
  const { t } = useTranslation();
  const { to } = getRouteApi('/sign-in').useSearch();
  const form = useForm({ initialValues: { email: '', password: '' } });
  const signingIn = useAuthentication(signIn, to);
  return (
    <AuthLayout title={t('signIn.title')}>
      <form method="post" onSubmit={form.onSubmit(() => signingIn.mutate(form.values))}>
        <Stack gap="md">
          <EmailInput {...form.getInputProps('email')} />
          <CurrentPasswordInput {...form.getInputProps('password')} />
          <ErrorAlert error={signingIn.error} />
          <Button type="submit" loading={signingIn.isPending} fullWidth mt={4}>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
    </AuthLayout>
  );
}
