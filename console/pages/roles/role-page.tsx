/** The page of a role: a matrix of permissions, and settings. */

import { Alert, Button, Checkbox, SimpleGrid } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ModelObject, objectsQuery } from '../../api/model.ts';
import { deleteRole, FLAGS, type Flag, type Role, rolesQuery, setFlags, updateRole } from '../../api/roles.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { Page } from '../../parts/page.tsx';
import { NotFound } from '../../shell/not-found.tsx';
import { PermissionMatrix } from './permission-matrix.tsx';

const FieldPermissions = lazy(async () => ({ default: (await import('./field-permissions.tsx')).FieldPermissions }));
const RowRuleForm = lazy(async () => ({ default: (await import('./row-rule-form.tsx')).RowRuleForm }));
const ConfirmDialog = lazy(async () => ({ default: (await import('../../parts/confirm-dialog.tsx')).ConfirmDialog }));

type OpenDialog = { what: 'delete' } | { what: 'fields' | 'rows'; object: ModelObject };

export function RolePage() {
  const { id } = getRouteApi('/workspace/settings/roles/$id').useParams();
  const { data: roles } = useSuspenseQuery(rolesQuery);
  const role = roles.find((each) => each.id === id);
  return role ? <OneRole role={role} /> : <NotFound />;
}

function OneRole({ role }: { role: Role }) {
  const { t } = useTranslation();
  const { data: objects } = useSuspenseQuery(objectsQuery);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [dialog, openDialog] = useState<OpenDialog | null>(null);
  const close = () => openDialog(null);
  const saving = useMutation({
    mutationFn: (save: () => Promise<unknown>) => save(),
    onSettled: () => queryClient.invalidateQueries(rolesQuery),
  });
  const deleting = useMutation({
    mutationFn: () => deleteRole(role.id),
    async onSuccess() {
      await navigate({ to: '/settings/roles' });
      await queryClient.invalidateQueries(rolesQuery);
    },
  });
  const own = new Set(role.permissionFlags.map(({ flag }) => flag));
  function toggle(flag: Flag) {
    const next = new Set(own);
    if (!next.delete(flag)) next.add(flag);
    saving.mutate(() => setFlags(role.id, [...next]));
  }
  return (
    <Page
      title={role.label}
      width={1120}
      back={{ to: '/settings/roles', label: t('roles.all') }}
      about={role.description}
      actions={
        role.isEditable && (
          <Button variant="default" c="red" onClick={() => openDialog({ what: 'delete' })}>
            {t('common.delete')}
          </Button>
        )
      }
    >
      {!role.isEditable && (
        <Alert color="gray" variant="light" py="xs" mb="md" c="bright">
          {t('roles.isFixed')}
        </Alert>
      )}
      <ErrorAlert error={saving.error} />
      <PermissionMatrix
        role={role}
        objects={objects.filter(({ isActive }) => isActive)}
        onSave={saving.mutate}
        onFields={(object) => openDialog({ what: 'fields', object })}
        onRule={(object) => openDialog({ what: 'rows', object })}
      />
      <section aria-label={t('roles.settings')}>
        <div className="section-head">
          <h2>{t('roles.settings')}</h2>
        </div>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
          <Checkbox
            label={t('roles.allSettings')}
            disabled={!role.isEditable}
            checked={role.canUpdateAllSettings}
            onChange={() =>
              saving.mutate(() => updateRole(role.id, { canUpdateAllSettings: !role.canUpdateAllSettings }))
            }
          />
          {FLAGS.map((flag) => (
            <Checkbox
              key={flag}
              label={t(`roles.flags.${flag}`)}
              disabled={!role.isEditable || role.canUpdateAllSettings}
              checked={role.canUpdateAllSettings || own.has(flag)}
              onChange={() => toggle(flag)}
            />
          ))}
          {(['canBeAssignedToUsers', 'canBeAssignedToApiKeys'] as const).map((name) => (
            <Checkbox
              key={name}
              label={t(name === 'canBeAssignedToUsers' ? 'roles.forUsers' : 'roles.forKeys')}
              disabled={!role.isEditable}
              checked={role[name]}
              onChange={() => saving.mutate(() => updateRole(role.id, { [name]: !role[name] }))}
            />
          ))}
        </SimpleGrid>
      </section>
      <Suspense>
        {dialog?.what === 'fields' && (
          <FieldPermissions
            role={role}
            object={dialog.object}
            error={saving.error}
            onSave={saving.mutate}
            onClose={close}
          />
        )}
        {dialog?.what === 'rows' && (
          <RowRuleForm role={role} object={dialog.object} objects={objects} onClose={close} />
        )}
        {dialog?.what === 'delete' && (
          <ConfirmDialog
            title={t('roles.deleteTitle')}
            action={t('common.delete')}
            isPending={deleting.isPending}
            error={deleting.error}
            onConfirm={() => deleting.mutate()}
            onClose={close}
          >
            {t('roles.deleteAbout')}
          </ConfirmDialog>
        )}
      </Suspense>
    </Page>
  );
}
