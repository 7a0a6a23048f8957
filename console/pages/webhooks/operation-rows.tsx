/** The events that a webhook receives: each row is an object and an action, or all of them. */

import { Fieldset, NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { RowList } from '../../parts/row-list.tsx';

const ACTIONS = ['created', 'updated', 'deleted', 'restored', 'destroyed'] as const;
const EVERYTHING = '*.*';

type OperationRowsProps = {
  operations: readonly string[];
  objects: readonly ModelObject[];
  onChange: (operations: string[]) => void;
};

export function OperationRows({ operations, objects, onChange }: OperationRowsProps) {
  const { t } = useTranslation();
  const actionChoices = [
    { value: '*', label: t('webhooks.allActions') },
    ...ACTIONS.map((action) => ({ value: action, label: t(`webhooks.actions.${action}`) })),
  ];
  const objectChoices = [
    { value: '*', label: t('webhooks.allObjects') },
    ...objects.map(({ nameSingular, labelSingular }) => ({ value: nameSingular, label: labelSingular })),
  ];
  return (
    <Fieldset legend={t('webhooks.operations')} variant="unstyled">
      <RowList
        rows={operations}
        onChange={onChange}
        newRow={() => EVERYTHING}
        minRows={1}
        addLabel={t('webhooks.addRow')}
        removeLabel={t('webhooks.removeRow')}
      >
        {(operation, change) => {
          const [object = '*', action = '*'] = operation.split('.');
          // A webhook may name an object that no longer exists. Saving keeps it.
          const isListed = objectChoices.some(({ value }) => value === object);
          return (
            <>
              <NativeSelect
                flex={1}
                aria-label={t('webhooks.object')}
                data={isListed ? objectChoices : [...objectChoices, { value: object, label: object }]}
                value={object}
                onChange={({ currentTarget }) => change(`${currentTarget.value}.${action}`)}
              />
              <NativeSelect
                flex={1}
                aria-label={t('webhooks.action')}
                data={actionChoices}
                value={action}
                onChange={({ currentTarget }) => change(`${object}.${currentTarget.value}`)}
              />
            </>
          );
        }}
      </RowList>
    </Fieldset>
  );
}
