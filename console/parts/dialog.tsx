/** A dialogue over the page: what it is about, a way to close it, and then itself. */

import { Modal, type ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

type DialogProps = {
  title: string;
  size?: ModalProps['size'];
  /** Whether a click beside it would lose something. */
  isHeld?: boolean;
  onClose: () => void;
  children: ReactNode;
};

export function Dialog({ title, size = 'md', isHeld = false, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      centered
      closeOnClickOutside={!isHeld}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {children}
    </Modal>
  );
}
