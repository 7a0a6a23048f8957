/** The plan of a model change, and the button that applies it. */

import { Button, Checkbox, Group, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { applyChange, type ModelChange, planQuery } from '../../api/model-changes.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { Loading } from '../../shell/loading.tsx';
import { PlanView } from './plan-view.tsx';

type ChangeReviewProps = { change: ModelChange; onBack: () => void; backLabel: string; onDone: () => void };

export function ChangeReview({ change, onBack, backLabel, onDone }: ChangeReviewProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const plan = useQuery(planQuery(change));
  const [mayLose, setMayLose] = useState(false);
  const applying = useMutation({
    mutationFn: () => applyChange(change),
    async onSuccess() {
      await queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'plan' });
      onDone();
    },
  });
  const isReady = plan.data !== undefined && (!plan.data.losesData || mayLose);
  return (
    <Stack>
      {plan.isPending && <Loading />}
      {plan.data && <PlanView plan={plan.data} />}
      {plan.data?.losesData && (
        <Checkbox
          color="red"
          label={t('plan.mayLose')}
          checked={mayLose}
          onChange={({ currentTarget }) => setMayLose(currentTarget.checked)}
        />
      )}
      <ErrorAlert error={plan.error ?? applying.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onBack}>
          {backLabel}
        </Button>
        <Button
          color={plan.data?.losesData ? 'red' : undefined}
          disabled={!isReady}
          loading={applying.isPending}
          onClick={() => applying.mutate()}
        >
          {t('plan.apply')}
        </Button>
      </Group>
    </Stack>
  );
}
