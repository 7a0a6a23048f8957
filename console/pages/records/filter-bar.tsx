/** Which records are shown: any number of conditions, all of which must hold. */

import { ActionIcon, Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Filter } from '../../api/records.ts';
import { IconPlus, IconTrash } from '../../parts/icons.ts';
import { type Column, type InputKind, written } from './columns.ts';
import { PartInput } from './part-input.tsx';

const OPERATORS = {
  contains: (value: unknown) => ({ ilike: `%${value}%` }),
  is: (value: unknown) => ({ eq: value }),
  isNot: (value: unknown) => ({ neq: value }),
  atLeast: (value: unknown) => ({ gte: value }),
  atMost: (value: unknown) => ({ lte: value }),
  isEmpty: () => ({ is: 'NULL' }),
  isNotEmpty: () => ({ is: 'NOT_NULL' }),
} as const;
type Operator = keyof typeof OPERATORS;

const EMPTINESS: Operator[] = ['isEmpty', 'isNotEmpty'];
const COMPARED: Operator[] = ['is', 'isNot', 'atLeast', 'atMost', ...EMPTINESS];

function operatorsOf(kind: InputKind): Operator[] {
  if (kind === 'text') return ['contains', 'is', 'isNot', ...EMPTINESS];
  if (kind === 'boolean') return ['is'];
  return kind === 'select' ? ['is', 'isNot', ...EMPTINESS] : COMPARED;
}

export type FilterRow = { readonly column: Column; readonly operator: Operator; readonly text: string };

/** Nothing for a row that says nothing yet. */
export function filterOf({ column: { field, main }, operator, text }: FilterRow): Filter[] {
  if (!main) return [];
  const needsText = !EMPTINESS.includes(operator) && main.kind !== 'boolean';
  if (needsText && text === '') return [];
  const condition = OPERATORS[operator](written(main, text));
  return [{ [field.name]: main.sub ? { [main.sub]: condition } : condition }];
}

type FilterBarProps = {
  columns: readonly Column[];
  filters: readonly FilterRow[];
  onChange: (filters: FilterRow[]) => void;
};

export function FilterBar({ columns, filters, onChange }: FilterBarProps) {
  const { t } = useTranslation();
  // UUIDs are equal or not: `ilike` is for texts alone.
  const filterable = columns.filter(({ main, field }) => main !== null && field.type !== 'UUID');
  const [first] = filterable;
  if (!first) return null;
  const fresh = (column: Column): FilterRow => ({
    column,
    operator: operatorsOf(column.main?.kind ?? 'text')[0] as Operator,
    text: '',
  });
  const change = (place: number, row: FilterRow) => onChange(filters.with(place, row));
  return (
    <Group gap="xs" mb="md">
      {filters.map((row, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place
        <Group key={place} gap={4} wrap="nowrap" className="condition">
          <select
            className="plain-input"
            aria-label={t('records.filterField')}
            value={row.column.field.name}
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
            value={row.operator}
            onChange={({ currentTarget }) => change(place, { ...row, operator: currentTarget.value as Operator })}
          >
            {operatorsOf(row.column.main?.kind ?? 'text').map((operator) => (
              <option key={operator} value={operator}>
                {t(`records.operators.${operator}`)}
              </option>
            ))}
          </select>
          {row.column.main && !EMPTINESS.includes(row.operator) && (
            <PartInput
              field={row.column.field}
              part={row.column.main}
              label={t('records.filterValue')}
              text={row.text}
              onChange={(text) => change(place, { ...row, text })}
            />
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('records.removeFilter')}
            onClick={() => onChange(filters.toSpliced(place, 1))}
          >
            <IconTrash size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={14} />}
        onClick={() => onChange([...filters, fresh(first)])}
      >
        {t('records.addFilter')}
      </Button>
    </Group>
  );
}
