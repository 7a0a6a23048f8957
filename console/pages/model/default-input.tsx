/** The input for the default value of a field, by its type. */

import { Checkbox, Fieldset, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Option } from '../../api/model.ts';
import { partsOf } from '../records/columns.ts';
import { PartInput } from '../records/part-input.tsx';
import { canBeGenerated, type Default, RATINGS } from './defaults.ts';

type DefaultInputProps = {
  type: string;
  options: readonly Option[];
  value: Default;
  onChange: (value: Default) => void;
};

export function DefaultInput({ type, options, value, onChange }: DefaultInputProps) {
  const { t } = useTranslation();
  const { texts, isGenerated } = value;
  const parts = partsOf(type);
  const choices = type === 'RATING' ? RATINGS : options.filter((option) => option.value !== '');
  const setText = (index: number, text: string) =>
    onChange({ isGenerated: false, texts: parts.map((_, at) => (at === index ? text : (texts[at] ?? ''))) });
  return (
    <Fieldset legend={t('model.defaultValue')} variant="unstyled">
      <Stack gap={6} mt={4}>
        {canBeGenerated(type) && (
          <Checkbox
            label={t(type === 'UUID' ? 'model.defaultUuid' : 'model.defaultNow')}
            checked={isGenerated}
            onChange={({ currentTarget }) => onChange({ texts: [], isGenerated: currentTarget.checked })}
          />
        )}
        {!isGenerated &&
          (type === 'MULTI_SELECT' ? (
            <OptionChoices options={choices} text={texts[0] ?? ''} onChange={(text) => setText(0, text)} />
          ) : (
            <div className="form-row">
              {parts.map((part, index) => (
                <PartInput
                  key={part.sub ?? ''}
                  options={choices}
                  part={part}
                  label={part.sub ? t(`parts.${part.sub}`) : t('model.defaultValue')}
                  text={texts[index] ?? ''}
                  onChange={(text) => setText(index, text)}
                />
              ))}
            </div>
          ))}
      </Stack>
    </Fieldset>
  );
}

type OptionChoicesProps = { options: readonly Option[]; text: string; onChange: (text: string) => void };

/** Selects any of the options. `text` is their values, separated by commas. */
function OptionChoices({ options, text, onChange }: OptionChoicesProps) {
  const chosen = text === '' ? [] : text.split(', ');
  return (
    <Checkbox.Group value={chosen} onChange={(values) => onChange(values.join(', '))}>
      <Group gap="sm">
        {options.map(({ value, label }) => (
          <Checkbox key={value} value={value} label={label} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}
