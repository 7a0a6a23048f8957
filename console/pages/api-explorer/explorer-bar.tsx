/** The bar above the documentation and the playground: links to the APIs, and a button to change the key. */

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { setActiveKey } from '../../api/active-key.ts';
import styles from './api-explorer.module.css';

const PAGES = [
  { to: '/docs', label: 'explorer.restCore' },
  { to: '/docs/metadata', label: 'explorer.restMetadata' },
  { to: '/playground', label: 'explorer.graphqlCore' },
  { to: '/playground/metadata', label: 'explorer.graphqlMetadata' },
] as const;

export function ExplorerBar() {
  const { t } = useTranslation();
  return (
    <div className={styles.bar}>
      <nav aria-label={t('explorer.apis')} className={styles.apis}>
        {PAGES.map(({ to, label }) => (
          <Link key={to} to={to} activeOptions={{ exact: true }}>
            {t(label)}
          </Link>
        ))}
      </nav>
      <Button variant="default" size="compact-sm" onClick={() => setActiveKey(null)}>
        {t('explorer.anotherKey')}
      </Button>
    </div>
  );
}
