/** A cell with a value. Enter or leaving the cell saves the value. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { updateRecord } from '../../api/records.ts';
import { type Column, cellText, inputText, isWritable, type Row, valueOfParts } from './columns.ts';
import { EditableCell } from './editable-cell.tsx';
import { PartInput } from './part-input.tsx';

export type CellProps = { object: ModelObject; column: Column; row: Row; isReadOnly: boolean };

export function RecordCell({ object, column, row, isReadOnly }: CellProps) {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  /** The texts of the inputs; null while the cell isn't edited. */
  const [texts, setTexts] = useState<string[] | null>(null);
  const { field, parts } = column;
  const savedTexts = () => parts.map((part) => inputText(part, row[field.name]));
  const saving = useMutation({
    mutationFn: async (data: object) => updateRecord(object, row.id, data),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['records', object.namePlural] }),
  });

  function edit() {
    saving.reset();
    setTexts(savedTexts());
  }
  async function save() {
    if (texts === null) return;
    const isSame = savedTexts().every((text, index) => text === texts[index]);
    try {
      if (!isSame) await saving.mutateAsync({ [field.name]: valueOfParts(parts, texts) });
    } catch {
      return; // a rejected value stays in the input, with the error below it
    }
    setTexts(null);
  }
  return (
    <EditableCell
      label={field.label}
      text={cellText(column, row, { t, language: i18n.language })}
      isEditable={!isReadOnly && isWritable(column)}
      isEditing={texts !== null}
      error={saving.error}
      onEdit={edit}
      onCancel={() => setTexts(null)}
      onLeave={save}
      onEnter={save}
    >
      {parts.map((part, index) => (
        <PartInput
          key={part.sub ?? ''}
          options={field.options}
          part={part}
          label={part.sub ? t(`parts.${part.sub}`) : field.label}
          text={texts?.[index] ?? ''}
          hasFocus={index === 0}
          onChange={(text) => setTexts((before) => before?.with(index, text) ?? null)}
        />
      ))}
    </EditableCell>
  );
}
