/** Settings → APIs & Webhooks: the frame and tabs of keys, webhooks and usage. */

import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../parts/page.tsx';

const TABS = ['keys', 'webhooks', 'usage'] as const;
type Tab = (typeof TABS)[number];

type ApisPageProps = { tab: Tab; actions?: ReactNode; children: ReactNode };

export function ApisPage({ tab, actions, children }: ApisPageProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Page title={t('pages.apis')} about={t('apis.about')} actions={actions}>
      <Tabs value={tab} onChange={(to) => navigate({ to: `/settings/apis/${to as Tab}` })}>
        <Tabs.List mb="lg">
          {TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(`apis.${each}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>{children}</Tabs.Panel>
      </Tabs>
    </Page>
  );
}
