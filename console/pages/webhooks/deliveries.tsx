/** The deliveries of a webhook, newest first. Each shows its request and response and can be resent. */

import { Badge, Button } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Delivery, type DeliveryState, deliveriesQuery, redeliver } from '../../api/webhooks.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { DescriptionList } from '../../parts/description-list.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { PagedList } from '../../parts/paged-list.tsx';

const COLORS = { pending: 'gray', delivered: 'green', failed: 'red' } as const;

export function Deliveries({ webhookId, state }: { webhookId: string; state: DeliveryState | null }) {
  const { t } = useTranslation();
  const deliveries = useSuspenseInfiniteQuery(deliveriesQuery(webhookId, state));
  const empty = <EmptyState title={t('webhooks.noDeliveries')} about={t('webhooks.noDeliveriesAbout')} />;
  return (
    <PagedList query={deliveries} empty={empty}>
      {(delivery) => <DeliveryRow key={delivery.id} delivery={delivery} webhookId={webhookId} />}
    </PagedList>
  );
}

function DeliveryRow({ delivery, webhookId }: { delivery: Delivery; webhookId: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const queryClient = useQueryClient();
  const sending = useMutation({
    mutationFn: () => redeliver(delivery.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['deliveries', webhookId] }),
  });
  return (
    <li>
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <Badge color={COLORS[delivery.state]} variant="light" tt="none" w={92}>
            {t(`webhooks.states.${delivery.state}`)}
          </Badge>
          <span className="grow strong">{delivery.eventName}</span>
          <span className="note">{delivery.responseStatus ?? ''}</span>
          <span className="note">
            <DateTime at={delivery.createdAt} isPrecise />
          </span>
        </summary>
        {isOpen && (
          <div className="details">
            <DescriptionList
              facts={[
                [t('webhooks.record'), <code key="record">{delivery.recordId}</code>],
                [t('webhooks.attempts'), String(delivery.attempts)],
                [
                  t('webhooks.last'),
                  delivery.lastAttemptAt && <DateTime key="last" at={delivery.lastAttemptAt} isPrecise />,
                ],
                [t('webhooks.status'), delivery.responseStatus === null ? '' : String(delivery.responseStatus)],
                [t('webhooks.latency'), delivery.latencyMs === null ? '' : `${delivery.latencyMs} ms`],
                [t('webhooks.error'), delivery.error ?? ''],
                [
                  t('webhooks.next'),
                  delivery.nextAttemptAt && <DateTime key="next" at={delivery.nextAttemptAt} isPrecise />,
                ],
              ]}
            />
            <Section title={t('webhooks.payload')}>
              {delivery.payload === null ? (
                <p className="note">{t('webhooks.noPayload')}</p>
              ) : (
                <CodeBlock
                  label={t('webhooks.payload')}
                  text={delivery.payload}
                  shown={indented(delivery.payload)}
                  isWrapped
                />
              )}
            </Section>
            {delivery.requestHeaders && (
              <Section title={t('webhooks.headers')}>
                <CodeBlock label={t('webhooks.headers')} text={headerLines(delivery.requestHeaders)} isWrapped />
              </Section>
            )}
            {delivery.responseBody && (
              <Section title={t('webhooks.response')}>
                <CodeBlock label={t('webhooks.response')} text={delivery.responseBody} isWrapped />
              </Section>
            )}
            <ErrorAlert error={sending.error} />
            <Button
              variant="default"
              size="compact-sm"
              mt="xs"
              loading={sending.isPending}
              onClick={() => sending.mutate()}
            >
              {t('webhooks.redeliver')}
            </Button>
          </div>
        )}
      </details>
    </li>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <h3 className="part">{title}</h3>
      {children}
    </>
  );
}

/** The payload is sent as one line. */
function indented(payload: string): string {
  return JSON.stringify(JSON.parse(payload), null, 2);
}

function headerLines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
