/** Records as lines of JSON and back. */

import { PlinthError } from '../../errors.ts';
import type { Given, GivenFields } from '../../given.ts';
import { parseJson } from '../../limits/json.ts';
import type { Part } from '../../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import type { Resource } from '../vocabulary.ts';

type Row = GivenFields;

/** @param records the JSON of each, which has no line breaks */
export function linesText(records: readonly string[]): string {
  return records.map((json) => `${json}\n`).join('');
}

/**
 * Reads lines. What an export shows and nobody can write (who a record is by, words to search for) is passed over, so
 * that what was exported can be imported.
 * @returns a function that throws an Error whose message says what is wrong with the line
 */
export function lineReader({ object }: Resource): (text: string) => Row {
  const readOnly = object.fields.flatMap((field) => {
    const parts: readonly Part[] = FIELD_TYPES[field.type].parts;
    const names = parts.filter(({ isReadOnly }) => isReadOnly).map(({ name }) => name);
    return names.length > 0 ? [{ field: field.name, names: new Set(names) }] : [];
  });
  return (text) => {
    const record = objectIn(text);
    for (const { field, names } of readOnly) {
      if (names.has(null)) delete record[field];
      else if (record[field]) for (const name of names) delete record[field][name as string];
    }
    return record;
  };
}

function objectIn(text: string): Record<string, Given> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    if (cause instanceof PlinthError) throw cause;
    throw new Error('The line is not valid JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('The line must be a JSON object with the fields of one record');
  return value;
}
