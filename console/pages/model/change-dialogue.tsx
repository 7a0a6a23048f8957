/** Asks before a change of the model is made: what it would do to the tables, and what would be lost. */

import { useTranslation } from 'react-i18next';
import type { ModelChange } from '../../api/model-changes.ts';
import { Dialogue } from '../../parts/dialogue.tsx';
import { ChangeReview } from './change-review.tsx';

type ChangeDialogueProps = { title: string; change: ModelChange; onClose: () => void; onDone?: () => void };

export function ChangeDialogue({ title, change, onClose, onDone }: ChangeDialogueProps) {
  const { t } = useTranslation();
  return (
    <Dialogue onClose={onClose} title={title} size="xl">
      <ChangeReview
        change={change}
        onBack={onClose}
        backLabel={t('common.cancel')}
        onDone={() => {
          onClose();
          onDone?.();
        }}
      />
    </Dialogue>
  );
}
