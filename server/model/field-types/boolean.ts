/** True or false, never null. Contract: core.md 2.6, 2.22. */

import { mistakesIf, shown } from './checks.ts';
import { plainDefault } from './defaults.ts';
import { asGiven, type FieldType } from './field-type.ts';

const check: FieldType['check'] = (value) =>
  mistakesIf(typeof value !== 'boolean', `must be true or false, not ${shown(value)}`);

export const boolean: FieldType = {
  type: 'BOOLEAN',
  composite: null,
  parts: [
    {
      name: null,
      suffix: null,
      sql: 'boolean',
      scalar: 'Boolean',
      isUniqueKey: true,
      aggregates: ['countTrue', 'countFalse'],
    },
  ],
  inferredFrom: { bool: {} },
  creatable: true,
  isNeverNull: true,
  initialDefault: false,
  check,
  checkDefault: plainDefault(check, 'true or false'),
  write: asGiven,
  openapi: () => ({ type: 'boolean' }),
};
