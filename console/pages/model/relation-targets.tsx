/** The objects that a relation links to, each with the label of the field on the other side. */

import { NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { RowList } from '../../parts/row-list.tsx';

export type Target = { readonly objectId: string; readonly label: string };

type RelationTargetsProps = {
  objects: readonly ModelObject[];
  targets: readonly Target[];
  /** The label that a new target starts with. */
  defaultLabel: string;
  /** Whether the relation can link to several objects. */
  isMultiple: boolean;
  onChange: (targets: readonly Target[]) => void;
};

export function RelationTargets({ objects, targets, defaultLabel, isMultiple, onChange }: RelationTargetsProps) {
  const { t } = useTranslation();
  const isSelected = (id: string) => targets.some(({ objectId }) => objectId === id);
  return (
    <RowList
      rows={targets}
      onChange={onChange}
      newRow={isMultiple ? () => ({ objectId: '', label: defaultLabel }) : null}
      addLabel={t('model.addTarget')}
      removeLabel={t('model.removeTarget')}
    >
      {(target, change) => {
        const selectable = objects.filter(({ id }) => id === target.objectId || !isSelected(id));
        const selected = objects.find(({ id }) => id === target.objectId);
        return (
          <>
            <NativeSelect
              flex={1}
              label={t('model.target')}
              required
              withAsterisk={false}
              data={[
                { value: '', label: '–' },
                ...selectable.map(({ id, labelSingular }) => ({ value: id, label: labelSingular })),
              ]}
              value={target.objectId}
              onChange={({ currentTarget }) => change({ ...target, objectId: currentTarget.value })}
            />
            <TextInput
              flex={1}
              label={t('model.inverse', { other: selected?.labelSingular ?? '…' })}
              required
              withAsterisk={false}
              value={target.label}
              onChange={({ currentTarget }) => change({ ...target, label: currentTarget.value })}
            />
          </>
        );
      }}
    </RowList>
  );
}

/** The input of the metadata APIs. */
export function payloadsOf(targets: readonly Target[], type: 'MANY_TO_ONE' | 'ONE_TO_MANY'): object[] {
  return targets.map(({ objectId, label }) => ({
    type,
    targetObjectMetadataId: objectId,
    targetFieldLabel: label,
    targetFieldIcon: 'IconLink',
  }));
}
