/** The permissions of a role: the first row applies to all objects, the other rows override it for one object. */

import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { RIGHTS, type Right, type Role, setObjectPermission, updateRole } from '../../api/roles.ts';
import { ScrollRegion } from '../../parts/scroll-region.tsx';
import { PermissionCell } from './permission-cell.tsx';
import styles from './permission-matrix.module.css';
import { RestrictionButton } from './restriction-button.tsx';
import { useRestrictions } from './restrictions.ts';
import { objectRight, type Setting } from './rights.ts';

const ALL_RIGHTS = Object.keys(RIGHTS) as Right[];

type PermissionMatrixProps = {
  role: Role;
  objects: readonly ModelObject[];
  onSave: (save: () => Promise<unknown>) => void;
  onFields: (object: ModelObject) => void;
  onRule: (object: ModelObject) => void;
};

export function PermissionMatrix({ role, objects, onSave, onFields, onRule }: PermissionMatrixProps) {
  const { t } = useTranslation();
  const limits = useRestrictions(role, objects);
  function setRight(object: ModelObject, right: Right, setting: Setting) {
    // The API requires that a role without read access has no other access.
    const changed = right === 'read' && setting === false ? ALL_RIGHTS : [right];
    const rights = Object.fromEntries(changed.map((each) => [RIGHTS[each].ofOne, setting]));
    onSave(() => setObjectPermission(role.id, { objectMetadataId: object.id, ...rights }));
  }
  return (
    <div>
      <div className="section-head">
        <div>
          <h2>{t('roles.records')}</h2>
          {role.isEditable && <p className="note">{t('roles.recordsAbout')}</p>}
        </div>
      </div>
      <ScrollRegion className="card-plain wide" label={t('roles.records')}>
        <table className="table">
          <thead>
            <tr>
              <th>{t('model.object')}</th>
              {ALL_RIGHTS.map((right) => (
                <th key={right} className={styles.right}>
                  {t(`roles.rights.${right}`)}
                </th>
              ))}
              <th>{t('roles.fields')}</th>
              <th>{t('roles.rows')}</th>
            </tr>
          </thead>
          <tbody>
            <tr className={styles.all}>
              <td className="strong">{t('roles.everything')}</td>
              {ALL_RIGHTS.map((right) => {
                const isGranted = role[RIGHTS[right].ofAll];
                return (
                  <PermissionCell
                    key={right}
                    right={t(`roles.rights.${right}`)}
                    on={t('roles.everything')}
                    setting={isGranted}
                    isGranted={isGranted}
                    isEditable={role.isEditable}
                    onChange={() => onSave(() => updateRole(role.id, { [RIGHTS[right].ofAll]: !isGranted }))}
                  />
                );
              })}
              <td />
              <td />
            </tr>
            {objects.map((object) => (
              <tr key={object.id}>
                <td>{object.labelPlural}</td>
                {ALL_RIGHTS.map((right) => (
                  <PermissionCell
                    key={right}
                    right={t(`roles.rights.${right}`)}
                    on={object.labelPlural}
                    {...objectRight(role, object, right)}
                    isEditable={role.isEditable}
                    onChange={(setting) => setRight(object, right, setting)}
                  />
                ))}
                <td className={styles.limit}>
                  <RestrictionButton
                    label={t('roles.fieldsOf', { object: object.labelPlural })}
                    limit={limits.fields(object)}
                    isEditable={role.isEditable}
                    onClick={() => onFields(object)}
                  />
                </td>
                <td className={styles.limit}>
                  <RestrictionButton
                    label={t('roles.rowsOf', { object: object.labelPlural })}
                    limit={limits.rows(object)}
                    isEditable={role.isEditable}
                    onClick={() => onRule(object)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </div>
  );
}
