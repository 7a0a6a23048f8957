/** Creates a key and shows its token once. */

import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { setActiveKey } from '../../api/active-key.ts';
import { apiKeysQuery, createApiKey } from '../../api/keys.ts';
import { rolesQuery } from '../../api/roles.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { expiresAt, type Lifetime } from './expiry.ts';
import { LifetimeSelect } from './lifetime-select.tsx';
import { TokenReveal } from './token-reveal.tsx';

export function NewKey({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const roles = useQuery(rolesQuery);
  const assignable = roles.data?.filter(({ canBeAssignedToApiKeys }) => canBeAssignedToApiKeys) ?? [];
  const form = useForm({ initialValues: { name: '', roleId: '', lifetime: 'year1' as Lifetime } });
  const creating = useMutation({
    mutationFn: ({ name, roleId, lifetime }: typeof form.values) =>
      createApiKey({ name, roleId: roleId || (assignable[0]?.id as string), expiresAt: expiresAt(lifetime) }),
    onSuccess(token) {
      setActiveKey(token);
      queryClient.invalidateQueries(apiKeysQuery);
    },
  });
  return (
    <Dialog
      onClose={onClose}
      // A click outside must not close the dialog: a token that wasn't copied would be lost.
      keepOpen={creating.data !== undefined}
      title={creating.data ? t('keys.tokenTitle') : t('keys.create')}
      size={creating.data ? 'lg' : 'md'}
    >
      {creating.data ? (
        <TokenReveal token={creating.data} onClose={onClose} />
      ) : (
        <form onSubmit={form.onSubmit(() => creating.mutate(form.values))}>
          <Stack>
            <TextInput
              label={t('keys.name')}
              placeholder={t('keys.namePlaceholder')}
              required
              withAsterisk={false}
              data-autofocus
              {...form.getInputProps('name')}
            />
            <NativeSelect
              label={t('keys.role')}
              description={t('keys.roleAbout')}
              data={assignable.map(({ id, label }) => ({ value: id, label }))}
              disabled={roles.isPending}
              {...form.getInputProps('roleId')}
            />
            <LifetimeSelect
              value={form.values.lifetime}
              onChange={(lifetime) => form.setFieldValue('lifetime', lifetime)}
            />
            <ErrorAlert error={creating.error ?? roles.error} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" loading={creating.isPending} disabled={roles.isPending}>
                {t('keys.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
