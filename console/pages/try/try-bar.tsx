/** The bar above documentation and playground: which API it is, and another key. */

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { takeInHand } from '../../api/key-in-hand.ts';
import styles from './try.module.css';

const PAGES = [
  { to: '/docs', label: 'try.restCore' },
  { to: '/docs/metadata', label: 'try.restMetadata' },
  { to: '/playground', label: 'try.graphqlCore' },
  { to: '/playground/metadata', label: 'try.graphqlMetadata' },
] as const;

export function TryBar() {
  const { t } = useTranslation();
  return (
    <div className={styles.bar}>
      <nav aria-label={t('try.apis')} className={styles.apis}>
        {PAGES.map(({ to, label }) => (
          <Link key={to} to={to} activeOptions={{ exact: true }}>
            {t(label)}
          </Link>
        ))}
      </nav>
      <Button variant="default" size="compact-sm" onClick={() => takeInHand(null)}>
        {t('try.anotherKey')}
      </Button>
    </div>
  );
}
