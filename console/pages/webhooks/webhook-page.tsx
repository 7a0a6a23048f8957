/** The page of a webhook: settings and deliveries. */

import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DeliveryState, deleteWebhook, testWebhook, webhooksQuery } from '../../api/webhooks.ts';
import { DescriptionList } from '../../parts/description-list.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { HiddenSecret } from '../../parts/hidden-secret.tsx';
import { Page } from '../../parts/page.tsx';
import { NotFound } from '../../shell/not-found.tsx';
import { Deliveries } from './deliveries.tsx';
import { WebhookState } from './webhooks.tsx';

const WebhookForm = lazy(async () => ({ default: (await import('./webhook-form.tsx')).WebhookForm }));
const RedeliverRange = lazy(async () => ({ default: (await import('./redeliver-range.tsx')).RedeliverRange }));
const ConfirmDialog = lazy(async () => ({ default: (await import('../../parts/confirm-dialog.tsx')).ConfirmDialog }));

export function WebhookPage() {
  const { t } = useTranslation();
  const { id } = getRouteApi('/workspace/settings/apis/webhooks/$id').useParams();
  const { data: webhooks } = useSuspenseQuery(webhooksQuery);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [dialog, openDialog] = useState<'edit' | 'delete' | 'redeliver' | null>(null);
  const [state, setState] = useState<DeliveryState | 'all'>('all');
  const testing = useMutation({
    mutationFn: () => testWebhook(id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['deliveries', id] }),
  });
  const deleting = useMutation({
    mutationFn: () => deleteWebhook(id),
    async onSuccess() {
      await navigate({ to: '/settings/apis/webhooks' });
      await queryClient.invalidateQueries(webhooksQuery);
    },
  });
  const webhook = webhooks.find((each) => each.id === id);
  if (!webhook) return <NotFound />;
  return (
    <Page
      title={t('webhooks.one')}
      back={{ to: '/settings/apis/webhooks', label: t('webhooks.all') }}
      actions={
        <>
          <Button variant="default" loading={testing.isPending} onClick={() => testing.mutate()}>
            {t('webhooks.test')}
          </Button>
          <Button variant="default" onClick={() => openDialog('edit')}>
            {t('common.edit')}
          </Button>
          <Button variant="default" c="red" onClick={() => openDialog('delete')}>
            {t('common.delete')}
          </Button>
        </>
      }
    >
      <ErrorAlert error={testing.error} />
      <DescriptionList
        facts={[
          [t('webhooks.target'), <code key="target">{webhook.targetUrl}</code>],
          [t('webhooks.operations'), webhook.operations.join(', ')],
          [t('webhooks.state'), <WebhookState key="state" webhook={webhook} />],
          [t('webhooks.secret'), <HiddenSecret key="secret" text={webhook.secret} />],
          [t('webhooks.description'), webhook.description ?? ''],
        ]}
      />
      <div className="section-head">
        <h2>{t('webhooks.deliveries')}</h2>
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label={t('webhooks.state')}
            data={(['all', 'pending', 'delivered', 'failed'] as const).map((value) => ({
              value,
              label: t(`webhooks.states.${value}`),
            }))}
            value={state}
            onChange={(chosen) => setState(chosen as typeof state)}
          />
          <Button variant="default" size="compact-sm" onClick={() => openDialog('redeliver')}>
            {t('webhooks.redeliverMany')}
          </Button>
        </Group>
      </div>
      <Suspense>
        <Deliveries webhookId={id} state={state === 'all' ? null : state} />
        {dialog === 'edit' && <WebhookForm webhook={webhook} onClose={() => openDialog(null)} />}
        {dialog === 'redeliver' && <RedeliverRange webhookId={id} onClose={() => openDialog(null)} />}
        {dialog === 'delete' && (
          <ConfirmDialog
            title={t('webhooks.deleteTitle')}
            action={t('common.delete')}
            isPending={deleting.isPending}
            error={deleting.error}
            onConfirm={() => deleting.mutate()}
            onClose={() => openDialog(null)}
          >
            <Text fz={14}>{t('webhooks.deleteAbout')}</Text>
          </ConfirmDialog>
        )}
      </Suspense>
    </Page>
  );
}
