/** The list of roles. */

import { Button } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FLAGS, RIGHTS, type Right, type Role, rolesQuery } from '../../api/roles.ts';
import { IconPlus } from '../../parts/icons.ts';
import { Page } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';

const RoleForm = lazy(async () => ({ default: (await import('./role-form.tsx')).RoleForm }));

export function Roles() {
  const { t } = useTranslation();
  const { data: roles } = useSuspenseQuery(rolesQuery);
  const [isCreating, setCreating] = useState(false);
  return (
    <Page
      title={t('pages.roles')}
      about={t('roles.about')}
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
          {t('roles.create')}
        </Button>
      }
    >
      <Table
        label={t('pages.roles')}
        headings={[t('roles.label'), t('roles.records'), t('roles.settings'), t('roles.keys')]}
        numbers={1}
      >
        {roles.map((role) => (
          <tr key={role.id}>
            <td>
              <Link to="/settings/roles/$id" params={{ id: role.id }} className="row-link">
                {role.label}
              </Link>
              {role.description && <div className="note">{role.description}</div>}
            </td>
            <td>
              <RecordRights role={role} />
            </td>
            <td>
              <SettingRights role={role} />
            </td>
            <td className="number">{role.apiKeys.length}</td>
          </tr>
        ))}
      </Table>
      <Suspense>{isCreating && <RoleForm onClose={() => setCreating(false)} />}</Suspense>
    </Page>
  );
}

function RecordRights({ role }: { role: Role }) {
  const { t } = useTranslation();
  const rights = (Object.keys(RIGHTS) as Right[]).filter((right) => role[RIGHTS[right].ofAll]);
  return rights.length === 0
    ? t('common.none')
    : rights.map((right) => t(`roles.rights.${right}`)).join(t('roles.comma'));
}

function SettingRights({ role }: { role: Role }) {
  const { t } = useTranslation();
  if (role.canUpdateAllSettings) return t('roles.allSettings');
  const own = FLAGS.filter((flag) => role.permissionFlags.some((each) => each.flag === flag));
  return own.length === 0 ? t('common.none') : own.map((flag) => t(`roles.flags.${flag}`)).join(t('roles.comma'));
}
