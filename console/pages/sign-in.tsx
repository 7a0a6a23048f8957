/** Signing in with email and password. */

import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sessionKey, signIn } from '../api/session.ts';
import { submitting, useFields } from '../parts/fields.ts';
import { Refusal } from '../parts/refusal.tsx';
import { Entrance } from '../shell/entrance.tsx';

export function SignIn() {
  const { t } = useTranslation();
  const { to } = getRouteApi('/sign-in').useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const form = useFields({ email: '', password: '' });
  const entering = useMutation({
    mutationFn: signIn,
    async onSuccess() {
      await queryClient.refetchQueries({ queryKey: sessionKey, type: 'all' });
      router.history.push(to ?? '/');
    },
  });
  return (
    <Entrance title={t('signIn.title')}>
      <form method="post" onSubmit={submitting(() => entering.mutate(form.values))}>
        <Stack gap="md">
          <TextInput
            label={t('signIn.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            {...form.text('email')}
          />
          <PasswordInput
            label={t('signIn.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            {...form.text('password')}
          />
          <Refusal error={entering.error} />
          <Button type="submit" loading={entering.isPending} fullWidth mt={4}>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
