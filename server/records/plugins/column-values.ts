/** Values that clients give for a column, in a filter or a cursor: as Postgres takes them, or why it would not. */

import type { ServedObject } from '../../catalog/served.ts';
import { isNumeric, isText, isUuid, isWholeNumber, shown } from '../../model/field-types/checks.ts';
import type { Scalar } from '../../model/field-types/field-type.ts';
import { momentOf } from '../../model/field-types/moment.ts';
import type { Column, Field } from '../../model/model.ts';
import { scalarOf } from './record-types.ts';

/** What a column takes. */
export type ColumnType = {
  readonly scalar: Scalar;
  readonly isArray: boolean;
  readonly isWhole: boolean;
  /** Of an enum. */
  readonly options: readonly string[] | null;
};

export type Value = string | number | boolean;

export function columnTypeOf({ table }: ServedObject, field: Field, column: Column): ColumnType {
  const { codec } = table.codec.attributes[column.name];
  const values: readonly { readonly value: string }[] | undefined = (codec.arrayOfCodec ?? codec).values;
  return {
    scalar: scalarOf(field, column),
    isArray: column.isArray,
    isWhole: column.type === 'bigint' || column.type === 'integer',
    options: values?.map(({ value }) => value) ?? null,
  };
}

/**
 * One value (an element, of a list), as a parameter.
 * @throws the sentence that says what is wrong, made an error by `fail`, which knows the place
 */
export function valueFor(type: ColumnType, value: unknown, fail: (mistake: string) => Error): Value {
  const wants = (what: string) => fail(`${shown(value)} is not ${what}`);
  switch (type.scalar) {
    case 'ActorSource':
    case 'Enum':
      if (!isText(value) || type.options?.includes(value) === false)
        throw wants(`one of ${type.options?.join(', ') ?? 'the options'}`);
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
      const moment = momentOf(value);
      if (moment === null) throw wants('a date such as 2026-03-01 or 2026-03-01T09:00:00Z');
      return type.scalar === 'Date' ? moment.toISOString().slice(0, 10) : moment.toISOString();
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
      if (!isText(value)) throw wants('a text that Postgres can keep');
      return value;
  }
}
