/** One right on one thing: a mark that says whether it holds, and changes by a click what is said of it. */

import { useTranslation } from 'react-i18next';
import { IconCheck, IconCross } from '../../parts/icons.ts';
import styles from './permission-matrix.module.css';
import type { State, Stated } from './rights.ts';

/** As for all → allowed → refused → as for all. */
const NEXT = new Map<State, State>([
  [null, true],
  [true, false],
  [false, null],
]);

type PermissionCellProps = Stated & {
  /** What is permitted, and on what. */
  right: string;
  on: string;
  isEditable: boolean;
  onChange: (state: State) => void;
};

export function PermissionCell({ right, on, state, holds, isEditable, onChange }: PermissionCellProps) {
  const { t } = useTranslation();
  const said = t(state === null ? 'roles.inherited' : state ? 'roles.granted' : 'roles.denied');
  return (
    <td className={styles.right}>
      <button
        type="button"
        className={styles.cell}
        data-holds={holds}
        data-is-own={state !== null}
        disabled={!isEditable}
        aria-label={t('roles.cell', { right, object: on, state: said })}
        title={said}
        onClick={() => onChange(NEXT.get(state) as State)}
      >
        {holds ? <IconCheck size={16} aria-hidden /> : <IconCross size={16} aria-hidden />}
      </button>
    </td>
  );
}
