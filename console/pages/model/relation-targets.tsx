/** The objects to which a relation leads, each with what the relation is called there. */

import { ActionIcon, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { IconPlus, IconTrash } from '../../parts/icons.ts';

export type Target = { readonly objectId: string; readonly label: string };

type RelationTargetsProps = {
  objects: readonly ModelObject[];
  targets: readonly Target[];
  /** What the relation is called at its other ends, unless somebody says otherwise. */
  usualLabel: string;
  areSeveral: boolean;
  onChange: (targets: readonly Target[]) => void;
};

export function RelationTargets({ objects, targets, usualLabel, areSeveral, onChange }: RelationTargetsProps) {
  const { t } = useTranslation();
  const isTaken = (id: string) => targets.some(({ objectId }) => objectId === id);
  return (
    <Stack gap="xs">
      {targets.map((target, place) => {
        const own = objects.find(({ id }) => id === target.objectId);
        const change = (changed: Partial<Target>) => onChange(targets.with(place, { ...target, ...changed }));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          <Group key={place} gap="xs" wrap="nowrap" align="flex-end">
            <NativeSelect
              flex={1}
              label={t('model.target')}
              required
              withAsterisk={false}
              data={[
                { value: '', label: '–' },
                ...objects
                  .filter(({ id }) => id === target.objectId || !isTaken(id))
                  .map(({ id, labelSingular }) => ({ value: id, label: labelSingular })),
              ]}
              value={target.objectId}
              onChange={({ currentTarget }) => change({ objectId: currentTarget.value })}
            />
            <TextInput
              flex={1}
              label={t('model.inverse', { other: own?.labelSingular ?? '…' })}
              required
              withAsterisk={false}
              value={target.label}
              onChange={({ currentTarget }) => change({ label: currentTarget.value })}
            />
            {areSeveral && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t('model.removeTarget')}
                onClick={() => onChange(targets.toSpliced(place, 1))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            )}
          </Group>
        );
      })}
      {areSeveral && (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange([...targets, { objectId: '', label: usualLabel }])}
          >
            {t('model.addTarget')}
          </Button>
        </div>
      )}
    </Stack>
  );
}

/** As the metadata APIs take them. */
export function payloadsOf(targets: readonly Target[], type: 'MANY_TO_ONE' | 'ONE_TO_MANY'): object[] {
  return targets.map(({ objectId, label }) => ({
    type,
    targetObjectMetadataId: objectId,
    targetFieldLabel: label,
    targetFieldIcon: 'IconLink',
  }));
}
