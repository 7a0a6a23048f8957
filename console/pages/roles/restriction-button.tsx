/** To what a role is limited, in words; a click says how. */

import { useTranslation } from 'react-i18next';
import styles from './permission-matrix.module.css';

type RestrictionButtonProps = {
  /** What it is about. */
  label: string;
  /** Null where nothing is kept back. */
  limit: string | null;
  isEditable: boolean;
  onClick: () => void;
};

export function RestrictionButton({ label, limit, isEditable, onClick }: RestrictionButtonProps) {
  const { t } = useTranslation();
  const text = limit ?? t('roles.unlimited');
  return (
    <button
      type="button"
      className={styles.limitButton}
      data-is-limit={limit !== null}
      disabled={!isEditable}
      aria-label={t('roles.restriction', { label, restriction: text })}
      onClick={onClick}
    >
      {text}
    </button>
  );
}
