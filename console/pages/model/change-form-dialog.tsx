/** A dialog in two steps: a form for a model change, then the setPlannedChange of the change. */

import { Button, Group, Stack } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelChange } from '../../api/model-changes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { preventReload } from '../../parts/submit.ts';
import { ChangeReview } from './change-review.tsx';

type ChangeFormDialogProps = {
  title: string;
  change: () => ModelChange;
  onClose: () => void;
  /** Whether the form is complete enough to setPlannedChange the change. */
  isReady?: boolean;
  children: ReactNode;
};

export function ChangeFormDialog({ title, change, onClose, isReady = true, children }: ChangeFormDialogProps) {
  const { t } = useTranslation();
  const [plannedChange, setPlannedChange] = useState<ModelChange | null>(null);
  return (
    <Dialog onClose={onClose} title={title} size="xl">
      {/* Hidden instead of removed, so that the inputs keep their values. */}
      <form onSubmit={preventReload(() => setPlannedChange(change()))} hidden={plannedChange !== null}>
        <Stack>
          {children}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" disabled={!isReady}>
              {t('plan.review')}
            </Button>
          </Group>
        </Stack>
      </form>
      {plannedChange && (
        <ChangeReview
          change={plannedChange}
          onBack={() => setPlannedChange(null)}
          backLabel={t('common.back')}
          onDone={onClose}
        />
      )}
    </Dialog>
  );
}
