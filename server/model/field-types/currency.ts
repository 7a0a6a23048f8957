/** Money: an amount in millionths of its unit and an ISO 4217 code. Contract: core.md 2.7. */

import { checkParts, isWholeNumber, mistakesIf, shown, textOnly } from './checks.ts';
import { compositeDefault } from './defaults.ts';
import type { FieldType, Part } from './field-type.ts';

const parts: readonly Part[] = [
  {
    name: 'amountMicros',
    suffix: 'amount_micros',
    sql: 'bigint',
    scalar: 'BigFloat',
    aggregates: ['min', 'max', 'sum', 'avg'],
  },
  { name: 'currencyCode', suffix: 'currency_code', sql: 'text', scalar: 'String', isQualifier: true },
];

const check: FieldType['check'] = (value) =>
  checkParts(value, parts, (name, each) =>
    name === 'amountMicros'
      ? mistakesIf(!isWholeNumber(each), `amountMicros must be a whole number of millionths, not ${shown(each)}`)
      : textOnly(name, each),
  );

export const currency: FieldType = {
  type: 'CURRENCY',
  composite: 'Currency',
  parts,
  creatable: true,
  check,
  checkDefault: compositeDefault(parts, check),
  write: (value) => ({ ...value, ...(value.currencyCode === '' && { currencyCode: null }) }),
  // A currency without an amount is a form's default, no value.
  combine: (values: readonly { amountMicros: unknown }[]) =>
    (values.find(({ amountMicros }) => amountMicros !== null) ?? values[0]) as Record<string, unknown>,
  openapi: () => ({
    type: 'object',
    properties: { amountMicros: { type: 'number' }, currencyCode: { type: 'string' } },
  }),
};
