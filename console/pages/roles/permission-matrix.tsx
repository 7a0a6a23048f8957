/** Objects by rights: what holds for all in the first row, and where an object differs. */

import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { RIGHTS, type Right, type Role, setObjectPermission, updateRole } from '../../api/roles.ts';
import { Scrolling } from '../../parts/scrolling.tsx';
import styles from './permission-matrix.module.css';

type State = boolean | null;

/** As for all → allowed → refused → as for all. */
const NEXT = new Map<State, State>([
  [null, true],
  [true, false],
  [false, null],
]);

type PermissionMatrixProps = {
  role: Role;
  objects: readonly ModelObject[];
  onSave: (save: () => Promise<unknown>) => void;
};

export function PermissionMatrix({ role, objects, onSave }: PermissionMatrixProps) {
  const { t } = useTranslation();
  const rights = Object.keys(RIGHTS) as Right[];
  return (
    <div>
      <div className="section-head">
        <div>
          <h2>{t('roles.records')}</h2>
          {role.isEditable && <p className="note">{t('roles.recordsAbout')}</p>}
        </div>
      </div>
      <Scrolling className="card-plain wide" label={t('roles.records')}>
        <table className="table">
          <thead>
            <tr>
              <th>{t('model.object')}</th>
              {rights.map((right) => (
                <th key={right} className={styles.right}>
                  {t(`roles.rights.${right}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr className={styles.all}>
              <td className="strong">{t('roles.everything')}</td>
              {rights.map((right) => {
                const { ofAll } = RIGHTS[right];
                return (
                  <Cell
                    key={right}
                    right={right}
                    object={t('roles.everything')}
                    state={role[ofAll]}
                    holds={role[ofAll]}
                    isEditable={role.isEditable}
                    onClick={() => onSave(() => updateRole(role.id, { [ofAll]: !role[ofAll] }))}
                  />
                );
              })}
            </tr>
            {objects.map((object) => {
              const own = role.objectPermissions.find(({ objectMetadataId }) => objectMetadataId === object.id);
              return (
                <tr key={object.id}>
                  <td>{object.labelPlural}</td>
                  {rights.map((right) => {
                    const { ofAll, ofOne } = RIGHTS[right];
                    const state = own?.[ofOne] ?? null;
                    return (
                      <Cell
                        key={right}
                        right={right}
                        object={object.labelPlural}
                        state={state}
                        holds={state ?? role[ofAll]}
                        isEditable={role.isEditable}
                        onClick={() =>
                          onSave(() =>
                            setObjectPermission(role.id, {
                              objectMetadataId: object.id,
                              [ofOne]: NEXT.get(state) as State,
                            }),
                          )
                        }
                      />
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scrolling>
    </div>
  );
}

type CellProps = {
  right: Right;
  object: string;
  /** What is said of this cell itself, and what holds for it. */
  state: State;
  holds: boolean;
  isEditable: boolean;
  onClick: () => void;
};

function Cell({ right, object, state, holds, isEditable, onClick }: CellProps) {
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
        aria-label={t('roles.cell', { right: t(`roles.rights.${right}`), object, state: said })}
        title={said}
        onClick={onClick}
      >
        {holds ? '✓' : '✕'}
      </button>
    </td>
  );
}
