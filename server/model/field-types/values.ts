/** Values that clients send for a column in a filter or a cursor: checked, and as Postgres takes them. */

import { isNumeric, isText, isUuid, isWholeNumber } from './checks.ts';
import type { Scalar } from './field-type.ts';
import { dayOf, momentOf } from './moment.ts';
import { listed } from './options.ts';

export type ValueType = {
  readonly scalar: Scalar;
  /** The column is of type bigint or integer. */
  readonly isWhole: boolean;
  /** The values of an enum. */
  readonly options: readonly string[] | null;
};

export type Value = string | number | boolean;

// Enough to recognize a value in a message.
const MAX_QUOTED_CHARACTERS = 80;

/**
 * One value, or one element of a list, as a query parameter. GraphQL and REST both check values here, so that a mistake
 * has one sentence.
 * @param path what the client calls the column, such as `name.firstName`
 * @throws the sentence that says what is wrong, made an error by `fail`
 */
export function checkedValue(type: ValueType, path: string, value: unknown, fail: (why: string) => Error): Value {
  const wants = (expected: string) => fail(invalidValue(path, value, expected));
  switch (type.scalar) {
    case 'ActorSource':
    case 'Enum':
      if (!isText(value) || type.options?.includes(value) === false)
        throw wants(listed(type.options?.map((value) => ({ value })) ?? null));
      return value;
    case 'BigFloat':
      if (type.isWhole) {
        if (!isWholeNumber(value)) throw wants('a whole number of 64 bits');
        return value as Value;
      }
      if (!isNumeric(value)) throw wants('a number');
      return value as Value;
    case 'Boolean':
      if (typeof value !== 'boolean') throw wants('true or false');
      return value;
    case 'Date':
    case 'DateTime': {
      const date = type.scalar === 'Date' ? dayOf(value) : momentOf(value)?.toISOString();
      if (date == null) throw wants('a date such as 2026-03-01 or 2026-03-01T09:00:00Z');
      return date;
    }
    case 'Float':
    case 'Position':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw wants('a number');
      return value;
    case 'Int':
      if (typeof value !== 'number' || (value | 0) !== value) throw wants('a whole number of 32 bits');
      return value;
    case 'ID':
    case 'UUID':
      if (!isUuid(value)) throw wants('a UUID');
      return value;
    case 'JSON':
    case 'String':
    case 'TSVector':
      if (!isText(value)) throw wants('text without null characters or lone surrogates');
      return value;
  }
}

export function invalidValue(path: string, value: unknown, expected: string): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const cut = text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text;
  return `Invalid value '${cut}' for field "${path}": expected ${expected}`;
}
