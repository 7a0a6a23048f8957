/** Field types whose values are options: in Postgres an enum type of their own. Contract: core.md 2.6, metadata.md 2.5. */

import { mistakesIf, shown } from './checks.ts';
import { isQuoted, unquoted } from './defaults.ts';
import type { FieldType } from './field-type.ts';
import { united } from './lists.ts';

type Options = readonly { readonly value: string }[] | null;

function values(options: Options): string[] {
  return (options ?? []).map(({ value }) => value);
}

function unknownOption(value: unknown, options: Options): string[] {
  const isKnown = typeof value === 'string' && values(options).includes(value);
  return mistakesIf(!isKnown, `Invalid value ${shown(value)}: it is one of ${values(options).join(', ')}`);
}

/** JSON schema has no enum of nothing: a field whose options are all gone takes none. */
function oneOfThe(options: Options): Record<string, unknown> {
  return { type: 'string', ...(options?.length ? { enum: values(options) } : {}) };
}

/** The wire's own sentences. Contract: metadata.md 2.5 */
function strayDefault(value: unknown, options: Options): string[] {
  if (!isQuoted(value)) return ['Default value should be as quoted string'];
  return mistakesIf(
    !values(options).includes(unquoted(value)),
    `Default value "${value}" must be one of the option values`,
  );
}

function shownBare(value: unknown): string {
  return typeof value === 'string' ? value : shown(value);
}

export const select: FieldType = {
  type: 'SELECT',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'enum', scalar: 'Enum', isUniqueKey: true }],
  creatable: true,
  check: (value, { options }) => unknownOption(value, options),
  checkDefault: (value, { options }) => strayDefault(value, options),
  write: (value) => ({ value }),
  openapi: ({ options }) => oneOfThe(options),
};

export const rating: FieldType = { ...select, type: 'RATING' };

export const multiSelect: FieldType = {
  type: 'MULTI_SELECT',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'enum[]', scalar: 'Enum', empty: '{}' }],
  creatable: true,
  check: (value, { options }) =>
    typeof value === 'string' || Array.isArray(value)
      ? [value].flat().flatMap((each) => unknownOption(each, options))
      : [`must be a list of options, not ${shown(value)}`],
  checkDefault(value, { options }) {
    if (!Array.isArray(value)) return [`Default value for multi-select must be an array got ${shownBare(value)}`];
    if (value.length === 0) return ['If defined default value must contain at least one value'];
    if (new Set(value).size < value.length) return ['Default values must be unique'];
    return value.flatMap((each) => strayDefault(each, options)).slice(0, 1);
  },
  write: (value: string | string[]) => ({ value: [value].flat() }),
  combine: united,
  openapi: ({ options }) => ({ type: 'array', items: oneOfThe(options) }),
};
