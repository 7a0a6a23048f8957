/** One permission: shows whether it is granted. A click changes the setting. */

import { useTranslation } from 'react-i18next';
import { IconCheck, IconCross } from '../../parts/icons.ts';
import styles from './permission-matrix.module.css';
import type { EffectiveRight, Setting } from './rights.ts';

/** Inherited → allowed → denied → inherited. */
const NEXT = new Map<Setting, Setting>([
  [null, true],
  [true, false],
  [false, null],
]);

type PermissionCellProps = EffectiveRight & {
  /** The right, and the object or field that it is for. */
  right: string;
  on: string;
  isEditable: boolean;
  onChange: (setting: Setting) => void;
};

export function PermissionCell({ right, on, setting, isGranted, isEditable, onChange }: PermissionCellProps) {
  const { t } = useTranslation();
  const label = t(setting === null ? 'roles.inherited' : setting ? 'roles.granted' : 'roles.denied');
  return (
    <td className={styles.right}>
      <button
        type="button"
        className={styles.cell}
        data-is-granted={isGranted}
        data-is-override={setting !== null}
        disabled={!isEditable}
        aria-label={t('roles.cell', { right, object: on, setting: label })}
        title={label}
        onClick={() => onChange(NEXT.get(setting) as Setting)}
      >
        {isGranted ? <IconCheck size={16} aria-hidden /> : <IconCross size={16} aria-hidden />}
      </button>
    </td>
  );
}
