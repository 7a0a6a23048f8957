/** A dialogue in two steps: say what is wanted, then see what it would do. */

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
  /** Whether there is anything to be planned yet. */
  isReady?: boolean;
  children: ReactNode;
};

export function ChangeFormDialog({ title, change, onClose, isReady = true, children }: ChangeFormDialogProps) {
  const { t } = useTranslation();
  const [planned, plan] = useState<ModelChange | null>(null);
  return (
    <Dialog onClose={onClose} title={title} size="xl">
      {/* Kept while the plan is looked at, with what stands in it. */}
      <form onSubmit={preventReload(() => plan(change()))} hidden={planned !== null}>
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
      {planned && (
        <ChangeReview change={planned} onBack={() => plan(null)} backLabel={t('common.back')} onDone={onClose} />
      )}
    </Dialog>
  );
}
