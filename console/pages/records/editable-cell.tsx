/** A table cell that shows a text and is edited in place. Escape cancels; leaving the cell ends the editing. */

import type { FocusEvent, KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorMessage } from '../../parts/error-message.ts';
import styles from './records.module.css';

type EditableCellProps = {
  label: string;
  text: string;
  isEditable: boolean;
  isEditing: boolean;
  /** Why the last change was rejected. */
  error: Error | null;
  onEdit: () => void;
  onCancel: () => void;
  /** When the focus leaves the cell. */
  onLeave: () => void;
  /** When Enter is pressed. Inputs that handle the key themselves need none. */
  onEnter?: () => void;
  /** The inputs. */
  children: ReactNode;
};

export function EditableCell({ label, text, isEditable, isEditing, error, children, ...on }: EditableCellProps) {
  const { t } = useTranslation();
  const errorMessage = useErrorMessage();
  function onKeyDown({ key }: KeyboardEvent) {
    if (key === 'Enter') on.onEnter?.();
    if (key === 'Escape') on.onCancel();
  }
  function onBlur({ currentTarget, relatedTarget }: FocusEvent) {
    if (!currentTarget.contains(relatedTarget)) on.onLeave();
  }
  if (isEditing)
    return (
      <td className={styles.editing} onKeyDown={onKeyDown} onBlur={onBlur}>
        {children}
        {error && <div role="alert">{errorMessage(error)}</div>}
      </td>
    );
  if (!isEditable) return <td title={text}>{text}</td>;
  return (
    <td>
      <button
        type="button"
        title={text}
        aria-label={t(text ? 'records.edit' : 'records.editEmpty', { field: label, value: text })}
        onClick={on.onEdit}
      >
        {text}
      </button>
    </td>
  );
}
