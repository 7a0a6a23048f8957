/** Which records are meant: any number of conditions, all of which must hold. */

import { ActionIcon, Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { IconPlus, IconTrash } from '../../parts/icons.ts';
import type { Column } from './columns.ts';
import { type Condition, type Operator, operand, operatorsOf } from './conditions.ts';
import { PartInput } from './part-input.tsx';

type FilterBarProps = {
  columns: readonly Column[];
  conditions: readonly Condition[];
  /** Whether a condition may be about whoever asks. */
  knowsMe?: boolean;
  onChange: (conditions: Condition[]) => void;
};

export function FilterBar({ columns, conditions, knowsMe = false, onChange }: FilterBarProps) {
  const { t } = useTranslation();
  const filterable = columns.filter((column) => operatorsOf(column, knowsMe).length > 0);
  const [first] = filterable;
  if (!first) return null;
  const fresh = (column: Column): Condition => ({
    column,
    operator: operatorsOf(column, knowsMe)[0] as Operator,
    text: '',
  });
  const change = (place: number, condition: Condition) => onChange(conditions.with(place, condition));
  return (
    <Group gap="xs">
      {conditions.map((condition, place) => {
        const part = operand(condition);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place
          <div key={place} className="condition">
            <select
              className="plain-input"
              aria-label={t('records.filterField')}
              value={condition.column.field.name}
              onChange={({ currentTarget }) => {
                const column = filterable.find(({ field }) => field.name === currentTarget.value);
                if (column) change(place, fresh(column));
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
                change(place, { ...condition, operator: currentTarget.value as Operator })
              }
            >
              {operatorsOf(condition.column, knowsMe).map((operator) => (
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
                onChange={(text) => change(place, { ...condition, text })}
              />
            )}
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('records.removeFilter')}
              onClick={() => onChange(conditions.toSpliced(place, 1))}
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
        onClick={() => onChange([...conditions, fresh(first)])}
      >
        {t('records.addFilter')}
      </Button>
    </Group>
  );
}
