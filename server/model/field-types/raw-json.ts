/** A JSON object or list. Contract: core.md 2.6, 2.22. */

import { PlinthError } from '../../errors.ts';
import { parseJson } from '../../limits/json.ts';
import { isPlainObject, isText, mistakesIf, shown } from './checks.ts';
import type { FieldType } from './field-type.ts';

export const rawJson: FieldType = {
  type: 'RAW_JSON',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'jsonb', scalar: 'JSON' }],
  inferredFrom: { jsonb: {}, json: {} },
  creatable: true,
  check: (value) => mistakesIf(parsedJson(value) === undefined, `must be a JSON object or list, not ${shown(value)}`),
  checkDefault: (value) =>
    mistakesIf(!isPlainObject(value) && !Array.isArray(value), 'Default value should be an object'),
  write: (value) => ({ value: parsedJson(value) }),
  openapi: () => ({ type: 'object', additionalProperties: true }),
};

// Escapes that jsonb refuses: the character U+0000 and unpaired surrogates.
const NOT_IN_JSONB = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** An object or a list, given as such or as text; undefined for anything else. */
export function parsedJson(value: unknown): unknown {
  if (isPlainObject(value) || Array.isArray(value)) return NOT_IN_JSONB.test(JSON.stringify(value)) ? undefined : value;
  if (!isText(value) || NOT_IN_JSONB.test(value)) return undefined;
  try {
    return parseJson(value);
  } catch (error) {
    if (error instanceof PlinthError) throw error;
    return undefined; // the caller refuses the value and quotes it
  }
}
