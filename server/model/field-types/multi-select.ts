/**
 * Some of the field's options: in Postgres, an array of the field's enum type. Contract: core.md 2.6, metadata.md 2.5.
 */

import { shown } from './checks.ts';
import type { FieldType } from './field-type.ts';
import { united } from './lists.ts';
import { defaultOptionMistakes, optionMistakes, optionSchema } from './options.ts';

export const multiSelect: FieldType = {
  type: 'MULTI_SELECT',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'enum[]', scalar: 'Enum', empty: '{}' }],
  inferredFrom: { 'enum[]': {} },
  creatable: true,
  hasOptions: true,
  check: (value, { options }) =>
    typeof value === 'string' || Array.isArray(value)
      ? [value].flat().flatMap((each) => optionMistakes(each, options))
      : [`must be a list of options, not ${shown(value)}`],
  checkDefault(value, { options }) {
    if (!Array.isArray(value)) {
      const quoted = typeof value === 'string' ? value : shown(value);
      return [`Default value for multi-select must be an array got ${quoted}`];
    }
    if (value.length === 0) return ['If defined default value must contain at least one value'];
    if (new Set(value).size < value.length) return ['Default values must be unique'];
    return value.flatMap((each) => defaultOptionMistakes(each, options)).slice(0, 1);
  },
  write: (value: string | string[]) => ({ value: [...new Set([value].flat())] }),
  combine: united,
  openapi: ({ options }) => ({ type: 'array', items: optionSchema(options) }),
};
