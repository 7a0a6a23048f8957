/** Drift: differences between the tables and the model, and how to resolve them. */

import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { adoptDrift, driftQuery, restoreDrift } from '../../api/drift.ts';
import { DescriptionList } from '../../parts/description-list.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { Page } from '../../parts/page.tsx';

export function DriftPage() {
  const { t } = useTranslation();
  const { data: drift } = useSuspenseQuery(driftQuery);
  const queryClient = useQueryClient();
  const [mayLose, setMayLose] = useState(false);
  const resolving = useMutation({
    mutationFn: (resolve: typeof adoptDrift) => resolve(mayLose),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  return (
    <Page
      title={t('drift.title')}
      back={{ to: '/settings/data-model', label: t('model.all') }}
      about={t('drift.about')}
    >
      {drift.length === 0 ? (
        <div className="card-plain">
          <EmptyState title={t('drift.none')} about={t('drift.noneAbout')} />
        </div>
      ) : (
        <Stack>
          {drift.map((each) => (
            <div
              key={`${each.place} ${each.what} ${each.kind} ${each.name} ${each.expected} ${each.actual}`}
              className="card-plain"
              style={{ padding: '14px 20px' }}
            >
              <Text fw={600}>{each.place}</Text>
              <DescriptionList
                facts={[
                  [t('drift.what'), `${each.what} ${each.table}.${each.name}: ${each.kind}`],
                  [t('drift.expected'), <code key="expected">{each.expected}</code>],
                  [t('drift.actual'), each.actual && <code key="actual">{each.actual}</code>],
                  [t('drift.adopt'), each.adopt ?? `${t('drift.cannotAdopt')} ${each.whyNotAdopted}`],
                  [t('drift.restore'), each.restore],
                ]}
              />
            </div>
          ))}
          <Checkbox
            label={t('drift.mayLose')}
            checked={mayLose}
            onChange={({ currentTarget }) => setMayLose(currentTarget.checked)}
          />
          <ErrorAlert error={resolving.error} />
          <Group gap="xs">
            <Button loading={resolving.isPending} onClick={() => resolving.mutate(adoptDrift)}>
              {t('drift.adoptAll')}
            </Button>
            <Button variant="default" loading={resolving.isPending} onClick={() => resolving.mutate(restoreDrift)}>
              {t('drift.restoreAll')}
            </Button>
          </Group>
        </Stack>
      )}
    </Page>
  );
}
