/** The options of a select field, in order. */

import { Fieldset, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Option } from '../../api/model.ts';
import { RowList } from '../../parts/row-list.tsx';
import { optionValueOf } from './api-names.ts';

const COLORS = ['blue', 'green', 'orange', 'red', 'purple', 'pink', 'yellow', 'turquoise', 'sky', 'gray'] as const;

export function OptionRows({ options, onChange }: { options: Option[]; onChange: (options: Option[]) => void }) {
  const { t } = useTranslation();
  return (
    <Fieldset legend={t('model.options')} variant="unstyled">
      <RowList
        rows={options}
        onChange={onChange}
        newRow={() => {
          const color = COLORS[options.length % COLORS.length] as string;
          return { label: '', value: '', color, position: options.length };
        }}
        addLabel={t('model.addOption')}
        removeLabel={t('model.removeOption')}
      >
        {(option, change) => (
          <>
            <TextInput
              flex={2}
              aria-label={t('model.label')}
              placeholder={t('model.label')}
              required
              value={option.label}
              onChange={({ currentTarget }) => change(withLabel(option, currentTarget.value))}
            />
            <TextInput
              flex={2}
              aria-label={t('model.optionValue')}
              placeholder="VALUE"
              required
              value={option.value}
              onChange={({ currentTarget }) => change({ ...option, value: currentTarget.value })}
            />
            <NativeSelect
              flex={1}
              aria-label={t('model.color')}
              data={COLORS.map((value) => ({ value, label: t(`colors.${value}`) }))}
              value={option.color}
              onChange={({ currentTarget }) => change({ ...option, color: currentTarget.value })}
            />
          </>
        )}
      </RowList>
    </Fieldset>
  );
}

/** The value of a new option follows its label. A saved option keeps its value, which records may hold. */
function withLabel(option: Option, label: string): Option {
  const isDerived = option.id === undefined && option.value === optionValueOf(option.label);
  return { ...option, label, ...(isDerived && { value: optionValueOf(label) }) };
}
