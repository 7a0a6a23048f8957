/** The settings of a number field. */

import { Group, NativeSelect, NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SettingsProps } from './max-values-setting.tsx';

const DATA_TYPES = ['float', 'int', 'bigint'] as const;

export function NumberSettings({ settings, onChange }: SettingsProps) {
  const { t } = useTranslation();
  return (
    <Group grow align="flex-start">
      <NativeSelect
        label={t('model.dataType')}
        data={DATA_TYPES.map((value) => ({ value, label: t(`model.dataTypes.${value}`) }))}
        value={String(settings.dataType ?? 'float')}
        onChange={({ currentTarget }) => onChange({ ...settings, dataType: currentTarget.value })}
      />
      <NumberInput
        label={t('model.decimals')}
        min={0}
        max={14}
        allowDecimal={false}
        value={(settings.decimals as number | undefined) ?? ''}
        onChange={(decimals) => onChange({ ...settings, decimals: decimals === '' ? undefined : Number(decimals) })}
      />
      <NativeSelect
        label={t('model.shownAs')}
        data={(['number', 'percentage'] as const).map((value) => ({ value, label: t(`model.numberTypes.${value}`) }))}
        value={String(settings.type ?? 'number')}
        onChange={({ currentTarget }) => onChange({ ...settings, type: currentTarget.value })}
      />
    </Group>
  );
}
