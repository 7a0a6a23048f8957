/** Somebody who was invited: a new person says who they are, others show that they are it. */

import { Button, Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { acceptInvitation, type Link, sessionQuery } from '../api/session.ts';
import { submitting, useFields } from '../parts/fields.ts';
import { EmailInput, NameInput, NewPasswordInput, PasswordOfPerson } from '../parts/person-fields.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { BehindLink } from '../shell/behind-link.tsx';
import { useEntering } from '../shell/entering.ts';
import { Entrance } from '../shell/entrance.tsx';

export function AcceptInvitation() {
  const { t } = useTranslation();
  return (
    <BehindLink title={t('invitation.title')} noLink={t('invitation.noLink')}>
      {(token, link) => (link.kind === 'set-up' ? null : <Acceptance token={token} link={link} />)}
    </BehindLink>
  );
}

type Invitation = Exclude<Link, { kind: 'set-up' }>;

function Acceptance({ token, link }: { token: string; link: Invitation }) {
  const { t } = useTranslation();
  const { user } = useSuspenseQuery(sessionQuery).data;
  const form = useFields({ name: '', email: link.email ?? '', password: '' });
  const entering = useEntering(acceptInvitation);
  const isKnown = user !== null;
  const given = isKnown
    ? {}
    : {
        password: form.values.password,
        ...(link.isNewPerson && { name: form.values.name }),
        ...(!link.email && { email: form.values.email }),
      };
  return (
    <Entrance
      title={t('invitation.joinNamed', { name: link.workspace })}
      about={
        isKnown
          ? t('invitation.asYou', { name: user.name })
          : t(link.isNewPerson ? 'invitation.about' : 'invitation.aboutKnown')
      }
    >
      <form method="post" onSubmit={submitting(() => entering.mutate({ token, ...given }))}>
        <Stack gap="md">
          {!isKnown && (
            <>
              {link.isNewPerson && <NameInput {...form.text('name')} />}
              <EmailInput {...form.text('email')} readOnly={link.email !== null} />
              {link.isNewPerson ? (
                <NewPasswordInput {...form.text('password')} />
              ) : (
                <PasswordOfPerson {...form.text('password')} />
              )}
            </>
          )}
          <Refusal error={entering.error} />
          <Button type="submit" loading={entering.isPending} fullWidth mt={4}>
            {t('invitation.submit')}
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
