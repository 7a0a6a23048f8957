/** Selects the type of a new field. */

import { useTranslation } from 'react-i18next';
import { FIELD_TYPES, type FieldType } from './field-types.ts';

export function TypePicker({ value, onChange }: { value: FieldType | null; onChange: (type: FieldType) => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className="picker">
      <legend>{t('model.type')}</legend>
      {FIELD_TYPES.map((type) => (
        <label key={type}>
          <input type="radio" name="type" value={type} checked={value === type} onChange={() => onChange(type)} />
          <span className="strong">{t(`fieldTypes.${type}`)}</span>
          <span className="note">{t(`fieldTypesAbout.${type}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}
