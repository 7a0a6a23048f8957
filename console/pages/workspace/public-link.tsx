/** The public invitation link: turns it on and off, creates and revokes it. */

import { Button, Group, NativeSelect, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { invite, membersQuery, renewInvitation, revokeInvitation } from '../../api/members.ts';
import { rolesQuery } from '../../api/roles.ts';
import { updateWorkspace, type Workspace, workspaceQuery } from '../../api/workspace.ts';
import { CopyButton } from '../../parts/copy.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';

export function PublicLink({ workspace }: { workspace: Workspace }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const members = useQuery(membersQuery);
  const { data: roles = [] } = useQuery(rolesQuery);
  const [chosen, setRoleId] = useState<string | null>(null);
  const roleId = chosen ?? workspace.defaultRole?.id ?? '';
  const open = members.data?.invitations.find(({ email }) => email === null);
  const onSuccess = () => queryClient.invalidateQueries(membersQuery);
  const linking = useMutation({
    mutationFn: () => (open ? renewInvitation(open.id) : invite(null, roleId)),
    onSuccess,
  });
  const revoking = useMutation({ mutationFn: (id: string) => revokeInvitation(id), onSuccess });
  const switching = useMutation({
    mutationFn: (isPublicInviteLinkEnabled: boolean) => updateWorkspace({ isPublicInviteLinkEnabled }),
    onSuccess: () => queryClient.invalidateQueries(workspaceQuery),
  });
  return (
    <section aria-label={t('workspace.publicLink')}>
      <div className="section-head">
        <h2>{t('workspace.publicLink')}</h2>
      </div>
      <Stack gap="sm">
        <Switch
          label={t('workspace.publicLinkMay')}
          description={t('workspace.publicLinkAbout')}
          checked={workspace.isPublicInviteLinkEnabled}
          disabled={switching.isPending}
          onChange={({ currentTarget }) => switching.mutate(currentTarget.checked)}
        />
        {workspace.isPublicInviteLinkEnabled && members.data && (
          <>
            {open && linking.data && (
              <Group gap="xs" align="flex-end" wrap="nowrap">
                <TextInput
                  label={t('members.link')}
                  description={t('workspace.linkOnce')}
                  value={linking.data}
                  readOnly
                  flex={1}
                />
                <CopyButton text={linking.data} />
              </Group>
            )}
            {open ? (
              <Text fz={14}>
                {t('workspace.linkOpen', { role: open.role.label })} <DateTime at={open.expiresAt} />
              </Text>
            ) : (
              <NativeSelect
                maw={320}
                label={t('workspace.linkRole')}
                data={roles
                  .filter(({ canBeAssignedToUsers }) => canBeAssignedToUsers)
                  .map(({ id, label }) => ({ value: id, label }))}
                value={roleId}
                onChange={({ currentTarget }) => setRoleId(currentTarget.value)}
              />
            )}
            <Group gap="xs">
              <Button variant="default" loading={linking.isPending} onClick={() => linking.mutate()}>
                {t(open ? 'workspace.renewLink' : 'workspace.makeLink')}
              </Button>
              {open && (
                <Button
                  variant="subtle"
                  color="red"
                  loading={revoking.isPending}
                  onClick={() => revoking.mutate(open.id)}
                >
                  {t('workspace.revokeLink')}
                </Button>
              )}
            </Group>
          </>
        )}
        <ErrorAlert error={members.error ?? switching.error ?? linking.error ?? revoking.error} />
      </Stack>
    </section>
  );
}
