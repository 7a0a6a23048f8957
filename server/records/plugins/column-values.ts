/** The type of the values that a column takes in filters, orders and cursors. */

import type { ServedObject } from '../../catalog/served.ts';
import type { ValueType } from '../../model/field-types/values.ts';
import type { Column, Field } from '../../model/model.ts';
import { scalarOf } from './record-types.ts';

export type ColumnType = ValueType & { readonly isArray: boolean };

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
