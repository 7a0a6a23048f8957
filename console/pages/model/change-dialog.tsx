/** Asks for confirmation of a model change, and shows its plan. */

import { useTranslation } from 'react-i18next';
import type { ModelChange } from '../../api/model-changes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ChangeReview } from './change-review.tsx';

type ChangeDialogProps = { title: string; change: ModelChange; onClose: () => void; onDone?: () => void };

export function ChangeDialog({ title, change, onClose, onDone }: ChangeDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog onClose={onClose} title={title} size="xl">
      <ChangeReview
        change={change}
        onBack={onClose}
        backLabel={t('common.cancel')}
        onDone={() => {
          onClose();
          onDone?.();
        }}
      />
    </Dialog>
  );
}
