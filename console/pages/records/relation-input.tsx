/** Selects a related record. For a relation to several objects, the object is selected first. */

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column, Related, Target } from './columns.ts';
import { RecordPicker } from './record-picker.tsx';

type RelationInputProps = {
  column: Column;
  related: Related | null;
  hasLabel?: boolean;
  hasFocus?: boolean;
  onChange: (related: Related | null) => void;
};

export function RelationInput({ column, related, hasLabel = false, hasFocus = false, onChange }: RelationInputProps) {
  const { t } = useTranslation();
  const { field, targets } = column;
  const [target, setTarget] = useState<Target | undefined>(related?.target ?? targets[0]);
  if (!target) return null;
  return (
    <>
      {targets.length > 1 && (
        <select
          className="plain-input"
          aria-label={`${field.label}: ${t('model.object')}`}
          value={target.name}
          onChange={({ currentTarget }) => setTarget(targets.find(({ name }) => name === currentTarget.value))}
        >
          {targets.map(({ name, object }) => (
            <option key={name} value={name}>
              {object.labelSingular}
            </option>
          ))}
        </select>
      )}
      <RecordPicker
        key={target.name}
        object={target.object}
        label={field.label}
        hasLabel={hasLabel}
        hasFocus={hasFocus}
        record={related?.target.name === target.name ? related.record : null}
        onChange={(record) => onChange(record && { target, record })}
      />
    </>
  );
}
