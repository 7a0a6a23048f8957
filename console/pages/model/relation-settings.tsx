/** The type of a new relation, and its target objects. */

import { NativeSelect, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type ModelObject, objectsQuery, type RelationType } from '../../api/model.ts';
import { RelationTargets, type Target } from './relation-targets.tsx';

const ON_DELETE = ['SET_NULL', 'CASCADE', 'RESTRICT'] as const;

/** `MORPH`: many to one, where the one is a record of any of several objects. */
type Kind = RelationType | 'MORPH';

export type NewRelation = {
  readonly kind: Kind;
  readonly targets: readonly Target[];
  readonly onDelete: (typeof ON_DELETE)[number];
};

type RelationSettingsProps = {
  object: ModelObject;
  relation: NewRelation;
  onChange: (relation: NewRelation) => void;
};

export function RelationSettings({ object, relation, onChange }: RelationSettingsProps) {
  const { t } = useTranslation();
  const { data: objects = [] } = useQuery(objectsQuery);
  const [first] = relation.targets;
  const target = objects.find(({ id }) => id === first?.objectId);
  const names = { one: object.labelSingular, other: target?.labelSingular ?? '…' };
  // The other side of a relation to many has one record of this object, and many otherwise.
  const labelOf = (kind: Kind) => (kind === 'ONE_TO_MANY' ? object.labelSingular : object.labelPlural);
  function setKind(kind: Kind) {
    const targets = kind === 'MORPH' ? relation.targets : relation.targets.slice(0, 1);
    onChange({ ...relation, kind, targets: targets.map((each) => ({ ...each, label: labelOf(kind) })) });
  }
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NativeSelect
          label={t('model.relationType')}
          data={[
            { value: 'MANY_TO_ONE', label: t('model.manyToOne') },
            { value: 'ONE_TO_MANY', label: t('model.oneToMany') },
            { value: 'MORPH', label: t('model.morph') },
          ]}
          value={relation.kind}
          onChange={({ currentTarget }) => setKind(currentTarget.value as Kind)}
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
      <RelationTargets
        objects={objects}
        targets={relation.targets}
        defaultLabel={labelOf(relation.kind)}
        isMultiple={relation.kind === 'MORPH'}
        onChange={(targets) => onChange({ ...relation, targets })}
      />
      <Text fz={13} c="dimmed">
        {t(`model.kindsAbout.${relation.kind}`, names)}
      </Text>
    </>
  );
}
