/** The input of a part, by its kind. `columns.ts` converts its text to and from API values. */

import { useTranslation } from 'react-i18next';
import type { Option } from '../../api/model.ts';
import { useInitialFocus } from '../../parts/initial-focus.ts';
import type { Part } from './columns.ts';

const TYPES = {
  text: 'text',
  number: 'number',
  money: 'number',
  date: 'date',
  datetime: 'datetime-local',
  list: 'text',
  json: 'text',
} as const;

type PartInputProps = {
  /** The options of a select field. */
  options: readonly Option[] | null;
  part: Part;
  label?: string;
  id?: string;
  text: string;
  hasFocus?: boolean;
  onChange: (text: string) => void;
};

export function PartInput({ options, part, label, id, text, hasFocus = false, onChange }: PartInputProps) {
  const { t } = useTranslation();
  const ref = useInitialFocus<HTMLInputElement & HTMLSelectElement>(hasFocus);
  const common = {
    ref,
    id,
    'aria-label': label,
    className: 'plain-input',
    value: text,
    title: label,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value),
  };
  if (part.kind === 'boolean')
    return (
      <select {...common} value={text === 'true' ? 'true' : 'false'}>
        <option value="true">{t('common.yes')}</option>
        <option value="false">{t('common.no')}</option>
      </select>
    );
  if (part.kind === 'select')
    return (
      <select {...common}>
        <option value="">–</option>
        {options?.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    );
  return <input {...common} type={TYPES[part.kind]} placeholder={part.sub ? label : undefined} step="any" />;
}
