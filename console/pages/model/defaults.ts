/** Default values as the metadata APIs spell them: texts in single quotes, `now` and `uuid` for what is made with the record. */

import type { Field, Option } from '../../api/model.ts';
import { inputText, partsOf, valueOfParts } from '../records/columns.ts';

/** What stands in the inputs, or that the value is made with each record. */
export type Default = { readonly texts: readonly string[]; readonly isMade: boolean };

export const NO_DEFAULT: Default = { texts: [], isMade: false };

const MADE: Readonly<Record<string, string>> = { DATE: 'now', DATE_TIME: 'now', UUID: 'uuid' };
/** Their texts stand as they are. */
const UNQUOTED = ['ARRAY', 'RAW_JSON'];

export const canHaveDefault = (type: string) => partsOf(type).length > 0;
export const canBeMade = (type: string) => type in MADE;

export const RATINGS: readonly Option[] = [1, 2, 3, 4, 5].map((stars, position) => ({
  value: `RATING_${stars}`,
  label: String(stars),
  color: 'gray',
  position,
}));

export function defaultOf(type: string, { texts, isMade }: Default): unknown {
  if (isMade) return MADE[type];
  const parts = partsOf(type);
  const isSaid = parts.some(({ kind }, place) => kind === 'boolean' || (texts[place] ?? '') !== '');
  if (!isSaid) return null;
  const value = valueOfParts(parts, texts);
  return UNQUOTED.includes(type) ? value : quoted(value);
}

/** As it stands in the inputs. */
export function readDefault({ type, defaultValue }: Field): Default {
  if (defaultValue === null) return NO_DEFAULT;
  if (defaultValue === MADE[type]) return { texts: [], isMade: true };
  const value = UNQUOTED.includes(type) ? defaultValue : unquoted(defaultValue);
  return { texts: partsOf(type).map((part) => inputText(part, value)), isMade: false };
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
