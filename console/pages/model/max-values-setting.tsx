/** The maximum number of values of a field. */

import { NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export type SettingsProps = {
  settings: Readonly<Record<string, unknown>>;
  onChange: (settings: Record<string, unknown>) => void;
};

export function MaxValuesSetting({ settings, isRequired, onChange }: SettingsProps & { isRequired: boolean }) {
  const { t } = useTranslation();
  return (
    <NumberInput
      label={t('model.maxValues')}
      description={isRequired ? undefined : t('model.maxValuesAbout')}
      min={1}
      allowDecimal={false}
      required={isRequired}
      withAsterisk={false}
      value={(settings.maxNumberOfValues as number | undefined) ?? ''}
      onChange={(most) => onChange({ ...settings, maxNumberOfValues: most === '' ? undefined : Number(most) })}
    />
  );
}
