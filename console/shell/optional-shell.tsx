/** The frame of pages that need only an API key: the shell for signed-in people, a plain header for others. */

import { Anchor, Group } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/session.ts';
import { Brand } from './brand.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { Loading } from './loading.tsx';
import { Shell } from './shell.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

export function OptionalShell() {
  const { t } = useTranslation();
  const { user } = useSuspenseQuery(sessionQuery).data;
  if (user) return <Shell />;
  return (
    <>
      <Group
        component="header"
        justify="space-between"
        px="md"
        h={52}
        style={{ borderBottom: '1px solid var(--plinth-line)' }}
      >
        <Brand />
        <Group gap="xs">
          <Anchor component={Link} to="/sign-in" fz={14}>
            {t('signIn.title')}
          </Anchor>
          <LanguageSwitch />
          <ThemeSwitch />
        </Group>
      </Group>
      <main>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </>
  );
}
