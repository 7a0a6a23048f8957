/** The position of a record among the others. Clients may write "first" and "last". Contract: core.md 2.6, 2.22. */

import { mistakesIf, shown } from './checks.ts';
import { asGiven, type FieldType } from './field-type.ts';

export const position: FieldType = {
  type: 'POSITION',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'double precision', scalar: 'Position' }],
  creatable: 'Field type POSITION is a system type and cannot be created manually.',
  // A new record goes to the end, which the index finds.
  index: 'BTREE',
  acceptsEnds: true,
  check: (value) =>
    mistakesIf(
      !(typeof value === 'number' && Number.isFinite(value)) && value !== 'first' && value !== 'last',
      `must be a number, "first" or "last", not ${shown(value)}`,
    ),
  checkDefault: (value) => mistakesIf(typeof value !== 'number', 'Default value should be a number'),
  write: asGiven,
  openapi: () => ({ type: 'number' }),
};
