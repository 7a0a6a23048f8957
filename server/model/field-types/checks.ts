/** Small checks that several field types share. Each answers with sentences, none when all is well. */

import type { Part } from './field-type.ts';

export function mistakesIf(isWrong: boolean, mistake: string): string[] {
  return isWrong ? [mistake] : [];
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A finite number, or text that spells one. */
export function isNumeric(value: unknown): boolean {
  return typeof value === 'number'
    ? Number.isFinite(value)
    : isText(value) && value.trim() !== '' && Number.isFinite(Number(value));
}

export function isWholeNumber(value: unknown): boolean {
  return typeof value === 'number' ? Number.isSafeInteger(value) : isText(value) && /^-?\d{1,18}$/.test(value);
}

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

export function textOnly(name: string, value: unknown): string[] {
  return mistakesIf(!isText(value), `${name} must be a text, not ${shown(value)}`);
}
