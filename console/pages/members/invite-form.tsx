/** Invites a member and shows the invitation link once. */

import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { invite, membersQuery } from '../../api/members.ts';
import type { Role } from '../../api/roles.ts';
import { CopyButton } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { FormFooter } from '../../parts/form-footer.tsx';

export function InviteForm({ roles, onClose }: { roles: readonly Role[]; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  // A role without all settings is the safer default.
  const defaultRole = roles.find(({ canUpdateAllSettings }) => !canUpdateAllSettings) ?? roles[0];
  const form = useForm({ initialValues: { email: '', roleId: defaultRole?.id ?? '' } });
  const inviting = useMutation({
    mutationFn: () => invite(form.values.email, form.values.roleId),
    onSuccess: () => queryClient.invalidateQueries(membersQuery),
  });
  return (
    <Dialog
      onClose={onClose}
      keepOpen={inviting.data !== undefined}
      title={inviting.data ? t('members.linkTitle') : t('members.invite')}
      size={inviting.data ? 'lg' : 'md'}
    >
      {inviting.data ? (
        <Stack>
          <Text fz={14}>{t('members.linkAbout')}</Text>
          <Group gap="xs" align="flex-end" wrap="nowrap">
            <TextInput label={t('members.link')} value={inviting.data} readOnly flex={1} />
            <CopyButton text={inviting.data} />
          </Group>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('common.done')}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit(() => inviting.mutate())}>
          <Stack>
            <TextInput
              label={t('members.email')}
              description={t('members.emailAbout')}
              type="email"
              required
              withAsterisk={false}
              data-autofocus
              {...form.getInputProps('email')}
            />
            <NativeSelect
              label={t('members.role')}
              data={roles.map(({ id, label }) => ({ value: id, label }))}
              {...form.getInputProps('roleId')}
            />
            <FormFooter mutation={inviting} onClose={onClose}>
              {t('members.invite')}
            </FormFooter>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
