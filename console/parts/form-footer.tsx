/** The end of a form in a dialog: the error, a cancel button and the submit button. */

import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from './error-alert.tsx';

type FormFooterProps = {
  readonly mutation: { readonly error: Error | null; readonly isPending: boolean };
  readonly onClose: () => void;
  /** The label of the submit button. */
  readonly children: ReactNode;
};

export function FormFooter({ mutation, onClose, children }: FormFooterProps) {
  const { t } = useTranslation();
  return (
    <>
      <ErrorAlert error={mutation.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={mutation.isPending}>
          {children}
        </Button>
      </Group>
    </>
  );
}
