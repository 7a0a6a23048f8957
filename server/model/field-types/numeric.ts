/** A decimal number of any precision: only columns of hand-made tables have this type. Contract: core.md 2.6, 2.22. */

import { isNumeric, mistakesIf, shown } from './checks.ts';
import { asGiven, type FieldType } from './field-type.ts';

export const numeric: FieldType = {
  type: 'NUMERIC',
  composite: null,
  parts: [
    {
      name: null,
      suffix: null,
      sql: 'numeric',
      scalar: 'BigFloat',
      isUniqueKey: true,
      aggregates: ['min', 'max', 'avg'],
    },
  ],
  inferredFrom: { numeric: {} },
  creatable: 'Field type NUMERIC is not supported for field creation. Use NUMBER instead.',
  check: (value) => mistakesIf(!isNumeric(value), `must be a number, not ${shown(value)}`),
  write: asGiven,
  openapi: () => ({ type: 'number' }),
};
