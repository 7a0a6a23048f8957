/** Searches records by label or id. */

import type { ModelObject } from '../../api/model.ts';
import type { Filter, RecordsInput } from '../../api/records.ts';
import { labelField, labelSelection } from './columns.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function recordSearch(object: ModelObject, text: string): RecordsInput {
  const field = labelField(object);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const order = field?.type === 'FULL_NAME' ? { firstName: 'AscNullsLast' } : 'AscNullsLast';
  return {
    selection: labelSelection(object),
    filter: words.length > 0 ? filterOf(object, text.trim(), words) : {},
    orderBy: field ? [{ [field.name]: order }] : [],
  };
}

function filterOf(object: ModelObject, text: string, words: readonly string[]): Filter {
  if (UUID.test(text)) return { id: { eq: text } };
  const field = labelField(object);
  // Without a label field, the full-text search of the record is used.
  if (!field) return { searchVector: { search: text } };
  const contains = (word: string) => ({ ilike: `%${word.replace(/[\\%_]/g, '\\$&')}%` });
  if (field.type === 'TEXT') return { [field.name]: contains(text) };
  return {
    and: words.map((word) => ({
      or: ['firstName', 'lastName'].map((part) => ({ [field.name]: { [part]: contains(word) } })),
    })),
  };
}
