/** Accepts an invitation. New people enter their name and choose a password; others enter their password. */

import { Button, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { acceptInvitation, type Link, sessionQuery } from '../api/session.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { CurrentPasswordInput, EmailInput, NameInput, NewPasswordInput } from '../parts/person-fields.tsx';
import { AuthLayout } from '../shell/auth-layout.tsx';
import { useAuthentication } from '../shell/authentication.ts';
import { OneTimeLinkPage } from '../shell/one-time-link-page.tsx';

export function AcceptInvitation() {
  const { t } = useTranslation();
  return (
    <OneTimeLinkPage title={t('invitation.title')} noLink={t('invitation.noLink')}>
      {(token, link) => (link.kind === 'set-up' ? null : <Acceptance token={token} link={link} />)}
    </OneTimeLinkPage>
  );
}

type Invitation = Exclude<Link, { kind: 'set-up' }>;

function Acceptance({ token, link }: { token: string; link: Invitation }) {
  const { t } = useTranslation();
  const { user } = useSuspenseQuery(sessionQuery).data;
  const form = useForm({ initialValues: { name: '', email: link.email ?? '', password: '' } });
  const accepting = useAuthentication(acceptInvitation);
  const isSignedIn = user !== null;
  const credentials = isSignedIn
    ? {}
    : {
        password: form.values.password,
        ...(link.isNewPerson && { name: form.values.name }),
        ...(!link.email && { email: form.values.email }),
      };
  return (
    <AuthLayout
      title={t('invitation.joinNamed', { name: link.workspace })}
      about={
        isSignedIn
          ? t('invitation.asYou', { name: user.name })
          : t(link.isNewPerson ? 'invitation.about' : 'invitation.aboutKnown')
      }
    >
      <form method="post" onSubmit={form.onSubmit(() => accepting.mutate({ token, ...credentials }))}>
        <Stack gap="md">
          {!isSignedIn && (
            <>
              {link.isNewPerson && <NameInput {...form.getInputProps('name')} />}
              <EmailInput {...form.getInputProps('email')} readOnly={link.email !== null} />
              {link.isNewPerson ? (
                <NewPasswordInput {...form.getInputProps('password')} />
              ) : (
                <CurrentPasswordInput {...form.getInputProps('password')} />
              )}
            </>
          )}
          <ErrorAlert error={accepting.error} />
          <Button type="submit" loading={accepting.isPending} fullWidth mt={4}>
            {t('invitation.submit')}
          </Button>
        </Stack>
      </form>
    </AuthLayout>
  );
}
