/** A cell with a related record. Selecting another record saves it. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { updateRecord } from '../../api/records.ts';
import { isWritable, labelOf, type Related, relatedOf, relationData } from './columns.ts';
import { EditableCell } from './editable-cell.tsx';
import type { CellProps } from './record-cell.tsx';
import { RelationInput } from './relation-input.tsx';

export function RelationCell({ object, column, row, isReadOnly }: CellProps) {
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

  function edit() {
    saving.reset();
    setEditing(true);
  }
  return (
    <EditableCell
      label={column.field.label}
      text={labelOf(related?.record ?? null)}
      isEditable={!isReadOnly && isWritable(column)}
      isEditing={isEditing}
      error={saving.error}
      onEdit={edit}
      onCancel={() => setEditing(false)}
      onLeave={() => !saving.isPending && setEditing(false)}
    >
      <RelationInput column={column} related={related} hasFocus onChange={(selected) => saving.mutate(selected)} />
    </EditableCell>
  );
}
