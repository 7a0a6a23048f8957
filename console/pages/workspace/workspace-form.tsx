/** Edits the name, appearance, default role and sign-in method of the workspace. */

import { Button, Checkbox, Group, NativeSelect, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { rolesQuery } from '../../api/roles.ts';
import { sessionQuery } from '../../api/session.ts';
import { updateWorkspace, type Workspace, workspaceQuery } from '../../api/workspace.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';

export function WorkspaceForm({ workspace }: { workspace: Workspace }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { data: roles } = useQuery(rolesQuery);
  const { defaultRole } = workspace;
  const saved = {
    displayName: workspace.displayName ?? '',
    subdomain: workspace.subdomain,
    logo: workspace.logo ?? '',
    defaultRoleId: defaultRole?.id ?? '',
    isPasswordAuthEnabled: workspace.isPasswordAuthEnabled,
  };
  const form = useForm({ initialValues: saved });
  const { values } = form;
  const changed = Object.entries(values)
    .filter(([name, value]) => saved[name as keyof typeof saved] !== value)
    .map(([name, value]) => [name, value === '' ? null : value]);
  const saving = useMutation({
    mutationFn: () => updateWorkspace(Object.fromEntries(changed)),
    async onSuccess() {
      await queryClient.invalidateQueries(sessionQuery);
      await queryClient.invalidateQueries(workspaceQuery);
    },
  });
  // A person who can't read the roles sees only the current one.
  const choices =
    roles?.filter(({ canBeAssignedToUsers }) => canBeAssignedToUsers) ?? (defaultRole ? [defaultRole] : []);
  return (
    <form onSubmit={form.onSubmit(() => saving.mutate())}>
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            label={t('workspace.displayName')}
            required
            withAsterisk={false}
            {...form.getInputProps('displayName')}
          />
          <TextInput
            label={t('workspace.subdomain')}
            required
            withAsterisk={false}
            {...form.getInputProps('subdomain')}
          />
          <TextInput label={t('workspace.logo')} type="url" placeholder="https://" {...form.getInputProps('logo')} />
          <NativeSelect
            label={t('workspace.defaultRole')}
            data={choices.map(({ id, label }) => ({ value: id, label }))}
            {...form.getInputProps('defaultRoleId')}
          />
        </SimpleGrid>
        <Checkbox
          label={t('workspace.passwords')}
          description={t('workspace.passwordsAbout')}
          {...form.getInputProps('isPasswordAuthEnabled', { type: 'checkbox' })}
        />
        <ErrorAlert error={saving.error} />
        <Group>
          <Button type="submit" disabled={changed.length === 0} loading={saving.isPending}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
