/** A dialog with a title and a close button. */

import { Modal, type ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

type DialogProps = {
  title: string;
  size?: ModalProps['size'];
  /** Whether a click outside must not close the dialog. */
  keepOpen?: boolean;
  onClose: () => void;
  children: ReactNode;
};

export function Dialog({ title, size = 'md', keepOpen = false, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      centered
      closeOnClickOutside={!keepOpen}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {children}
    </Modal>
  );
}
