/** The indexes of an object. */

import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Index, ModelObject } from '../../api/model.ts';
import type { ModelChange } from '../../api/model-changes.ts';
import { Table } from '../../parts/table.tsx';

type IndexTableProps = {
  object: ModelObject;
  onNew: () => void;
  onChange: (title: string, change: ModelChange) => void;
};

export function IndexTable({ object, onNew, onChange }: IndexTableProps) {
  const { t } = useTranslation();
  const nameOf = ({ fieldMetadataId, subFieldName }: Index['indexFieldMetadataList'][number]) => {
    const field = object.fieldsList.find(({ id }) => id === fieldMetadataId)?.name ?? '?';
    return subFieldName ? `${field}.${subFieldName}` : field;
  };
  return (
    <div>
      <div className="section-head">
        <h2>{t('model.indexes')}</h2>
        <Button variant="default" size="compact-sm" onClick={onNew}>
          {t('model.newIndex')}
        </Button>
      </div>
      {object.indexMetadataList.length > 0 && (
        <Table label={t('model.indexes')} headings={[t('common.name'), t('model.fields'), t('model.type')]} hasActions>
          {object.indexMetadataList.map((index) => (
            <tr key={index.id}>
              <td>
                <code>{index.name}</code>
              </td>
              <td>
                {[...index.indexFieldMetadataList]
                  .sort((one, other) => one.order - other.order)
                  .map(nameOf)
                  .join(', ')}
              </td>
              <td>
                {index.indexType}
                {index.isUnique && `, ${t('model.marks.unique')}`}
              </td>
              <td style={{ textAlign: 'end' }}>
                {index.isCustom && (
                  <Button
                    variant="subtle"
                    color="red"
                    size="compact-sm"
                    aria-label={t('model.deleteNamed', { name: index.name })}
                    onClick={() =>
                      onChange(t('model.deleteIndex'), { name: 'deleteOneIndex', input: { id: index.id } })
                    }
                  >
                    {t('common.delete')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </div>
  );
}
