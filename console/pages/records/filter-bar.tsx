/** Edits a list of conditions, all of which must match. */

import { ActionIcon, Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { IconPlus, IconTrash } from '../../parts/icons.ts';
import type { Column } from './columns.ts';
import { type Condition, type Operator, operand, operatorsOf } from './conditions.ts';
import { PartInput } from './part-input.tsx';

type FilterBarProps = {
  columns: readonly Column[];
  conditions: readonly Condition[];
  /** Whether conditions can refer to the current member. */
  allowsMe?: boolean;
  onChange: (conditions: Condition[]) => void;
};

export function FilterBar({ columns, conditions, allowsMe = false, onChange }: FilterBarProps) {
  const { t } = useTranslation();
  const filterable = columns.filter((column) => operatorsOf(column, allowsMe).length > 0);
  const [first] = filterable;
  if (!first) return null;
  const newCondition = (column: Column): Condition => ({
    column,
    operator: operatorsOf(column, allowsMe)[0] as Operator,
    text: '',
  });
  const change = (index: number, condition: Condition) => onChange(conditions.with(index, condition));
  return (
    <Group gap="xs">
      {conditions.map((condition, index) => {
        const part = operand(condition);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its index
          <div key={index} className="condition">
            <select
              className="plain-input"
              aria-label={t('records.filterField')}
              value={condition.column.field.name}
              onChange={({ currentTarget }) => {
                const column = filterable.find(({ field }) => field.name === currentTarget.value);
                if (column) change(index, newCondition(column));
              }}
            >
              {filterable.map(({ field }) => (
                <option key={field.id} value={field.name}>
                  {field.label}
                </option>
              ))}
            </select>
            <select
              className="plain-input"
              aria-label={t('records.filterOperator')}
              value={condition.operator}
              onChange={({ currentTarget }) =>
                change(index, { ...condition, operator: currentTarget.value as Operator })
              }
            >
              {operatorsOf(condition.column, allowsMe).map((operator) => (
                <option key={operator} value={operator}>
                  {t(`records.operators.${operator}`)}
                </option>
              ))}
            </select>
            {part && (
              <PartInput
                options={condition.column.field.options}
                part={part}
                label={t('records.filterValue')}
                text={condition.text}
                onChange={(text) => change(index, { ...condition, text })}
              />
            )}
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('records.removeFilter')}
              onClick={() => onChange(conditions.toSpliced(index, 1))}
            >
              <IconTrash size={14} />
            </ActionIcon>
          </div>
        );
      })}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        onClick={() => onChange([...conditions, newCondition(first)])}
      >
        {t('records.addFilter')}
      </Button>
    </Group>
  );
}
