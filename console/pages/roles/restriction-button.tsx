/** Shows the restriction of a role on an object. A click edits it. */

import { useTranslation } from 'react-i18next';
import styles from './permission-matrix.module.css';

type RestrictionButtonProps = {
  /** What is restricted. */
  label: string;
  /** Null if there is no restriction. */
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
