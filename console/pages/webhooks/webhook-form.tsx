/** Creates or edits a webhook. */

import { Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { objectsQuery } from '../../api/model.ts';
import { createWebhook, updateWebhook, type Webhook, webhooksQuery } from '../../api/webhooks.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FormFooter } from '../../parts/form-footer.tsx';
import { OperationRows } from './operation-rows.tsx';

export function WebhookForm({ webhook, onClose }: { webhook?: Webhook; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { data: objects = [] } = useQuery(objectsQuery);
  const form = useForm({
    initialValues: {
      targetUrl: webhook?.targetUrl ?? '',
      description: webhook?.description ?? '',
      secret: webhook?.secret ?? '',
      operations: webhook?.operations ?? ['*.*'],
    },
  });
  const saving = useMutation({
    mutationFn: () => {
      const { secret, ...given } = form.values;
      const input = { ...given, ...(secret && { secret }) };
      return webhook ? updateWebhook(webhook.id, input) : createWebhook(input);
    },
    async onSuccess() {
      await queryClient.invalidateQueries(webhooksQuery);
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={webhook ? t('webhooks.edit') : t('webhooks.create')} size="lg">
      <form onSubmit={form.onSubmit(() => saving.mutate())}>
        <Stack>
          <TextInput
            label={t('webhooks.target')}
            description={t('webhooks.targetAbout')}
            placeholder="https://example.com/hooks/plinth"
            type="url"
            required
            withAsterisk={false}
            data-autofocus
            {...form.getInputProps('targetUrl')}
          />
          <OperationRows
            operations={form.values.operations}
            objects={objects}
            onChange={(operations) => form.setFieldValue('operations', operations)}
          />
          <TextInput label={t('webhooks.description')} {...form.getInputProps('description')} />
          <TextInput
            label={t('webhooks.secret')}
            description={t('webhooks.secretAbout')}
            autoComplete="off"
            {...form.getInputProps('secret')}
          />
          <FormFooter mutation={saving} onClose={onClose}>
            {webhook ? t('common.save') : t('webhooks.create')}
          </FormFooter>
        </Stack>
      </form>
    </Dialog>
  );
}
