/** What a form in a dialogue ends with: why it was refused, a way out, and the button that sends it. */

import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from './error-alert.tsx';

type FormFooterProps = {
  readonly sending: { readonly error: Error | null; readonly isPending: boolean };
  readonly onClose: () => void;
  /** Words of the button. */
  readonly children: ReactNode;
};

export function FormFooter({ sending, onClose, children }: FormFooterProps) {
  const { t } = useTranslation();
  return (
    <>
      <ErrorAlert error={sending.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={sending.isPending}>
          {children}
        </Button>
      </Group>
    </>
  );
}
