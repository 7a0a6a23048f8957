/** Creates an index on one or more fields. */

import { Checkbox, Group, NativeSelect, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { ChangeFormDialog } from './change-form-dialog.tsx';

export function IndexForm({ object, onClose }: { object: ModelObject; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { fieldMetadataIds: [''] as string[], indexType: 'BTREE', isUnique: false } });
  const { fieldMetadataIds } = form.values;
  const choices = [
    { value: '', label: '–' },
    ...object.fieldsList
      .filter(({ isActive, relation }) => isActive && relation?.type !== 'ONE_TO_MANY')
      .map(({ id, label }) => ({ value: id, label })),
  ];
  function setField(index: number, id: string) {
    const ids = fieldMetadataIds.with(index, id).filter((each) => each !== '');
    // An empty row at the end to select another field.
    form.setFieldValue('fieldMetadataIds', [...ids, '']);
  }
  const chosen = fieldMetadataIds.filter((id) => id !== '');
  return (
    <ChangeFormDialog
      title={t('model.newIndex')}
      isReady={chosen.length > 0}
      change={() => ({
        name: 'createOneIndex',
        input: { index: { ...form.values, objectMetadataId: object.id, fieldMetadataIds: chosen } },
      })}
      onClose={onClose}
    >
      <Stack gap="xs">
        {fieldMetadataIds.map((id, index) => (
          <NativeSelect
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its index
            key={index}
            label={index === 0 ? t('model.indexFields') : undefined}
            aria-label={t('model.indexField', { position: index + 1 })}
            data={choices}
            value={id}
            onChange={({ currentTarget }) => setField(index, currentTarget.value)}
          />
        ))}
      </Stack>
      <Group align="flex-end">
        <NativeSelect label={t('model.type')} data={['BTREE', 'GIN']} {...form.getInputProps('indexType')} />
        <Checkbox label={t('model.unique')} pb={8} {...form.getInputProps('isUnique', { type: 'checkbox' })} />
      </Group>
    </ChangeFormDialog>
  );
}
