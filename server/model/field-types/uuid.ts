/** A UUID. Contract: core.md 2.6, 2.22. */

import { isUuid, mistakesIf, shown } from './checks.ts';
import { quotedDefault } from './defaults.ts';
import { asGiven, type FieldType } from './field-type.ts';

const check: FieldType['check'] = (value) => mistakesIf(!isUuid(value), `Invalid UUID value ${shown(value)}`);

export const uuid: FieldType = {
  type: 'UUID',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'uuid', scalar: 'UUID', isUniqueKey: true }],
  inferredFrom: { uuid: {} },
  creatable: true,
  check,
  refusal: (value, field) => `Invalid UUID value '${value}' for field "${field}"`,
  checkDefault: quotedDefault(check, '"uuid" or a quoted uuid', 'uuid'),
  write: asGiven,
  openapi: () => ({ type: 'string', format: 'uuid' }),
};
