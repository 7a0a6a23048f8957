/** Conditions on records: what people choose, as a filter of the API, and back. */

import { useTranslation } from 'react-i18next';
import type { Filter } from '../../api/records.ts';
import { type Column, type InputKind, inputText, type Part, written } from './columns.ts';

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

/** None where it cannot be filtered by. `knowsMe` where somebody will ask, whose record `$me` is. */
export function operatorsOf({ field, main, targets }: Column, knowsMe: boolean): readonly Operator[] {
  const [target, ...others] = targets;
  if (target && others.length === 0)
    return knowsMe && target.object.nameSingular === 'workspaceMember' ? ['isMe', ...EMPTINESS] : EMPTINESS;
  // UUIDs are equal or not: `ilike` is for texts alone.
  if (!main || field.type === 'UUID') return [];
  return OPERATORS[main.kind] ?? COMPARISONS;
}

/** The value that an operator takes; null where it takes none. */
export function operand({ column: { main }, operator }: Condition): Part | null {
  return operator === 'isMe' || EMPTINESS.includes(operator) ? null : main;
}

/** Nothing for a condition that says nothing yet. */
export function filterOf(condition: Condition): Filter[] {
  const { column, operator, text } = condition;
  const part = operand(condition);
  if (part && part.kind !== 'boolean' && text === '') return [];
  const said = FILTERS[operator](part && written(part, text));
  const sub = column.main?.sub;
  return [{ [filterName(column)]: sub ? { [sub]: said } : said }];
}

const filterName = ({ field, targets: [target] }: Column) => (target ? `${target.name}Id` : field.name);

/** The conditions of which a filter is made, all of which must hold; null where it says more than they can. */
export function rowsOf(filter: Filter, columns: readonly Column[]): Condition[] | null {
  const conditions: Condition[] = [];
  for (const [name, value] of Object.entries(filter)) {
    const part = name === 'and' && Array.isArray(value) ? flattened(value, columns) : one(name, value, columns);
    if (!part) return null;
    conditions.push(...part);
  }
  return conditions;
}

function flattened(filters: readonly Filter[], columns: readonly Column[]): Condition[] | null {
  const parts = filters.map((each) => rowsOf(each, columns));
  return parts.includes(null) ? null : parts.flatMap((each) => each ?? []);
}

/** Whatever condition says the same as the filter does. */
function one(name: string, value: unknown, columns: readonly Column[]): Condition[] | null {
  const column = columns.find((each) => filterName(each) === name);
  if (!column) return null;
  const wanted = JSON.stringify({ [name]: value });
  for (const operator of operatorsOf(column, true)) {
    const condition = { column, operator, text: textIn(column, value) };
    if (JSON.stringify(filterOf(condition)[0]) === wanted) return [condition];
  }
  return null;
}

function textIn({ main }: Column, value: unknown): string {
  const said = main?.sub ? (value as Record<string, unknown>)[main.sub] : value;
  const [first] = Object.values((said ?? {}) as Record<string, unknown>);
  const { ilike } = (said ?? {}) as { ilike?: string };
  if (typeof ilike === 'string') return ilike.replace(/^%|%$/g, '');
  return main ? inputText({ ...main, sub: null }, first) : '';
}

/** `Employees at most 100` */
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
