/** One role: a matrix of objects and rights that is read at a glance, and the settings that it opens. */

import { Alert, Button, Checkbox, SimpleGrid } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { objectsQuery } from '../../api/model.ts';
import { deleteRole, FLAGS, type Flag, type Role, rolesQuery, setFlags, updateRole } from '../../api/roles.ts';
import { Page } from '../../parts/page.tsx';
import { Refusal } from '../../parts/refusal.tsx';
import { NotFound } from '../../shell/not-found.tsx';
import { PermissionMatrix } from './permission-matrix.tsx';

const Confirm = lazy(async () => ({ default: (await import('../../parts/confirm.tsx')).Confirm }));

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
  const [isDeleting, setDeleting] = useState(false);
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
      back={{ to: '/settings/roles', label: t('roles.all') }}
      about={role.description}
      actions={
        role.isEditable && (
          <Button variant="default" c="red" onClick={() => setDeleting(true)}>
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
      <Refusal error={saving.error} />
      <PermissionMatrix role={role} objects={objects.filter(({ isActive }) => isActive)} onSave={saving.mutate} />
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
        {isDeleting && (
          <Confirm
            title={t('roles.deleteTitle')}
            action={t('common.delete')}
            isPending={deleting.isPending}
            error={deleting.error}
            onConfirm={() => deleting.mutate()}
            onClose={() => setDeleting(false)}
          >
            {t('roles.deleteAbout')}
          </Confirm>
        )}
      </Suspense>
    </Page>
  );
}
