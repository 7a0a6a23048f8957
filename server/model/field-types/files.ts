/** References to files, which are stored elsewhere. Contract: core.md 2.6, 2.22. */

import { isPlainObject, isText, isUuid, mistakesIf, shown } from './checks.ts';
import { MAX_VALUES } from './defaults.ts';
import { asGiven, type FieldSettings, type FieldType } from './field-type.ts';
import { distinct } from './lists.ts';

const maxOf = ({ maxNumberOfValues }: FieldSettings) => Number(maxNumberOfValues ?? Number.POSITIVE_INFINITY);

export const files: FieldType = {
  type: 'FILES',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'jsonb', scalar: 'JSON', empty: '[]' }],
  isGroupable: false,
  creatable: true,
  inputItem: 'FileItemInput',
  taggedSettings: ['maxNumberOfValues'],
  check: (value, { settings }) => {
    const isFile = (each: unknown) =>
      isPlainObject(each) && isUuid(each.fileId) && (each.label == null || isText(each.label));
    if (!Array.isArray(value) || !value.every(isFile))
      return [`must be a list of { fileId, label }, not ${shown(value)}`];
    const max = maxOf(settings);
    return mistakesIf(value.length > max, `has room for ${max} files, not ${value.length}`);
  },
  checkSettings: (settings) =>
    settings.maxNumberOfValues == null ? ['Setting "maxNumberOfValues" is required for files'] : MAX_VALUES(settings),
  write: asGiven,
  combine(values: readonly { value: { fileId: string }[] | null }[], { settings }) {
    const all = values.flatMap(({ value }) => value ?? []);
    return { value: distinct(all, ({ fileId }) => fileId).slice(0, maxOf(settings)) };
  },
  openapi: () => ({
    type: 'array',
    items: { type: 'object', properties: { fileId: { type: 'string', format: 'uuid' }, label: { type: 'string' } } },
  }),
};
