/** Asks before a change of the model is made: what it would do to the tables, and what would be lost. */

import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ModelChange } from '../../api/model-changes.ts';
import { ChangeReview } from './change-review.tsx';

type ChangeDialogueProps = { title: string; change: ModelChange; onClose: () => void; onDone?: () => void };

export function ChangeDialogue({ title, change, onClose, onDone }: ChangeDialogueProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="xl"
      centered
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <ChangeReview
        change={change}
        onBack={onClose}
        backLabel={t('common.cancel')}
        onDone={() => {
          onClose();
          onDone?.();
        }}
      />
    </Modal>
  );
}
