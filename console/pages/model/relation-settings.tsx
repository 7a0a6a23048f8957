/** The other end of a new relation. */

import { NativeSelect, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type ModelObject, objectsQuery, type RelationType } from '../../api/model.ts';

const ON_DELETE = ['SET_NULL', 'CASCADE', 'RESTRICT'] as const;

export type NewRelation = {
  type: RelationType;
  targetObjectMetadataId: string;
  targetFieldLabel: string;
  onDelete: (typeof ON_DELETE)[number];
};

type RelationSettingsProps = {
  object: ModelObject;
  relation: NewRelation;
  onChange: (relation: NewRelation) => void;
};

export function RelationSettings({ object, relation, onChange }: RelationSettingsProps) {
  const { t } = useTranslation();
  const { data: objects = [] } = useQuery(objectsQuery);
  const target = objects.find(({ id }) => id === relation.targetObjectMetadataId);
  const names = { one: object.labelSingular, other: target?.labelSingular ?? '…' };
  function setType(type: RelationType) {
    // The other side has one of these, or many.
    const targetFieldLabel = type === 'MANY_TO_ONE' ? object.labelPlural : object.labelSingular;
    onChange({ ...relation, type, targetFieldLabel });
  }
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NativeSelect
          label={t('model.relationType')}
          data={[
            { value: 'MANY_TO_ONE', label: t('model.manyToOne') },
            { value: 'ONE_TO_MANY', label: t('model.oneToMany') },
          ]}
          value={relation.type}
          onChange={({ currentTarget }) => setType(currentTarget.value as RelationType)}
        />
        <NativeSelect
          label={t('model.target')}
          required
          withAsterisk={false}
          data={[
            { value: '', label: '–' },
            ...objects.map(({ id, labelSingular }) => ({ value: id, label: labelSingular })),
          ]}
          value={relation.targetObjectMetadataId}
          onChange={({ currentTarget }) => onChange({ ...relation, targetObjectMetadataId: currentTarget.value })}
        />
        <TextInput
          label={t('model.inverse', names)}
          required
          withAsterisk={false}
          value={relation.targetFieldLabel}
          onChange={({ currentTarget }) => onChange({ ...relation, targetFieldLabel: currentTarget.value })}
        />
        <NativeSelect
          label={t('model.onDelete')}
          data={ON_DELETE.map((value) => ({ value, label: t(`model.onDeletes.${value}`) }))}
          value={relation.onDelete}
          onChange={({ currentTarget }) =>
            onChange({ ...relation, onDelete: currentTarget.value as NewRelation['onDelete'] })
          }
        />
      </SimpleGrid>
      <Text fz={13} c="dimmed">
        {t(relation.type === 'MANY_TO_ONE' ? 'model.manyToOneAbout' : 'model.oneToManyAbout', names)}
      </Text>
    </>
  );
}
