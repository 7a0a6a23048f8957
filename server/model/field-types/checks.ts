/** Small checks that several field types share. Each answers with sentences, none when all is well. */

import type { Part } from './field-type.ts';

export function mistakesIf(isWrong: boolean, mistake: string): string[] {
  return isWrong ? [mistake] : [];
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Postgres keeps every character but the one of code 0, and no half of one. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A finite number, or text that spells one as a person would: Postgres' numbers of base 16 and with underscores are
 * later than 15.
 */
export function isNumeric(value: unknown): boolean {
  return typeof value === 'number'
    ? Number.isFinite(value)
    : isText(value) && DECIMAL.test(value) && Number.isFinite(Number(value));
}

const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*$/i;

/** A whole number of 64 bits, or text that spells one. As a JSON number only while it is exact. */
export function isWholeNumber(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return isText(value) && /^-?\d{1,19}$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value);
}

// Any 128 bits, as Postgres takes them. `validate` of the package uuid refuses those without a version and a variant of
// RFC 9562.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): value is string {
  return isText(value) && UUID.test(value);
}

/** A composite value must be an object of known sub-fields; then `checkPart` looks at each one given. */
export function checkParts(
  value: unknown,
  parts: readonly Part[],
  checkPart: (name: string, value: unknown) => string[],
): string[] {
  if (!isPlainObject(value))
    return [`must be an object with ${parts.map(({ name }) => name).join(', ')}, not ${shown(value)}`];
  return Object.entries(value).flatMap(([name, each]) => {
    const part = parts.find((known) => known.name === name);
    if (!part) return [`has no sub-field "${name}"; it has ${parts.map((known) => known.name).join(', ')}`];
    if (part.isReadOnly) return [`sub-field "${name}" cannot be written`];
    return each == null ? [] : checkPart(name, each);
  });
}

/** A list of objects of texts, each of which may be left out or null: `{ url, label }`. */
export function listOf(name: string, keys: readonly string[], value: unknown): string[] {
  const isOne = (each: unknown) =>
    isPlainObject(each) &&
    Object.entries(each).every(([key, text]) => keys.includes(key) && (text == null || isText(text)));
  return mistakesIf(
    !(Array.isArray(value) && value.every(isOne)),
    `${name} must be a list of { ${keys.join(', ')} }, not ${shown(value)}`,
  );
}

export function textOnly(name: string, value: unknown): string[] {
  return mistakesIf(!isText(value), `${name} must be a text, not ${shown(value)}`);
}
