/** One value: shown, and edited where it stands. Enter or leaving it saves, Escape doesn't. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FocusEvent, type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { updateRecord } from '../../api/records.ts';
import { useErrorMessage } from '../../parts/error-message.ts';
import { type Column, inputText, isWritable, type Row, shown, valueOfParts } from './columns.ts';
import { PartInput } from './part-input.tsx';
import styles from './records.module.css';

type RecordCellProps = { object: ModelObject; column: Column; row: Row; isReadOnly: boolean };

export function RecordCell({ object, column, row, isReadOnly }: RecordCellProps) {
  const { t, i18n } = useTranslation();
  const wording = useErrorMessage();
  const queryClient = useQueryClient();
  const [texts, setTexts] = useState<string[] | null>(null);
  const { field, parts } = column;
  const saving = useMutation({
    mutationFn: async (data: object) => updateRecord(object, row.id, data),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['records', object.namePlural] }),
  });
  const text = shown(column, row, { t, language: i18n.language });

  function begin() {
    saving.reset();
    setTexts(parts.map((part) => inputText(part, row[field.name])));
  }
  async function save() {
    if (texts === null) return;
    const isSame = parts.every((part, place) => inputText(part, row[field.name]) === texts[place]);
    try {
      if (!isSame) await saving.mutateAsync({ [field.name]: valueOfParts(parts, texts) });
    } catch {
      return; // what was refused stays in the input, with why
    }
    setTexts(null);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter') save();
    if (event.key === 'Escape') setTexts(null);
  }
  function onBlur({ currentTarget, relatedTarget }: FocusEvent) {
    if (!currentTarget.contains(relatedTarget)) save();
  }
  if (texts !== null)
    return (
      <td className={styles.editing} onKeyDown={onKeyDown} onBlur={onBlur}>
        {parts.map((part, place) => (
          <PartInput
            key={part.sub ?? ''}
            options={field.options}
            part={part}
            label={part.sub ? t(`parts.${part.sub}`) : field.label}
            text={texts[place] ?? ''}
            hasFocus={place === 0}
            onChange={(changed) => setTexts(texts.with(place, changed))}
          />
        ))}
        {saving.error && <div role="alert">{wording(saving.error)}</div>}
      </td>
    );
  if (isReadOnly || !isWritable(column)) return <td title={text}>{text}</td>;
  return (
    <td>
      <button
        type="button"
        title={text}
        aria-label={t(text ? 'records.edit' : 'records.editEmpty', { field: field.label, value: text })}
        onClick={begin}
      >
        {text}
      </button>
    </td>
  );
}
