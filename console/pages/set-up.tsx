/** Sets up the server: the person with the one-time link becomes its owner and Admin of a workspace. */

import { Anchor, Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sessionQuery, setUp } from '../api/session.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { EmailInput, NameInput, NewPasswordInput } from '../parts/person-fields.tsx';
import { AuthLayout } from '../shell/auth-layout.tsx';
import { useAuthentication } from '../shell/authentication.ts';
import { OneTimeLinkPage } from '../shell/one-time-link-page.tsx';

export function SetUp() {
  const { t } = useTranslation();
  const { isSetUp } = useSuspenseQuery(sessionQuery).data;
  if (isSetUp)
    return (
      <AuthLayout title={t('setUp.title')} about={t('setUp.done')}>
        <Anchor component={Link} to="/sign-in" fz={14}>
          {t('signIn.title')}
        </Anchor>
      </AuthLayout>
    );
  return (
    <OneTimeLinkPage title={t('setUp.title')} noLink={t('setUp.noLink')}>
      {(token, link) => <SetUpForm token={token} workspaces={link.kind === 'set-up' ? link.workspaces : []} />}
    </OneTimeLinkPage>
  );
}

function SetUpForm({ token, workspaces }: { token: string; workspaces: readonly string[] }) {
  const { t } = useTranslation();
  const [existing] = workspaces;
  const form = useForm({ initialValues: { name: '', email: '', password: '', workspace: existing ?? '' } });
  const settingUp = useAuthentication(setUp);
  return (
    <AuthLayout
      title={t('setUp.title')}
      about={existing ? t('setUp.aboutKnown', { name: existing }) : t('setUp.about')}
    >
      <form method="post" onSubmit={form.onSubmit(() => settingUp.mutate({ token, ...form.values }))}>
        <Stack gap="md">
          <NameInput {...form.getInputProps('name')} />
          <EmailInput {...form.getInputProps('email')} />
          <NewPasswordInput {...form.getInputProps('password')} />
          {!existing && (
            <TextInput
              label={t('setUp.workspace')}
              description={t('setUp.workspaceRule')}
              required
              withAsterisk={false}
              {...form.getInputProps('workspace')}
            />
          )}
          <ErrorAlert error={settingUp.error} />
          <Button type="submit" loading={settingUp.isPending} fullWidth mt={4}>
            {t('setUp.submit')}
          </Button>
        </Stack>
      </form>
    </AuthLayout>
  );
}
