/** The default value of a field, as its type wants it. */

import { Checkbox, Fieldset, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Option } from '../../api/model.ts';
import { partsOf } from '../records/columns.ts';
import { PartInput } from '../records/part-input.tsx';
import { canBeMade, type Default, RATINGS } from './defaults.ts';

type DefaultInputProps = {
  type: string;
  options: readonly Option[];
  value: Default;
  onChange: (value: Default) => void;
};

export function DefaultInput({ type, options, value, onChange }: DefaultInputProps) {
  const { t } = useTranslation();
  const { texts, isMade } = value;
  const parts = partsOf(type);
  const given = type === 'RATING' ? RATINGS : options.filter((option) => option.value !== '');
  const setText = (place: number, text: string) =>
    onChange({ isMade: false, texts: parts.map((_, at) => (at === place ? text : (texts[at] ?? ''))) });
  return (
    <Fieldset legend={t('model.defaultValue')} variant="unstyled">
      <Stack gap={6} mt={4}>
        {canBeMade(type) && (
          <Checkbox
            label={t(type === 'UUID' ? 'model.defaultUuid' : 'model.defaultNow')}
            checked={isMade}
            onChange={({ currentTarget }) => onChange({ texts: [], isMade: currentTarget.checked })}
          />
        )}
        {!isMade &&
          (type === 'MULTI_SELECT' ? (
            <OptionChoices options={given} text={texts[0] ?? ''} onChange={(text) => setText(0, text)} />
          ) : (
            <div className="form-row">
              {parts.map((part, place) => (
                <PartInput
                  key={part.sub ?? ''}
                  options={given}
                  part={part}
                  label={part.sub ? t(`parts.${part.sub}`) : t('model.defaultValue')}
                  text={texts[place] ?? ''}
                  onChange={(text) => setText(place, text)}
                />
              ))}
            </div>
          ))}
      </Stack>
    </Fieldset>
  );
}

type OptionChoicesProps = { options: readonly Option[]; text: string; onChange: (text: string) => void };

/** Any of the options; as a text, their values with commas between. */
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
