/** Checks that the field types with options share. Contract: metadata.md 2.5 */

import { mistakesIf, shown } from './checks.ts';
import { isQuoted, unquoted } from './defaults.ts';
import type { ValueContext } from './field-type.ts';

type Options = ValueContext['options'];

function values(options: Options): string[] {
  return (options ?? []).map(({ value }) => value);
}

// Enough for most fields; the list of a long one would hide what is wrong.
const MAX_LISTED = 20;

/** The options in a message. */
export function listed(options: Options): string {
  const known = values(options);
  if (known.length === 0) return 'one of the options, of which there are none';
  const more = known.length > MAX_LISTED ? ` or ${known.length - MAX_LISTED} more` : '';
  return `one of ${known.slice(0, MAX_LISTED).join(', ')}${more}`;
}

export function optionMistakes(value: unknown, options: Options): string[] {
  const isKnown = typeof value === 'string' && values(options).includes(value);
  return mistakesIf(!isKnown, `Invalid value ${shown(value)}: expected ${listed(options)}`);
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
