/** The members of the workspace, their roles, and pending invitations. */

import { Badge, Button, NativeSelect } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeRole, type Member, membersQuery, removeMember, revokeInvitation } from '../../api/members.ts';
import { rolesQuery } from '../../api/roles.ts';
import { useWorkspace } from '../../api/session.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { IconPlus } from '../../parts/icons.ts';
import { Page } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';

const InviteForm = lazy(async () => ({ default: (await import('./invite-form.tsx')).InviteForm }));
const ConfirmDialog = lazy(async () => ({ default: (await import('../../parts/confirm-dialog.tsx')).ConfirmDialog }));

const nameOf = ({ name, userEmail }: Member) => `${name.firstName} ${name.lastName}`.trim() || userEmail;

export function Members() {
  const { t } = useTranslation();
  const { data } = useSuspenseQuery(membersQuery);
  const { data: roles } = useSuspenseQuery(rolesQuery);
  const membership = useWorkspace();
  const queryClient = useQueryClient();
  const [dialog, openDialog] = useState<'invite' | Member | null>(null);
  const onSuccess = () => queryClient.invalidateQueries(membersQuery);
  const changing = useMutation({
    mutationFn: (to: { id: string; roleId: string }) => changeRole(to.id, to.roleId),
    onSuccess,
  });
  const revoking = useMutation({ mutationFn: revokeInvitation, onSuccess });
  const removing = useMutation({
    mutationFn: removeMember,
    async onSuccess() {
      await onSuccess();
      openDialog(null);
    },
  });
  const assignable = roles.filter(({ canBeAssignedToUsers }) => canBeAssignedToUsers);
  return (
    <Page
      title={t('pages.members')}
      about={t('members.about')}
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => openDialog('invite')}>
          {t('members.invite')}
        </Button>
      }
    >
      <ErrorAlert error={changing.error ?? revoking.error} />
      <Table label={t('pages.members')} headings={[t('common.name'), t('members.role'), t('members.since')]} hasActions>
        {data.workspaceMembers.map((member) => (
          <tr key={member.id}>
            <td>
              <span className="strong">{nameOf(member)}</span>
              {member.id === membership?.memberId && (
                <Badge ml={8} size="sm" color="gray" variant="light" tt="none">
                  {t('members.you')}
                </Badge>
              )}
              <div className="note">{member.userEmail}</div>
            </td>
            <td>
              <NativeSelect
                aria-label={t('members.roleOf', { name: nameOf(member) })}
                data={assignable.map(({ id, label }) => ({ value: id, label }))}
                value={member.role.id}
                onChange={({ currentTarget }) => changing.mutate({ id: member.id, roleId: currentTarget.value })}
              />
            </td>
            <td>
              <DateTime at={member.createdAt} />
            </td>
            <td style={{ textAlign: 'end' }}>
              <Button
                variant="subtle"
                color="red"
                size="compact-sm"
                aria-label={t('members.removeNamed', { name: nameOf(member) })}
                onClick={() => openDialog(member)}
              >
                {t('members.remove')}
              </Button>
            </td>
          </tr>
        ))}
      </Table>
      {data.invitations.length > 0 && (
        <section aria-label={t('members.invitations')}>
          <div className="section-head">
            <h2>{t('members.invitations')}</h2>
          </div>
          <ul className="rows card-plain">
            {data.invitations.map(({ id, email, role, expiresAt }) => (
              <li key={id} className="row">
                <span className="grow strong">{email ?? t('members.anybody')}</span>
                <span>{role.label}</span>
                <span className="note">
                  {t('members.expires')} <DateTime at={expiresAt} />
                </span>
                <Button
                  variant="subtle"
                  color="red"
                  size="compact-sm"
                  aria-label={t('members.revokeNamed', { name: email ?? t('members.anybody') })}
                  onClick={() => revoking.mutate(id)}
                >
                  {t('members.revoke')}
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Suspense>
        {dialog === 'invite' && <InviteForm roles={assignable} onClose={() => openDialog(null)} />}
        {dialog !== null && dialog !== 'invite' && (
          <ConfirmDialog
            title={t('members.removeTitle')}
            action={t('members.remove')}
            isPending={removing.isPending}
            error={removing.error}
            onConfirm={() => removing.mutate(dialog.id)}
            onClose={() => openDialog(null)}
          >
            {t('members.removeAbout', { name: nameOf(dialog) })}
          </ConfirmDialog>
        )}
      </Suspense>
    </Page>
  );
}
