/** The words that a record is found by: a column that Postgres generates from other fields. Contract: core.md 2.6. */

import type { FieldType } from './field-type.ts';

export const tsVector: FieldType = {
  type: 'TS_VECTOR',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'tsvector', scalar: 'TSVector', isReadOnly: true }],
  inferredFrom: { tsvector: {} },
  isGroupable: false,
  creatable: 'TS Vector is not supported for field creation',
  isGenerated: true,
  index: 'GIN',
  check: () => ['cannot be written: it is made from other fields'],
  write: () => ({}),
  openapi: () => ({ type: 'string' }),
};
