/** Default values in the format of the metadata APIs: quoted texts, and `now` and `uuid` for generated values. */

import type { Field, Option } from '../../api/model.ts';
import { inputText, partsOf, valueOfParts } from '../records/columns.ts';

/** The texts of the inputs, or that the value is generated with each record. */
export type Default = { readonly texts: readonly string[]; readonly isGenerated: boolean };

export const NO_DEFAULT: Default = { texts: [], isGenerated: false };

const GENERATED: Readonly<Record<string, string>> = { DATE: 'now', DATE_TIME: 'now', UUID: 'uuid' };
/** Types whose texts are not quoted. */
const UNQUOTED = ['ARRAY', 'RAW_JSON'];

export const canHaveDefault = (type: string) => partsOf(type).length > 0;
export const canBeGenerated = (type: string) => type in GENERATED;

export const RATINGS: readonly Option[] = [1, 2, 3, 4, 5].map((stars, position) => ({
  value: `RATING_${stars}`,
  label: String(stars),
  color: 'gray',
  position,
}));

export function defaultOf(type: string, { texts, isGenerated }: Default): unknown {
  if (isGenerated) return GENERATED[type];
  const parts = partsOf(type);
  const isSet = parts.some(({ kind }, index) => kind === 'boolean' || (texts[index] ?? '') !== '');
  if (!isSet) return null;
  const value = valueOfParts(parts, texts);
  return UNQUOTED.includes(type) ? value : quoted(value);
}

/** The inputs for the saved default value of a field. */
export function readDefault({ type, defaultValue }: Field): Default {
  if (defaultValue === null) return NO_DEFAULT;
  if (defaultValue === GENERATED[type]) return { texts: [], isGenerated: true };
  const value = UNQUOTED.includes(type) ? defaultValue : unquoted(defaultValue);
  return { texts: partsOf(type).map((part) => inputText(part, value)), isGenerated: false };
}

function quoted(value: unknown): unknown {
  return mapTexts(value, (text) => `'${text}'`);
}

function unquoted(value: unknown): unknown {
  return mapTexts(value, (text) => text.replace(/^'(.*)'$/s, '$1'));
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, map));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTexts(each, map)]));
}
