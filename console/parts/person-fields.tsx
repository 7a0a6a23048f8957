/** Inputs for name, email and password. */

import { PasswordInput, type PasswordInputProps, TextInput, type TextInputProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

// The minimum that the server requires.
const MIN_PASSWORD = 10;

export function NameInput(props: TextInputProps) {
  const { t } = useTranslation();
  return <TextInput label={t('setUp.name')} autoComplete="name" required withAsterisk={false} {...props} />;
}

export function EmailInput(props: TextInputProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t('signIn.email')}
      type="email"
      autoComplete="username"
      required
      withAsterisk={false}
      {...props}
    />
  );
}

export function NewPasswordInput(props: PasswordInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t('setUp.password')}
      description={t('setUp.passwordRule', { count: MIN_PASSWORD })}
      autoComplete="new-password"
      minLength={MIN_PASSWORD}
      required
      withAsterisk={false}
      {...props}
    />
  );
}

export function CurrentPasswordInput(props: PasswordInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t('signIn.password')}
      autoComplete="current-password"
      required
      withAsterisk={false}
      {...props}
    />
  );
}
