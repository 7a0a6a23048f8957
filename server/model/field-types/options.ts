/** Checks that the field types with options share. Contract: metadata.md 2.5 */

import { mistakesIf, shown } from './checks.ts';
import { isQuoted, unquoted } from './defaults.ts';
import type { ValueContext } from './field-type.ts';

type Options = ValueContext['options'];

function values(options: Options): string[] {
  return (options ?? []).map(({ value }) => value);
}

export function optionMistakes(value: unknown, options: Options): string[] {
  const isKnown = typeof value === 'string' && values(options).includes(value);
  return mistakesIf(!isKnown, `Invalid value ${shown(value)}: it is one of ${values(options).join(', ')}`);
}

/** The messages are the reference's own. */
export function defaultOptionMistakes(value: unknown, options: Options): string[] {
  if (!isQuoted(value)) return ['Default value should be as quoted string'];
  return mistakesIf(
    !values(options).includes(unquoted(value)),
    `Default value "${value}" must be one of the option values`,
  );
}

/** JSON schema does not allow an empty enum, which a field without options would have. */
export function optionSchema(options: Options): Record<string, unknown> {
  return { type: 'string', ...(options?.length ? { enum: values(options) } : {}) };
}
