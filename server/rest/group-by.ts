/** The parameters of `GET /rest/{plural}/groupBy`, as the arguments of the GraphQL operation. Contract: core.md 3.11 */

import { PlinthError, refuse } from '../errors.ts';
import { parseJson } from '../limits/json.ts';
import { aggregatesOf } from '../model/aggregates.ts';
import { isPlainObject } from '../model/field-types/checks.ts';
import { typeName } from '../model/model.ts';
import { filterInput } from './filter.ts';
import { orderInput } from './order.ts';
import { type Argument, type Query, textOf } from './parameters.ts';
import type { Resource } from './vocabulary.ts';

export type GroupByCall = {
  readonly arguments: readonly Argument[];
  /** Names of the aggregates that are answered with each group. */
  readonly aggregates: readonly string[];
  readonly hasRecords: boolean;
};

/**
 * @throws PlinthError that names the parameter, and where in it the mistake is; what GraphQL checks too is its to check
 */
export function groupByCall(resource: Resource, query: Query): GroupByCall {
  const type = typeName(resource.object);
  const groupBy = jsonList(query, 'group_by', '[{"createdAt":{"granularity":"MONTH"}}]');
  if (!groupBy)
    throw refuse('INVALID_QUERY_INPUT', 'group_by is missing: give a JSON array, as in group_by=[{"id":true}]');
  const filter = filterOf(resource, query, isTrue(query, 'omit_null_values') ? groupBy : []);
  const orderBy = jsonList(query, 'order_by', '[{"aggregate":{"totalCount":"DescNullsLast"}}]');
  const orderByForRecords = textOf(query, 'order_by_for_records');
  const limit = textOf(query, 'limit');
  const viewId = textOf(query, 'view_id');
  const given: Argument[] = [{ name: 'groupBy', type: `[${type}GroupByInput!]!`, value: groupBy }];
  if (filter) given.push({ name: 'filter', type: `${type}FilterInput`, value: filter });
  if (orderBy) given.push({ name: 'orderBy', type: `[${type}OrderByWithGroupByInput]`, value: orderBy });
  if (orderByForRecords) {
    const value = orderInput(orderByForRecords, resource, 'order_by_for_records');
    given.push({ name: 'orderByForRecords', type: `[${type}OrderByInput]`, value });
  }
  if (viewId !== undefined) given.push({ name: 'viewId', type: 'UUID', value: viewId });
  if (limit !== undefined) given.push({ name: 'limit', type: 'Int', value: wholeNumber('limit', limit) });
  return {
    arguments: given,
    aggregates: aggregatesGiven(resource, query),
    hasRecords: isTrue(query, 'include_records_sample'),
  };
}

/** Without any it is the number of records that groups are asked for. */
function aggregatesGiven(resource: Resource, query: Query): string[] {
  const names = jsonList(query, 'aggregate', '["totalCount"]');
  if (!names?.length) return ['totalCount'];
  const known = new Set(aggregatesOf(resource.object).map(({ name }) => name));
  for (const [place, name] of names.entries()) {
    if (!known.has(name as string)) {
      const { nameSingular } = resource.object;
      const shown = JSON.stringify(name);
      throw refuse('INVALID_QUERY_INPUT', `aggregate, element ${place + 1}: ${nameSingular} has no aggregate ${shown}`);
    }
  }
  return [...new Set(names as string[])];
}

/** Groups whose value is null are left out by leaving their records out: so the limit counts the others. */
function filterOf(resource: Resource, query: Query, valued: readonly unknown[]): object | undefined {
  const text = textOf(query, 'filter');
  const conditions = [...(text === undefined ? [] : [filterInput(text, resource)]), ...valued.map(notNull)];
  return conditions.length > 1 ? { and: conditions } : (conditions[0] as object | undefined);
}

/** `{ amount: { currencyCode: true } }` → `{ amount: { currencyCode: { is: NOT_NULL } } }`. */
function notNull(element: unknown): object {
  if (!isPlainObject(element)) return {}; // GraphQL refuses it in its own place
  return Object.fromEntries(
    Object.entries(element).map(([name, value]) => [
      name,
      isPlainObject(value) && !isBucket(value) ? notNull(value) : { is: 'NOT_NULL' },
    ]),
  );
}

function isBucket(value: Record<string, unknown>): boolean {
  return Object.keys(value).every((name) => ['granularity', 'weekStartDay', 'timeZone'].includes(name));
}

function jsonList(query: Query, name: string, example: string): unknown[] | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    if (Array.isArray(value)) return value;
  } catch (error) {
    if (error instanceof PlinthError) throw error;
    throw refuse('INVALID_QUERY_INPUT', {
      message: `${name} is not JSON: it is an array, as in ${example}`,
      cause: error,
    });
  }
  throw refuse('INVALID_QUERY_INPUT', `${name} must be a JSON array, as in ${example}`);
}

function isTrue(query: Query, name: string): boolean {
  const text = textOf(query, name);
  if (text !== undefined && text !== 'true' && text !== 'false')
    throw refuse('BAD_REQUEST', `${name} '${text}' is invalid: it is true or false`);
  return text === 'true';
}

function wholeNumber(name: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(number)) throw refuse('BAD_REQUEST', `${name} '${text}' is invalid: it must be a whole number`);
  return number;
}
