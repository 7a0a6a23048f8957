/**
 * A relation. Its column, if it has one, comes from the model (`columnsOf`). Contract: core.md 2.6, metadata.md 2.6.
 */

import { isUuid, mistakesIf, shown } from './checks.ts';
import { oneOf, settingsOf } from './defaults.ts';
import { asGiven, type FieldType } from './field-type.ts';

export const relation: FieldType = {
  type: 'RELATION',
  composite: null,
  parts: [],
  creatable: true,
  check: (value) => mistakesIf(!isUuid(value), `Invalid UUID value ${shown(value)}`),
  checkSettings: settingsOf({ onDelete: oneOf('CASCADE', 'RESTRICT', 'SET_NULL', 'NO_ACTION') }),
  write: asGiven,
  openapi: () => ({ type: 'string', format: 'uuid' }),
};
