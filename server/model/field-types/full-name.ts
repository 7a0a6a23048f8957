/** A person's name. Contract: core.md 2.7. */

import { checkParts, textOnly } from './checks.ts';
import { compositeDefault } from './defaults.ts';
import type { FieldType, Part } from './field-type.ts';

const parts: readonly Part[] = [
  { name: 'firstName', suffix: 'first_name', sql: 'text', scalar: 'String', empty: '' },
  { name: 'lastName', suffix: 'last_name', sql: 'text', scalar: 'String', empty: '' },
];

const check: FieldType['check'] = (value) => checkParts(value, parts, textOnly);

export const fullName: FieldType = {
  type: 'FULL_NAME',
  composite: 'FullName',
  parts,
  creatable: true,
  canLabel: true,
  check,
  checkDefault: compositeDefault(parts, check),
  write: (value) => value,
  openapi: () => ({ type: 'object', properties: { firstName: { type: 'string' }, lastName: { type: 'string' } } }),
};
