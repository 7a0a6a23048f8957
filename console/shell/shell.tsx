/** The frame of the pages of a workspace: the navigation on the left, or behind a button on a phone. */

import { Burger } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery, useWorkspace } from '../api/session.ts';
import { Brand } from './brand.tsx';
import { Loading } from './loading.tsx';
import { Navigation } from './navigation.tsx';
import { NoWorkspace } from './no-workspace.tsx';
import styles from './shell.module.css';
import { SignInRedirect } from './sign-in-redirect.tsx';

export function Shell() {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { user } = useSuspenseQuery(sessionQuery).data;
  const [isOpen, { toggle, close }] = useDisclosure();
  if (!user) return <SignInRedirect />;
  return (
    <div className={styles.shell}>
      <a className="skip" href="#content">
        {t('shell.skip')}
      </a>
      <header className={styles.header}>
        <Burger opened={isOpen} onClick={toggle} size="sm" aria-label={t('shell.menu')} aria-expanded={isOpen} />
        <Brand />
      </header>
      <aside className={styles.sidebar} data-is-open={isOpen} aria-label={t('shell.sidebar')}>
        <Navigation workspace={workspace} onNavigate={close} />
      </aside>
      {/* The key resets all state when another workspace is selected. */}
      <main className={styles.main} id="content" tabIndex={-1} key={workspace?.id}>
        <Suspense fallback={<Loading />}>{workspace ? <Outlet /> : <NoWorkspace />}</Suspense>
      </main>
    </div>
  );
}
