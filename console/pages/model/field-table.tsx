/** The fields of an object, each with a menu of actions. */

import { ActionIcon, Badge, Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Field, ModelObject } from '../../api/model.ts';
import type { ModelChange } from '../../api/model-changes.ts';
import { IconDots } from '../../parts/icons.ts';
import { OriginBadge } from '../../parts/origin-badge.tsx';
import { Table } from '../../parts/table.tsx';
import { useTypeName } from './field-types.ts';

type FieldTableProps = {
  title: string;
  object: ModelObject;
  fields: readonly Field[];
  onEdit: (field: Field) => void;
  onChange: (title: string, change: ModelChange) => void;
};

export function FieldTable({ title, object, fields, onEdit, onChange }: FieldTableProps) {
  const { t } = useTranslation();
  const typeName = useTypeName();
  if (fields.length === 0) return null;
  return (
    <div>
      <div className="section-head">
        <h2>{title}</h2>
      </div>
      <Table
        label={title}
        headings={[t('model.field'), t('model.apiName'), t('model.type'), t('model.origin')]}
        hasActions
      >
        {fields.map((field) => (
          <tr key={field.id} style={field.isActive ? undefined : { opacity: 0.75 }}>
            <td className="strong">
              {field.label}
              <Marks field={field} isLabel={field.id === object.labelIdentifierFieldMetadataId} />
            </td>
            <td>
              <code>{field.name}</code>
            </td>
            <td>
              {typeName(field.type)}
              <Target field={field} />
            </td>
            <td>
              <OriginBadge origin={field.origin} />
            </td>
            <td style={{ textAlign: 'end' }}>
              {!field.isSystem && <FieldMenu field={field} onEdit={onEdit} onChange={onChange} />}
            </td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

function Marks({ field, isLabel }: { field: Field; isLabel: boolean }) {
  const { t } = useTranslation();
  const marks = [
    isLabel && t('model.marks.label'),
    field.isUnique && t('model.marks.unique'),
    !field.isNullable && !field.isSystem && t('model.marks.required'),
    !field.isActive && t('model.marks.inactive'),
  ].filter((mark) => mark !== false);
  return marks.map((mark) => (
    <Badge key={mark} ml={8} size="sm" color="gray" variant="light" tt="none">
      {mark}
    </Badge>
  ));
}

function Target({ field }: { field: Field }) {
  const { t } = useTranslation();
  const relations = field.relation ? [field.relation] : (field.morphRelations ?? []);
  if (relations.length === 0) return null;
  return (
    <div className="note">
      {t(relations[0]?.type === 'ONE_TO_MANY' ? 'model.toMany' : 'model.toOne')}{' '}
      {relations.map(({ targetObjectMetadata: { id, nameSingular, labelSingular } }, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <Link to="/settings/data-model/objects/$name" params={{ name: nameSingular }} className="quiet-link">
            {labelSingular}
          </Link>
        </span>
      ))}
    </div>
  );
}

type FieldMenuProps = Pick<FieldTableProps, 'onEdit' | 'onChange'> & { field: Field };

function FieldMenu({ field, onEdit, onChange }: FieldMenuProps) {
  const { t } = useTranslation();
  const { id, isActive } = field;
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('model.actionsOf', { name: field.label })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onEdit(field)}>{t('common.edit')}</Menu.Item>
        <Menu.Item
          onClick={() =>
            onChange(isActive ? t('model.deactivateField') : t('model.activateField'), {
              name: 'updateOneField',
              input: { id, update: { isActive: !isActive } },
            })
          }
        >
          {isActive ? t('model.deactivate') : t('model.activate')}
        </Menu.Item>
        {field.origin !== 'standard' && (
          <Menu.Item
            c="red"
            onClick={() => onChange(t('model.deleteField'), { name: 'deleteOneField', input: { id } })}
          >
            {t('common.delete')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
