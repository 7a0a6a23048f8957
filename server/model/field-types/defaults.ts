/**
 * Default values and settings, as the metadata API spells them: text in single quotes, `uuid` and `now` for functions.
 * Contract: metadata.md 2.4.
 */

import { isPlainObject, mistakesIf } from './checks.ts';
import type { FieldType, Part } from './field-type.ts';

type CheckDefault = NonNullable<FieldType['checkDefault']>;
type CheckSettings = NonNullable<FieldType['checkSettings']>;

export function isQuoted(value: unknown): value is string {
  return typeof value === 'string' && /^'.*'$/s.test(value);
}

/** `'text'` → `text`; what isn't quoted stays as it is. */
export function unquoted(value: string): string {
  return isQuoted(value) && value.length >= 2 ? value.slice(1, -1) : value;
}

/** All texts of a value, however deep. */
export function unquotedAll(value: unknown): unknown {
  if (typeof value === 'string') return unquoted(value);
  if (Array.isArray(value)) return value.map(unquotedAll);
  return isPlainObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unquotedAll(each)]))
    : value;
}

/** A quoted text that, without its quotes, a record could be given; or the name of a function. */
export function quotedDefault(check: FieldType['check'], mistake: string, functionName?: string): CheckDefault {
  return (value, field) =>
    mistakesIf(
      value !== functionName && (!isQuoted(value) || check(unquoted(value), field).length > 0),
      `Default value should be ${mistake}`,
    );
}

/** A value that a record could be given as it stands. */
export function plainDefault(check: FieldType['check'], mistake: string): CheckDefault {
  return (value, field) => mistakesIf(check(value, field).length > 0, `Default value should be ${mistake}`);
}

/** An object whose texts are quoted and which, without the quotes, a record could be given. */
export function compositeDefault(parts: readonly Part[], check: FieldType['check']): CheckDefault {
  const isText = (name: string) => {
    const scalar = parts.find((part) => part.name === name)?.scalar;
    return scalar === 'String' || scalar === 'ActorSource';
  };
  return (value, field) => {
    if (!isPlainObject(value)) return ['Default value should be an object'];
    const bare = Object.entries(value).find(([name, each]) => isText(name) && each != null && !isQuoted(each));
    if (bare) return [`Default value of "${bare[0]}" should be as quoted string`];
    // What a client can't write a default may still say; an empty text is none.
    const isOurs = (name: string) => parts.find((part) => part.name === name)?.isReadOnly;
    const said = Object.entries(value).filter(([name, each]) => each !== null && each !== "''" && !isOurs(name));
    return check(unquotedAll(Object.fromEntries(said)), field).map((mistake) => `Default value: ${mistake}`);
  };
}

/** Known settings, each with what its value may be; others are kept, and mean nothing. */
export function settingsOf(known: Readonly<Record<string, (value: unknown) => string[]>>): CheckSettings {
  return (settings) =>
    Object.entries(known).flatMap(([name, check]) => {
      const value = settings[name];
      return value === undefined || value === null ? [] : check(value).map((mistake) => `Setting "${name}" ${mistake}`);
    });
}

export function oneOf(...values: readonly string[]) {
  return (value: unknown) =>
    mistakesIf(!(values as readonly unknown[]).includes(value), `must be one of ${values.join(', ')}`);
}

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (value: unknown) =>
    mistakesIf(
      !Number.isInteger(value) || (value as number) < min || (value as number) > max,
      max === Number.MAX_SAFE_INTEGER
        ? `must be a whole number, ${min} or more`
        : `must be a whole number from ${min} to ${max}`,
    );
}

export const MAX_VALUES = settingsOf({ maxNumberOfValues: wholeNumber(1) });
