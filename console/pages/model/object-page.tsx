/** The page of an object: fields, relations, indexes and actions. */

import { Alert, Badge, Button, Menu } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Field, objectsQuery } from '../../api/model.ts';
import type { ModelChange } from '../../api/model-changes.ts';
import { IconPlus } from '../../parts/icons.ts';
import { OriginBadge } from '../../parts/origin-badge.tsx';
import { Page } from '../../parts/page.tsx';
import { NotFound } from '../../shell/not-found.tsx';
import { FieldTable } from './field-table.tsx';
import { IndexTable } from './index-table.tsx';

const ObjectForm = lazy(async () => ({ default: (await import('./object-form.tsx')).ObjectForm }));
const FieldForm = lazy(async () => ({ default: (await import('./field-form.tsx')).FieldForm }));
const IndexForm = lazy(async () => ({ default: (await import('./index-form.tsx')).IndexForm }));
const ChangeDialog = lazy(async () => ({ default: (await import('./change-dialog.tsx')).ChangeDialog }));

type OpenDialog =
  | { what: 'edit' | 'newField' | 'newIndex' }
  | { what: 'editField'; field: Field }
  | { what: 'change'; title: string; change: ModelChange; leaves?: boolean };

export function ObjectPage() {
  const { t } = useTranslation();
  const { name } = getRouteApi('/workspace/settings/data-model/objects/$name').useParams();
  const { data: objects } = useSuspenseQuery(objectsQuery);
  const navigate = useNavigate();
  const [dialog, openDialog] = useState<OpenDialog | null>(null);
  const object = objects.find(({ nameSingular }) => nameSingular === name);
  if (!object) return <NotFound />;
  const close = () => openDialog(null);
  const update = (title: string, update: object) =>
    openDialog({ what: 'change', title, change: { name: 'updateOneObject', input: { id: object.id, update } } });
  const isRelation = ({ type }: Field) => type === 'RELATION' || type === 'MORPH_RELATION';
  const tableProps = {
    object,
    onEdit: (field: Field) => openDialog({ what: 'editField', field }),
    onChange: (title: string, change: ModelChange) => openDialog({ what: 'change', title, change }),
  };
  return (
    <Page
      title={object.labelPlural}
      back={{ to: '/settings/data-model', label: t('model.all') }}
      about={
        <>
          {object.description && <span style={{ display: 'block', marginTop: 4 }}>{object.description}</span>}
          <span style={{ display: 'flex', flexWrap: 'wrap', gap: 8, marginTop: 8 }}>
            <OriginBadge origin={object.origin} />
            <Badge color="gray" variant="light" tt="none">
              {object.nameSingular} / {object.namePlural}
            </Badge>
          </span>
        </>
      }
      actions={
        <>
          {object.isActive && (
            <Button component={Link} to={`/records/${object.namePlural}`} variant="default">
              {t('model.showRecords')}
            </Button>
          )}
          <Menu position="bottom-end" width={200}>
            <Menu.Target>
              <Button variant="default">{t('common.actions')}</Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => openDialog({ what: 'edit' })}>{t('common.edit')}</Menu.Item>
              {object.isActive ? (
                <Menu.Item onClick={() => update(t('model.deactivateObject'), { isActive: false })}>
                  {t('model.deactivate')}
                </Menu.Item>
              ) : (
                <Menu.Item onClick={() => update(t('model.activateObject'), { isActive: true })}>
                  {t('model.activate')}
                </Menu.Item>
              )}
              {object.origin !== 'standard' && (
                <Menu.Item
                  c="red"
                  onClick={() =>
                    openDialog({
                      what: 'change',
                      title: t('model.deleteObject'),
                      change: { name: 'deleteOneObject', input: { id: object.id } },
                      leaves: true,
                    })
                  }
                >
                  {t('common.delete')}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
          <Button leftSection={<IconPlus size={16} />} onClick={() => openDialog({ what: 'newField' })}>
            {t('model.newField')}
          </Button>
        </>
      }
    >
      {!object.isActive && (
        <Alert color="gray" variant="light" py="xs" mb="md" c="bright">
          {t('model.isInactive')}
        </Alert>
      )}
      <FieldTable
        title={t('model.fields')}
        fields={object.fieldsList.filter((field) => !isRelation(field))}
        {...tableProps}
      />
      <FieldTable title={t('model.relations')} fields={object.fieldsList.filter(isRelation)} {...tableProps} />
      <IndexTable object={object} onNew={() => openDialog({ what: 'newIndex' })} onChange={tableProps.onChange} />
      <Suspense>
        {dialog?.what === 'edit' && <ObjectForm object={object} onClose={close} />}
        {dialog?.what === 'newField' && <FieldForm object={object} onClose={close} />}
        {dialog?.what === 'editField' && <FieldForm object={object} field={dialog.field} onClose={close} />}
        {dialog?.what === 'newIndex' && <IndexForm object={object} onClose={close} />}
        {dialog?.what === 'change' && (
          <ChangeDialog
            title={dialog.title}
            change={dialog.change}
            onClose={close}
            onDone={() => dialog.leaves && navigate({ to: '/settings/data-model' })}
          />
        )}
      </Suspense>
    </Page>
  );
}
