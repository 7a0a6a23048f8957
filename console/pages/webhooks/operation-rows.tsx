/** What a webhook is told of: rows of an object and an action, either of which may be all. */

import { ActionIcon, Button, Fieldset, Group, NativeSelect, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { IconPlus, IconTrash } from '../../parts/icons.ts';

const ACTIONS = ['created', 'updated', 'deleted', 'restored', 'destroyed'] as const;

type OperationRowsProps = {
  operations: readonly string[];
  objects: readonly ModelObject[];
  onChange: (operations: string[]) => void;
};

export function OperationRows({ operations, objects, onChange }: OperationRowsProps) {
  const { t } = useTranslation();
  const actions = [
    { value: '*', label: t('webhooks.allActions') },
    ...ACTIONS.map((action) => ({ value: action, label: t(`webhooks.actions.${action}`) })),
  ];
  const known = objects.map(({ nameSingular, labelSingular }) => ({ value: nameSingular, label: labelSingular }));
  const change = (place: number, operation: string) => onChange(operations.with(place, operation));
  return (
    <Fieldset legend={t('webhooks.operations')} variant="unstyled">
      <Stack gap="xs" mt={4}>
        {operations.map((operation, place) => {
          const [object = '*', action = '*'] = operation.split('.');
          // What a webhook names and nobody serves is kept as it is.
          const isKnown = object === '*' || known.some(({ value }) => value === object);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
            <Group key={place} gap="xs" wrap="nowrap">
              <NativeSelect
                flex={1}
                aria-label={t('webhooks.object')}
                data={[
                  { value: '*', label: t('webhooks.allObjects') },
                  ...known,
                  ...(isKnown ? [] : [{ value: object, label: object }]),
                ]}
                value={object}
                onChange={({ currentTarget }) => change(place, `${currentTarget.value}.${action}`)}
              />
              <NativeSelect
                flex={1}
                aria-label={t('webhooks.action')}
                data={actions}
                value={action}
                onChange={({ currentTarget }) => change(place, `${object}.${currentTarget.value}`)}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t('webhooks.removeRow')}
                disabled={operations.length === 1}
                onClick={() => onChange(operations.toSpliced(place, 1))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          );
        })}
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange([...operations, '*.*'])}
          >
            {t('webhooks.addRow')}
          </Button>
        </div>
      </Stack>
    </Fieldset>
  );
}
