/** Resends all or the failed deliveries of a time range. */

import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { redeliverMany } from '../../api/webhooks.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { localTime } from '../../parts/local-time.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export function RedeliverRange({ webhookId, onClose }: { webhookId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: {
      from: localTime(Date.now() - DAY_MS),
      to: localTime(Date.now() + MINUTE_MS), // includes the current minute
      state: 'failed' as 'failed' | 'all',
    },
  });
  const sending = useMutation({
    mutationFn: () => {
      const { from, to, state } = form.values;
      const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      return redeliverMany(webhookId, state === 'all' ? range : { ...range, state });
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['deliveries', webhookId] }),
  });
  const isDone = sending.data !== undefined;
  return (
    <Dialog onClose={onClose} title={t('webhooks.redeliverMany')}>
      <form onSubmit={form.onSubmit(isDone ? onClose : () => sending.mutate())}>
        <Stack>
          <Text fz={14}>{t('webhooks.redeliverManyAbout')}</Text>
          <TextInput
            label={t('webhooks.from')}
            type="datetime-local"
            required
            withAsterisk={false}
            {...form.getInputProps('from')}
          />
          <TextInput
            label={t('webhooks.to')}
            type="datetime-local"
            required
            withAsterisk={false}
            {...form.getInputProps('to')}
          />
          <NativeSelect
            label={t('webhooks.which')}
            data={(['failed', 'all'] as const).map((value) => ({ value, label: t(`webhooks.states.${value}`) }))}
            {...form.getInputProps('state')}
          />
          <Text fz={14} role="status">
            {isDone && t('webhooks.sentAgain', { count: sending.data })}
          </Text>
          <ErrorAlert error={sending.error} />
          <Group justify="flex-end" gap="xs">
            {!isDone && (
              <Button variant="default" onClick={onClose}>
                {t('common.cancel')}
              </Button>
            )}
            <Button type="submit" loading={sending.isPending}>
              {isDone ? t('common.done') : t('webhooks.redeliver')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
