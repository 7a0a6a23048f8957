/** A number: double precision unless the settings say `int` or `bigint`. Contract: core.md 2.6, 2.22. */

import { isWholeNumber, mistakesIf, shown } from './checks.ts';
import { oneOf, settingsOf, wholeNumber } from './defaults.ts';
import { asGiven, type FieldSettings, type FieldType } from './field-type.ts';

const isWhole = ({ dataType }: FieldSettings) => dataType === 'int' || dataType === 'bigint';

const check: FieldType['check'] = (value, { settings }) =>
  isWhole(settings)
    ? mistakesIf(!isWholeNumber(value), `must be a whole number, not ${shown(value)}`)
    : mistakesIf(typeof value !== 'number' || !Number.isFinite(value), `must be a number, not ${shown(value)}`);

export const number: FieldType = {
  type: 'NUMBER',
  composite: null,
  parts: [
    {
      name: null,
      suffix: null,
      sql: ({ dataType }) => (dataType === 'int' ? 'integer' : dataType === 'bigint' ? 'bigint' : 'double precision'),
      scalar: ({ dataType }) => (dataType === 'int' ? 'Int' : dataType === 'bigint' ? 'BigFloat' : 'Float'),
      isUniqueKey: true,
      aggregates: ['min', 'max', 'sum', 'avg'],
    },
  ],
  inferredFrom: {
    int2: { dataType: 'int' },
    int4: { dataType: 'int' },
    int8: { dataType: 'bigint' },
    float4: { dataType: 'float' },
    float8: { dataType: 'float' },
  },
  creatable: true,
  check,
  checkDefault: (value, field) =>
    mistakesIf(typeof value !== 'number' || check(value, field).length > 0, 'Default value should be a number'),
  checkSettings: settingsOf({
    dataType: oneOf('float', 'int', 'bigint'),
    decimals: wholeNumber(0, 15),
    type: oneOf('number', 'percentage', 'shortNumber'),
  }),
  write: asGiven,
  openapi: ({ settings }) => ({ type: isWhole(settings) ? 'integer' : 'number' }),
};
