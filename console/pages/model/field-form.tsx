/** Makes or changes a field: its type, its names, and what the type asks for. */

import { Checkbox, SimpleGrid, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Field, ModelObject, Option } from '../../api/model.ts';
import type { ModelChange } from '../../api/model-changes.ts';
import { useFields } from '../../parts/fields.ts';
import { canBeUnique, type FieldType, hasManyValues, hasOptions } from './field-types.ts';
import { FormOrPlan } from './form-or-plan.tsx';
import { ManyValuesSetting } from './many-values-setting.tsx';
import { nameOf } from './names.ts';
import { NumberSettings } from './number-settings.tsx';
import { OptionRows } from './option-rows.tsx';
import { type NewRelation, RelationSettings } from './relation-settings.tsx';
import { TypePicker } from './type-picker.tsx';

type FieldFormProps = { object: ModelObject; field?: Field; onClose: () => void };

const NO_RELATION: NewRelation = {
  type: 'MANY_TO_ONE',
  targetObjectMetadataId: '',
  targetFieldLabel: '',
  onDelete: 'SET_NULL',
};

export function FieldForm({ object, field, onClose }: FieldFormProps) {
  const { t } = useTranslation();
  const [type, setType] = useState<string | null>(field?.type ?? null);
  const [isOwnName, setOwnName] = useState(field !== undefined);
  const form = useFields({
    label: field?.label ?? '',
    name: field?.name ?? '',
    description: field?.description ?? '',
    isUnique: field?.isUnique ?? false,
    keepFormerName: true,
    options: field?.options ?? ([] as Option[]),
    settings: field?.settings ?? ({} as Record<string, unknown>),
    relation: { ...NO_RELATION, targetFieldLabel: object.labelPlural },
  });
  const { values } = form;
  const isStandard = field?.origin === 'standard';
  const isRenamed = field !== undefined && values.name !== field.name;

  function setLabel(label: string) {
    form.set('label', label);
    if (!isOwnName) form.set('name', nameOf(label));
  }
  /** What the type asks for, and nothing of what was chosen for another. */
  function ofType(): object {
    if (type === null) return {};
    return {
      ...(hasOptions(type) && { options: values.options.map((option, position) => ({ ...option, position })) }),
      ...((type === 'NUMBER' || hasManyValues(type)) && { settings: values.settings }),
      ...(canBeUnique(type) && !isStandard && { isUnique: values.isUnique }),
    };
  }
  function change(): ModelChange {
    const { label, name, description } = values;
    if (!field) {
      const { onDelete, ...payload } = values.relation;
      const relation = type === 'RELATION' && {
        relationCreationPayload: { ...payload, targetFieldIcon: 'IconLink' },
        settings: { onDelete },
      };
      const made = { objectMetadataId: object.id, type, label, name, description, isLabelSyncedWithName: false };
      return { name: 'createOneField', input: { field: { ...made, ...ofType(), ...relation } } };
    }
    const names = isRenamed && { name, isLabelSyncedWithName: false, keepFormerName: values.keepFormerName };
    return { name: 'updateOneField', input: { id: field.id, update: { label, description, ...names, ...ofType() } } };
  }
  return (
    <FormOrPlan
      title={field ? t('model.editField') : t('model.newFieldOf', { name: object.labelSingular })}
      isReady={type !== null}
      change={change}
      onClose={onClose}
    >
      {!field && <TypePicker value={type as FieldType | null} onChange={setType} />}
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
                setOwnName(true);
                form.set('name', currentTarget.value);
              }}
            />
          </SimpleGrid>
          {isRenamed && <Checkbox label={t('model.keepFormerName')} {...form.checkbox('keepFormerName')} />}
          {hasOptions(type) && (
            <OptionRows options={values.options} onChange={(options) => form.set('options', options)} />
          )}
          {type === 'NUMBER' && (
            <NumberSettings settings={values.settings} onChange={(settings) => form.set('settings', settings)} />
          )}
          {hasManyValues(type) && (
            <ManyValuesSetting
              settings={values.settings}
              isRequired={type === 'FILES'}
              onChange={(settings) => form.set('settings', settings)}
            />
          )}
          {type === 'RELATION' && !field && (
            <RelationSettings
              object={object}
              relation={values.relation}
              onChange={(relation) => form.set('relation', relation)}
            />
          )}
          {canBeUnique(type) && !isStandard && (
            <Checkbox label={t('model.unique')} description={t('model.uniqueAbout')} {...form.checkbox('isUnique')} />
          )}
          <Textarea label={t('model.description')} rows={2} {...form.text('description')} />
        </>
      )}
    </FormOrPlan>
  );
}
