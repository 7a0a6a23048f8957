/** The field permissions of a role on an object. */

import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { type FieldPermission, type Role, setFieldPermission } from '../../api/roles.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { ScrollRegion } from '../../parts/scroll-region.tsx';
import { PermissionCell } from './permission-cell.tsx';
import styles from './permission-matrix.module.css';
import { fieldRights, fieldsOf } from './rights.ts';

type FieldPermissionsProps = {
  role: Role;
  object: ModelObject;
  error: Error | null;
  onSave: (save: () => Promise<unknown>) => void;
  onClose: () => void;
};

export function FieldPermissions({ role, object, error, onSave, onClose }: FieldPermissionsProps) {
  const { t } = useTranslation();
  const title = t('roles.fieldsOf', { object: object.labelPlural });
  const set = (fieldMetadataId: string, permission: Partial<FieldPermission>) =>
    onSave(() => setFieldPermission(role.id, { objectMetadataId: object.id, fieldMetadataId, ...permission }));
  return (
    <Dialog onClose={onClose} title={title} size="lg">
      <Stack>
        <Text fz={14} c="dimmed">
          {t('roles.fieldsAbout')}
        </Text>
        <ErrorAlert error={error} />
        <ScrollRegion className={`card-plain ${styles.fields}`} label={title}>
          <table className="table">
            <thead>
              <tr>
                <th>{t('model.field')}</th>
                <th className={styles.right}>{t('roles.fieldRights.read')}</th>
                <th className={styles.right}>{t('roles.fieldRights.update')}</th>
              </tr>
            </thead>
            <tbody>
              {fieldsOf(object).map((field) => {
                const { read, update } = fieldRights(role, object, field);
                return (
                  <tr key={field.id}>
                    <td>
                      {field.label} <code className="note">{field.name}</code>
                    </td>
                    <PermissionCell
                      right={t('roles.fieldRights.read')}
                      on={field.label}
                      {...read}
                      isEditable
                      onChange={(setting) =>
                        set(field.id, {
                          canReadFieldValue: setting,
                          // A field that can't be read can't be edited.
                          ...(setting === false && { canUpdateFieldValue: null }),
                        })
                      }
                    />
                    <PermissionCell
                      right={t('roles.fieldRights.update')}
                      on={field.label}
                      {...update}
                      isEditable
                      onChange={(setting) => set(field.id, { canUpdateFieldValue: setting })}
                    />
                  </tr>
                );
              })}
            </tbody>
          </table>
        </ScrollRegion>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('common.done')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
