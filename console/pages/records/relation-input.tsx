/** Chooses the record that a relation points at. */

import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Field, objectsQuery } from '../../api/model.ts';
import { findRecords } from '../../api/records.ts';
import { labelOf, labelSelection } from './columns.ts';

export function RelationInput({ field, id, onChange }: { field: Field; id: string; onChange: (id: string) => void }) {
  const { data: objects = [] } = useQuery(objectsQuery);
  const target = objects.find((each) => each.id === field.relation?.targetObjectMetadata.id);
  const { data: records = [] } = useQuery({
    queryKey: ['records', target?.namePlural, 'choices'],
    queryFn: () => (target ? findRecords(target, labelSelection(target)) : []),
    enabled: target !== undefined,
  });
  return (
    <NativeSelect
      label={field.label}
      data={[{ value: '', label: '–' }, ...records.map((record) => ({ value: record.id, label: labelOf(record) }))]}
      value={id}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
