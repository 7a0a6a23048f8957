/** Creates a role. */

import { Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { createRole, rolesQuery } from '../../api/roles.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FormFooter } from '../../parts/form-footer.tsx';

export function RoleForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const form = useForm({ initialValues: { label: '', description: '' } });
  const creating = useMutation({
    mutationFn: () => createRole(form.values.label, form.values.description),
    async onSuccess(id) {
      await queryClient.invalidateQueries(rolesQuery);
      await navigate({ to: '/settings/roles/$id', params: { id } });
    },
  });
  return (
    <Dialog onClose={onClose} title={t('roles.create')}>
      <form onSubmit={form.onSubmit(() => creating.mutate())}>
        <Stack>
          <TextInput
            label={t('roles.label')}
            required
            withAsterisk={false}
            data-autofocus
            {...form.getInputProps('label')}
          />
          <TextInput label={t('roles.description')} {...form.getInputProps('description')} />
          <FormFooter mutation={creating} onClose={onClose}>
            {t('common.create')}
          </FormFooter>
        </Stack>
      </form>
    </Dialog>
  );
}
