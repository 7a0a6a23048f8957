/** Creates or edits an object. */

import { Checkbox, NativeSelect, SimpleGrid, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import type { ModelChange } from '../../api/model-changes.ts';
import { nameOf, pluralOf } from './api-names.ts';
import { ChangeFormDialog } from './change-form-dialog.tsx';

export function ObjectForm({ object, onClose }: { object?: ModelObject; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm({
    initialValues: {
      labelSingular: object?.labelSingular ?? '',
      labelPlural: object?.labelPlural ?? '',
      nameSingular: object?.nameSingular ?? '',
      namePlural: object?.namePlural ?? '',
      description: object?.description ?? '',
      labelIdentifierFieldMetadataId: object?.labelIdentifierFieldMetadataId ?? '',
      keepFormerName: true,
    },
  });
  const { values } = form;
  // A name that was edited no longer follows the label.
  const [isEdited, setEdited] = useState({
    labelPlural: object !== undefined,
    nameSingular: object !== undefined,
    namePlural: object !== undefined,
  });
  const isStandard = object?.origin === 'standard';
  const isRenamed = object && (values.nameSingular !== object.nameSingular || values.namePlural !== object.namePlural);

  function setLabel(labelSingular: string) {
    const labelPlural = isEdited.labelPlural ? values.labelPlural : pluralOf(labelSingular);
    form.setFieldValue('labelSingular', labelSingular);
    form.setFieldValue('labelPlural', labelPlural);
    if (!isEdited.nameSingular) form.setFieldValue('nameSingular', nameOf(labelSingular));
    if (!isEdited.namePlural) form.setFieldValue('namePlural', nameOf(labelPlural));
  }
  function setPlural(labelPlural: string) {
    setEdited({ ...isEdited, labelPlural: true });
    form.setFieldValue('labelPlural', labelPlural);
    if (!isEdited.namePlural) form.setFieldValue('namePlural', nameOf(labelPlural));
  }
  function setName(which: 'nameSingular' | 'namePlural', name: string) {
    setEdited({ ...isEdited, [which]: true });
    form.setFieldValue(which, name);
  }
  function change(): ModelChange {
    const { keepFormerName, labelIdentifierFieldMetadataId, nameSingular, namePlural, ...labels } = values;
    const names = { nameSingular, namePlural, isLabelSyncedWithName: false };
    if (!object) return { name: 'createOneObject', input: { object: { ...labels, ...names } } };
    const update = {
      ...labels,
      ...(isRenamed && { ...names, keepFormerName }),
      ...(labelIdentifierFieldMetadataId !== (object.labelIdentifierFieldMetadataId ?? '') && {
        labelIdentifierFieldMetadataId,
      }),
    };
    return { name: 'updateOneObject', input: { id: object.id, update } };
  }
  const labelFields = object?.fieldsList.filter(({ type }) => type === 'TEXT' || type === 'FULL_NAME') ?? [];
  return (
    <ChangeFormDialog title={object ? t('model.editObject') : t('model.newObject')} change={change} onClose={onClose}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          label={t('model.labelSingular')}
          placeholder={t('model.exampleSingular')}
          required
          withAsterisk={false}
          data-autofocus
          value={values.labelSingular}
          onChange={({ currentTarget }) => setLabel(currentTarget.value)}
        />
        <TextInput
          label={t('model.labelPlural')}
          placeholder={t('model.examplePlural')}
          required
          withAsterisk={false}
          value={values.labelPlural}
          onChange={({ currentTarget }) => setPlural(currentTarget.value)}
        />
        <TextInput
          label={t('model.nameSingular')}
          description={t('model.nameRule')}
          required
          withAsterisk={false}
          disabled={isStandard}
          value={values.nameSingular}
          onChange={({ currentTarget }) => setName('nameSingular', currentTarget.value)}
        />
        <TextInput
          label={t('model.namePlural')}
          description={t('model.nameRule')}
          required
          withAsterisk={false}
          disabled={isStandard}
          value={values.namePlural}
          onChange={({ currentTarget }) => setName('namePlural', currentTarget.value)}
        />
      </SimpleGrid>
      {isRenamed && (
        <Checkbox label={t('model.keepFormerName')} {...form.getInputProps('keepFormerName', { type: 'checkbox' })} />
      )}
      <Textarea label={t('model.description')} autosize={false} rows={2} {...form.getInputProps('description')} />
      {labelFields.length > 1 && !isStandard && (
        <NativeSelect
          label={t('model.labelField')}
          data={labelFields.map(({ id, label }) => ({ value: id, label }))}
          {...form.getInputProps('labelIdentifierFieldMetadataId')}
        />
      )}
    </ChangeFormDialog>
  );
}
