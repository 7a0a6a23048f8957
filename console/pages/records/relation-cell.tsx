/** What a relation of a record leads to: shown, and changed where it stands. Escape or leaving it leaves it as it is. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FocusEvent, type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { updateRecord } from '../../api/records.ts';
import { useErrorMessage } from '../../parts/error-message.ts';
import { type Column, isWritable, labelOf, type Related, type Row, relatedOf, relationData } from './columns.ts';
import styles from './records.module.css';
import { RelationInput } from './relation-input.tsx';

type RelationCellProps = { object: ModelObject; column: Column; row: Row; isReadOnly: boolean };

export function RelationCell({ object, column, row, isReadOnly }: RelationCellProps) {
  const { t } = useTranslation();
  const wording = useErrorMessage();
  const queryClient = useQueryClient();
  const [isEditing, setEditing] = useState(false);
  const saving = useMutation({
    mutationFn: (related: Related | null) => updateRecord(object, row.id, relationData(column, related)),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['records', object.namePlural] });
      setEditing(false);
    },
  });
  const related = relatedOf(column, row);
  const text = labelOf(related?.record ?? null);

  function onKeyDown({ key }: KeyboardEvent) {
    if (key === 'Escape') setEditing(false);
  }
  function onBlur({ currentTarget, relatedTarget }: FocusEvent) {
    if (!saving.isPending && !currentTarget.contains(relatedTarget)) setEditing(false);
  }
  if (isEditing)
    return (
      <td className={styles.editing} onKeyDown={onKeyDown} onBlur={onBlur}>
        <RelationInput column={column} related={related} hasFocus onChange={(chosen) => saving.mutate(chosen)} />
        {saving.error && <div role="alert">{wording(saving.error)}</div>}
      </td>
    );
  if (isReadOnly || !isWritable(column)) return <td title={text}>{text}</td>;
  return (
    <td>
      <button
        type="button"
        title={text}
        aria-label={t(text ? 'records.edit' : 'records.editEmpty', { field: column.field.label, value: text })}
        onClick={() => {
          saving.reset();
          setEditing(true);
        }}
      >
        {text}
      </button>
    </td>
  );
}
