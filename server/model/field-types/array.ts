/** A list of texts. A client may write one text instead. Contract: core.md 2.6, 2.22. */

import { isText, mistakesIf, shown } from './checks.ts';
import { MAX_VALUES } from './defaults.ts';
import type { FieldType } from './field-type.ts';
import { united } from './lists.ts';

const check: FieldType['check'] = (value) =>
  mistakesIf(
    !isText(value) && !(Array.isArray(value) && value.every(isText)),
    `must be a list of texts, not ${shown(value)}`,
  );

export const array: FieldType = {
  type: 'ARRAY',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'text[]', scalar: 'String', empty: '{}' }],
  inferredFrom: { 'text[]': {}, 'varchar[]': {} },
  creatable: true,
  check,
  checkDefault: (value, field) =>
    mistakesIf(!Array.isArray(value) || check(value, field).length > 0, 'Default value should be a list of texts'),
  checkSettings: MAX_VALUES,
  write: (value: string | string[]) => ({ value: [value].flat() }),
  combine: united,
  openapi: () => ({ type: 'array', items: { type: 'string' } }),
};
