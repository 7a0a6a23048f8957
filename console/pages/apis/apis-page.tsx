/** Settings → APIs & Webhooks: keys and webhooks are two tabs of it. */

import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../parts/page.tsx';

type ApisPageProps = { tab: 'keys' | 'webhooks'; actions: ReactNode; children: ReactNode };

export function ApisPage({ tab, actions, children }: ApisPageProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Page title={t('pages.apis')} about={t('apis.about')} actions={actions}>
      <Tabs value={tab} onChange={(to) => navigate({ to: `/settings/apis/${to as 'keys' | 'webhooks'}` })}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="keys">{t('apis.keys')}</Tabs.Tab>
          <Tabs.Tab value="webhooks">{t('apis.webhooks')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab}>{children}</Tabs.Panel>
      </Tabs>
    </Page>
  );
}
