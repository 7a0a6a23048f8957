/** Somebody who was invited chooses a name and a password. */

import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { acceptInvitation, sessionKey } from '../api/session.ts';
import { submitting, useFields } from '../parts/fields.ts';
import { Refusal } from '../parts/refusal.tsx';
import { Entrance } from '../shell/entrance.tsx';
import { useTokenOfLink } from '../shell/token-of-link.ts';

export function AcceptInvitation() {
  const { t } = useTranslation();
  const token = useTokenOfLink();
  if (!token)
    return (
      <Entrance title={t('invitation.title')}>
        <Text fz={14}>{t('invitation.noLink')}</Text>
      </Entrance>
    );
  return (
    <Entrance title={t('invitation.title')} about={t('invitation.about')}>
      <AcceptanceForm token={token} />
    </Entrance>
  );
}

function AcceptanceForm({ token }: { token: string }) {
  const { t } = useTranslation();
  const router = useRouter();
  const queryClient = useQueryClient();
  const form = useFields({ name: '', password: '' });
  const accepting = useMutation({
    mutationFn: acceptInvitation,
    async onSuccess() {
      await queryClient.refetchQueries({ queryKey: sessionKey, type: 'all' });
      await router.navigate({ to: '/' });
    },
  });
  return (
    <form method="post" onSubmit={submitting(() => accepting.mutate({ token, ...form.values }))}>
      <Stack gap="md">
        <TextInput label={t('setUp.name')} autoComplete="name" required withAsterisk={false} {...form.text('name')} />
        <PasswordInput
          label={t('setUp.password')}
          description={t('invitation.passwordRule')}
          autoComplete="new-password"
          minLength={8}
          required
          withAsterisk={false}
          {...form.text('password')}
        />
        <Refusal error={accepting.error} />
        <Button type="submit" loading={accepting.isPending} fullWidth mt={4}>
          {t('invitation.submit')}
        </Button>
      </Stack>
    </form>
  );
}
