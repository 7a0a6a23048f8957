/** The first start: whoever has the one-time link makes the owner and the first workspace. */

import { Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sessionKey, sessionQuery, setUp } from '../api/session.ts';
import { submitting, useFields } from '../parts/fields.ts';
import { Refusal } from '../parts/refusal.tsx';
import { Entrance } from '../shell/entrance.tsx';
import { useTokenOfLink } from '../shell/token-of-link.ts';

export function SetUp() {
  const { t } = useTranslation();
  const token = useTokenOfLink();
  const { isSetUp } = useSuspenseQuery(sessionQuery).data;
  if (isSetUp)
    return (
      <Entrance title={t('setUp.title')} about={t('setUp.done')}>
        <Anchor component={Link} to="/sign-in">
          {t('signIn.title')}
        </Anchor>
      </Entrance>
    );
  if (!token)
    return (
      <Entrance title={t('setUp.title')}>
        <Text fz={14}>{t('setUp.noLink')}</Text>
      </Entrance>
    );
  return (
    <Entrance title={t('setUp.title')} about={t('setUp.about')}>
      <SetUpForm token={token} />
    </Entrance>
  );
}

function SetUpForm({ token }: { token: string }) {
  const { t } = useTranslation();
  const router = useRouter();
  const queryClient = useQueryClient();
  const form = useFields({ name: '', email: '', password: '', workspace: '' });
  const making = useMutation({
    mutationFn: setUp,
    async onSuccess() {
      await queryClient.refetchQueries({ queryKey: sessionKey, type: 'all' });
      await router.navigate({ to: '/' });
    },
  });
  return (
    <form method="post" onSubmit={submitting(() => making.mutate({ token, ...form.values }))}>
      <Stack gap="md">
        <TextInput label={t('setUp.name')} autoComplete="name" required withAsterisk={false} {...form.text('name')} />
        <TextInput
          label={t('signIn.email')}
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          {...form.text('email')}
        />
        <PasswordInput
          label={t('setUp.password')}
          description={t('setUp.passwordRule')}
          autoComplete="new-password"
          minLength={8}
          required
          withAsterisk={false}
          {...form.text('password')}
        />
        <TextInput
          label={t('setUp.workspace')}
          description={t('setUp.workspaceRule')}
          required
          withAsterisk={false}
          {...form.text('workspace')}
        />
        <Refusal error={making.error} />
        <Button type="submit" loading={making.isPending} fullWidth mt={4}>
          {t('setUp.submit')}
        </Button>
      </Stack>
    </form>
  );
}
