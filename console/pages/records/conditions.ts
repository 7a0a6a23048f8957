/** Conditions on records: converts them to a filter of the API, and back. */

import { useTranslation } from 'react-i18next';
import type { Filter } from '../../api/records.ts';
import { apiValue, type Column, type InputKind, inputText, type Part } from './columns.ts';

const FILTERS = {
  contains: (value: unknown) => ({ ilike: `%${value}%` }),
  is: (value: unknown) => ({ eq: value }),
  isNot: (value: unknown) => ({ neq: value }),
  atLeast: (value: unknown) => ({ gte: value }),
  atMost: (value: unknown) => ({ lte: value }),
  isMe: () => ({ eq: '$me' }),
  isEmpty: () => ({ is: 'NULL' }),
  isNotEmpty: () => ({ is: 'NOT_NULL' }),
} as const;
export type Operator = keyof typeof FILTERS;
export type Condition = { readonly column: Column; readonly operator: Operator; readonly text: string };

const EMPTINESS: Operator[] = ['isEmpty', 'isNotEmpty'];
const COMPARISONS: Operator[] = ['is', 'isNot', 'atLeast', 'atMost', ...EMPTINESS];
const OPERATORS: Partial<Record<InputKind, Operator[]>> = {
  text: ['contains', 'is', 'isNot', ...EMPTINESS],
  boolean: ['is'],
  select: ['is', 'isNot', ...EMPTINESS],
};

/** Empty if the column can't be filtered. `allowsMe` adds a condition for the current member. */
export function operatorsOf({ field, main, targets }: Column, allowsMe: boolean): readonly Operator[] {
  const [target, ...others] = targets;
  if (target && others.length === 0)
    return allowsMe && target.object.nameSingular === 'workspaceMember' ? ['isMe', ...EMPTINESS] : EMPTINESS;
  // The API has no text operators for UUIDs.
  if (!main || field.type === 'UUID') return [];
  return OPERATORS[main.kind] ?? COMPARISONS;
}

/** The part that the value of the condition is for; null if the operator takes no value. */
export function operand({ column: { main }, operator }: Condition): Part | null {
  return operator === 'isMe' || EMPTINESS.includes(operator) ? null : main;
}

/** Empty for an incomplete condition. */
export function filterOf(condition: Condition): Filter[] {
  const { column, operator, text } = condition;
  const part = operand(condition);
  if (part && part.kind !== 'boolean' && text === '') return [];
  const operators = FILTERS[operator](part && apiValue(part, text));
  const sub = column.main?.sub;
  return [{ [filterName(column)]: sub ? { [sub]: operators } : operators }];
}

const filterName = ({ field, targets: [target] }: Column) => (target ? `${target.name}Id` : field.name);

/** The conditions that a filter is equal to; null if conditions can't express it. */
export function conditionsOf(filter: Filter, columns: readonly Column[]): Condition[] | null {
  const conditions: Condition[] = [];
  for (const [name, value] of Object.entries(filter)) {
    const part =
      name === 'and' && Array.isArray(value) ? conditionsOfAll(value, columns) : conditionOf(name, value, columns);
    if (!part) return null;
    conditions.push(...part);
  }
  return conditions;
}

function conditionsOfAll(filters: readonly Filter[], columns: readonly Column[]): Condition[] | null {
  const parts = filters.map((each) => conditionsOf(each, columns));
  return parts.includes(null) ? null : parts.flatMap((each) => each ?? []);
}

/** The condition that results in exactly this filter. */
function conditionOf(name: string, value: unknown, columns: readonly Column[]): Condition[] | null {
  const column = columns.find((each) => filterName(each) === name);
  if (!column) return null;
  const expected = JSON.stringify({ [name]: value });
  for (const operator of operatorsOf(column, true)) {
    const condition = { column, operator, text: textOf(column, value) };
    if (JSON.stringify(filterOf(condition)[0]) === expected) return [condition];
  }
  return null;
}

function textOf({ main }: Column, value: unknown): string {
  const operators = main?.sub ? (value as Record<string, unknown>)[main.sub] : value;
  const [first] = Object.values((operators ?? {}) as Record<string, unknown>);
  const { ilike } = (operators ?? {}) as { ilike?: string };
  if (typeof ilike === 'string') return ilike.replace(/^%|%$/g, '');
  return main ? inputText({ ...main, sub: null }, first) : '';
}

/** `Employees is at most 100` */
export function useConditionWords(): (condition: Condition) => string {
  const { t } = useTranslation();
  return (condition) => {
    const { column, operator, text } = condition;
    const part = operand(condition);
    const option = column.field.options?.find(({ value }) => value === text)?.label;
    const yesOrNo = text === 'true' ? t('common.yes') : t('common.no');
    const value = part?.kind === 'boolean' ? yesOrNo : (option ?? text);
    return [column.field.label, t(`records.operators.${operator}`), part && value].filter(Boolean).join(' ');
  };
}
