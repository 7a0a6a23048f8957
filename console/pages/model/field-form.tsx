/** Creates or edits a field: its type, names, and the settings of the type. */

import { Checkbox, SimpleGrid, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Field, type ModelObject, type Option, objectsQuery } from '../../api/model.ts';
import type { ModelChange } from '../../api/model-changes.ts';
import { nameOf } from './api-names.ts';
import { ChangeFormDialog } from './change-form-dialog.tsx';
import { DefaultInput } from './default-input.tsx';
import { canHaveDefault, defaultOf, NO_DEFAULT, readDefault } from './defaults.ts';
import { canBeUnique, type FieldType, hasManyValues, hasOptions } from './field-types.ts';
import { MaxValuesSetting } from './max-values-setting.tsx';
import { NumberSettings } from './number-settings.tsx';
import { OptionRows } from './option-rows.tsx';
import { type NewRelation, RelationSettings } from './relation-settings.tsx';
import { payloadsOf, RelationTargets, type Target } from './relation-targets.tsx';
import { TypePicker } from './type-picker.tsx';

type FieldFormProps = { object: ModelObject; field?: Field; onClose: () => void };

export function FieldForm({ object, field, onClose }: FieldFormProps) {
  const { t } = useTranslation();
  const [type, setType] = useState<string | null>(field?.type ?? null);
  const [isNameEdited, setNameEdited] = useState(field !== undefined);
  const { data: objects = [] } = useQuery(objectsQuery);
  const form = useForm({
    initialValues: {
      label: field?.label ?? '',
      name: field?.name ?? '',
      description: field?.description ?? '',
      isUnique: field?.isUnique ?? false,
      keepFormerName: true,
      options: field?.options ?? ([] as Option[]),
      settings: field?.settings ?? ({} as Record<string, unknown>),
      default: field ? readDefault(field) : NO_DEFAULT,
      relation: {
        kind: 'MANY_TO_ONE',
        targets: [{ objectId: '', label: object.labelPlural }],
        onDelete: 'SET_NULL',
      } as NewRelation,
      moreTargets: [] as readonly Target[],
    },
  });
  const { values } = form;
  const isStandard = field?.origin === 'standard';
  const isRenamed = field !== undefined && values.name !== field.name;

  function chooseType(chosen: FieldType) {
    setType(chosen);
    form.setFieldValue('default', NO_DEFAULT);
  }
  function setLabel(label: string) {
    form.setFieldValue('label', label);
    if (!isNameEdited) form.setFieldValue('name', nameOf(label));
  }
  /** The input that is specific to the selected type. */
  function typeInput(): object {
    if (type === null) return {};
    const setsDefault = field ? form.isDirty('default') : canHaveDefault(type);
    return {
      ...(setsDefault && { defaultValue: defaultOf(type, values.default) }),
      ...(type === 'MORPH_RELATION' &&
        values.moreTargets.length > 0 && {
          morphRelationsUpdatePayload: payloadsOf(values.moreTargets, 'MANY_TO_ONE'),
        }),
      ...(hasOptions(type) && { options: values.options.map((option, position) => ({ ...option, position })) }),
      ...((type === 'NUMBER' || hasManyValues(type)) && { settings: values.settings }),
      ...(canBeUnique(type) && !isStandard && { isUnique: values.isUnique }),
    };
  }
  function change(): ModelChange {
    const { label, name, description } = values;
    if (!field) {
      const common = { objectMetadataId: object.id, type, label, name, description, isLabelSyncedWithName: false };
      const relation = type === 'RELATION' && relationInput(values.relation);
      return { name: 'createOneField', input: { field: { ...common, ...typeInput(), ...relation } } };
    }
    const names = isRenamed && { name, isLabelSyncedWithName: false, keepFormerName: values.keepFormerName };
    return {
      name: 'updateOneField',
      input: { id: field.id, update: { label, description, ...names, ...typeInput() } },
    };
  }
  return (
    <ChangeFormDialog
      title={field ? t('model.editField') : t('model.newFieldOf', { name: object.labelSingular })}
      isReady={type !== null}
      change={change}
      onClose={onClose}
    >
      {!field && <TypePicker value={type as FieldType | null} onChange={chooseType} />}
      {type !== null && (
        <>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label={t('model.label')}
              required
              withAsterisk={false}
              value={values.label}
              onChange={({ currentTarget }) => setLabel(currentTarget.value)}
            />
            <TextInput
              label={t('model.fieldName')}
              description={t('model.nameRule')}
              required
              withAsterisk={false}
              disabled={isStandard}
              value={values.name}
              onChange={({ currentTarget }) => {
                setNameEdited(true);
                form.setFieldValue('name', currentTarget.value);
              }}
            />
          </SimpleGrid>
          {isRenamed && (
            <Checkbox
              label={t('model.keepFormerName')}
              {...form.getInputProps('keepFormerName', { type: 'checkbox' })}
            />
          )}
          {hasOptions(type) && (
            <OptionRows options={values.options} onChange={(options) => form.setFieldValue('options', options)} />
          )}
          {type === 'NUMBER' && (
            <NumberSettings
              settings={values.settings}
              onChange={(settings) => form.setFieldValue('settings', settings)}
            />
          )}
          {hasManyValues(type) && (
            <MaxValuesSetting
              settings={values.settings}
              isRequired={type === 'FILES'}
              onChange={(settings) => form.setFieldValue('settings', settings)}
            />
          )}
          {type === 'RELATION' && !field && (
            <RelationSettings
              object={object}
              relation={values.relation}
              onChange={(relation) => form.setFieldValue('relation', relation)}
            />
          )}
          {type === 'MORPH_RELATION' && (
            <RelationTargets
              objects={objects.filter(
                ({ id }) => !field?.morphRelations?.some(({ targetObjectMetadata }) => targetObjectMetadata.id === id),
              )}
              targets={values.moreTargets}
              defaultLabel={object.labelPlural}
              isMultiple
              onChange={(targets) => form.setFieldValue('moreTargets', targets)}
            />
          )}
          {canHaveDefault(type) && (
            <DefaultInput
              type={type}
              options={values.options}
              value={values.default}
              onChange={(value) => form.setFieldValue('default', value)}
            />
          )}
          {canBeUnique(type) && !isStandard && (
            <Checkbox
              label={t('model.unique')}
              description={t('model.uniqueAbout')}
              {...form.getInputProps('isUnique', { type: 'checkbox' })}
            />
          )}
          <Textarea label={t('model.description')} rows={2} {...form.getInputProps('description')} />
        </>
      )}
    </ChangeFormDialog>
  );
}

function relationInput({ kind, targets, onDelete }: NewRelation): object {
  const settings = { onDelete };
  if (kind === 'MORPH')
    return {
      type: 'MORPH_RELATION',
      morphRelationsCreationPayload: payloadsOf(targets, 'MANY_TO_ONE'),
      settings,
    };
  return { relationCreationPayload: payloadsOf(targets, kind)[0], settings };
}
