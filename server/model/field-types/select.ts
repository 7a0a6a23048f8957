/**
 * One of the field's options: in Postgres, a label of the field's enum type. Contract: core.md 2.6, metadata.md 2.5.
 */

import { asGiven, type FieldType } from './field-type.ts';
import { defaultOptionMistakes, optionMistakes, optionSchema } from './options.ts';

export const select: FieldType = {
  type: 'SELECT',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'enum', scalar: 'Enum', isUniqueKey: true }],
  inferredFrom: { enum: {} },
  creatable: true,
  hasOptions: true,
  check: (value, { options }) => optionMistakes(value, options),
  checkDefault: (value, { options }) => defaultOptionMistakes(value, options),
  write: asGiven,
  openapi: ({ options }) => optionSchema(options),
};
