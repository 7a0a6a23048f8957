/** The list of webhooks. */

import { Badge, Button } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Webhook, webhooksQuery } from '../../api/webhooks.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { IconPlus } from '../../parts/icons.ts';
import { Table } from '../../parts/table.tsx';
import { ApisPage } from '../apis/apis-page.tsx';

const WebhookForm = lazy(async () => ({ default: (await import('./webhook-form.tsx')).WebhookForm }));

export function Webhooks() {
  const { t } = useTranslation();
  const { data: webhooks } = useSuspenseQuery(webhooksQuery);
  const [isCreating, setCreating] = useState(false);
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
      {t('webhooks.create')}
    </Button>
  );
  return (
    <ApisPage tab="webhooks" actions={webhooks.length > 0 && create}>
      {webhooks.length === 0 ? (
        <div className="card-plain">
          <EmptyState title={t('webhooks.emptyTitle')} about={t('webhooks.emptyAbout')}>
            {create}
          </EmptyState>
        </div>
      ) : (
        <Table
          label={t('apis.webhooks')}
          headings={[t('webhooks.target'), t('webhooks.operations'), t('webhooks.state')]}
        >
          {webhooks.map((webhook) => (
            <tr key={webhook.id}>
              <td style={{ overflowWrap: 'anywhere' }}>
                <Link to="/settings/apis/webhooks/$id" params={{ id: webhook.id }} className="row-link">
                  {webhook.targetUrl}
                </Link>
                {webhook.description && <div className="note">{webhook.description}</div>}
              </td>
              <td>{webhook.operations.join(', ')}</td>
              <td>
                <WebhookState webhook={webhook} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Suspense>{isCreating && <WebhookForm onClose={() => setCreating(false)} />}</Suspense>
    </ApisPage>
  );
}

export function WebhookState({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation();
  if (!webhook.isActive)
    return (
      <Badge color="red" variant="light" tt="none" title={webhook.disabledReason ?? undefined}>
        {t('webhooks.disabled')}
      </Badge>
    );
  return (
    <Badge color={webhook.failingSince ? 'orange' : 'green'} variant="light" tt="none">
      {webhook.failingSince ? t('webhooks.failing') : t('webhooks.active')}
    </Badge>
  );
}
