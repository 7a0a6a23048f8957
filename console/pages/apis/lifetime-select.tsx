/** Selects when a key or token expires. */

import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { LIFETIMES, type Lifetime } from './expiry.ts';

export function LifetimeSelect({ value, onChange }: { value: Lifetime; onChange: (lifetime: Lifetime) => void }) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      label={t('keys.expiry')}
      data={Object.keys(LIFETIMES).map((each) => ({ value: each, label: t(`keys.expiryIn.${each as Lifetime}`) }))}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value as Lifetime)}
    />
  );
}
