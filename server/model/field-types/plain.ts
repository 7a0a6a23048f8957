/** Field types of one column whose value is written as it is given. Contract: core.md 2.6, 2.22. */

import { PlinthError } from '../../errors.ts';
import { parseJson } from '../../limits/json.ts';
import { isNumeric, isPlainObject, isText, isUuid, isWholeNumber, mistakesIf, shown } from './checks.ts';
import { MAX_VALUES, oneOf, plainDefault, quotedDefault, settingsOf, wholeNumber } from './defaults.ts';
import type { FieldType } from './field-type.ts';
import { distinct, united } from './lists.ts';

const asIs = (value: unknown) => ({ value });

const isTextValue: FieldType['check'] = (value) => mistakesIf(!isText(value), `must be a text, not ${shown(value)}`);

export const text: FieldType = {
  type: 'TEXT',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'text', scalar: 'String', empty: '', isUniqueKey: true }],
  creatable: true,
  check: isTextValue,
  checkDefault: quotedDefault(isTextValue, 'as quoted string'),
  checkSettings: settingsOf({ displayedMaxRows: wholeNumber(0) }),
  write: asIs,
  openapi: () => ({ type: 'string' }),
};

const isUuidValue: FieldType['check'] = (value) => mistakesIf(!isUuid(value), `Invalid UUID value ${shown(value)}`);

export const uuid: FieldType = {
  type: 'UUID',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'uuid', scalar: 'UUID', isUniqueKey: true }],
  creatable: true,
  check: isUuidValue,
  checkDefault: quotedDefault(isUuidValue, '"uuid" or a quoted uuid', 'uuid'),
  write: asIs,
  openapi: () => ({ type: 'string', format: 'uuid' }),
};

const isBooleanValue: FieldType['check'] = (value) =>
  mistakesIf(typeof value !== 'boolean', `must be true or false, not ${shown(value)}`);

export const boolean: FieldType = {
  type: 'BOOLEAN',
  composite: null,
  parts: [
    {
      name: null,
      suffix: null,
      sql: 'boolean',
      scalar: 'Boolean',
      isUniqueKey: true,
      aggregates: ['countTrue', 'countFalse'],
    },
  ],
  creatable: true,
  check: isBooleanValue,
  checkDefault: plainDefault(isBooleanValue, 'true or false'),
  write: asIs,
  openapi: () => ({ type: 'boolean' }),
};

const isNumberValue: FieldType['check'] = (value, { settings }) => {
  const isWhole = settings.dataType === 'int' || settings.dataType === 'bigint';
  if (isWhole) return mistakesIf(!isWholeNumber(value), `must be a whole number, not ${shown(value)}`);
  return mistakesIf(typeof value !== 'number' || !Number.isFinite(value), `must be a number, not ${shown(value)}`);
};

/** A number: double precision unless its settings say `int`, `bigint`, or how many decimals. */
export const number: FieldType = {
  type: 'NUMBER',
  composite: null,
  parts: [
    {
      name: null,
      suffix: null,
      sql: ({ dataType }) => (dataType === 'int' ? 'integer' : dataType === 'bigint' ? 'bigint' : 'double precision'),
      scalar: ({ dataType }) => (dataType === 'int' ? 'Int' : dataType === 'bigint' ? 'BigFloat' : 'Float'),
      isUniqueKey: true,
      aggregates: ['min', 'max', 'sum', 'avg'],
    },
  ],
  creatable: true,
  check: isNumberValue,
  checkDefault: (value, field) =>
    mistakesIf(typeof value !== 'number' || isNumberValue(value, field).length > 0, 'Default value should be a number'),
  checkSettings: settingsOf({
    dataType: oneOf('float', 'int', 'bigint'),
    decimals: wholeNumber(0, 15),
    type: oneOf('number', 'percentage', 'shortNumber'),
  }),
  write: asIs,
  openapi: ({ settings }) => ({
    type: settings.dataType === 'int' || settings.dataType === 'bigint' ? 'integer' : 'number',
  }),
};

export const numeric: FieldType = {
  type: 'NUMERIC',
  composite: null,
  parts: [
    {
      name: null,
      suffix: null,
      sql: 'numeric',
      scalar: 'BigFloat',
      isUniqueKey: true,
      aggregates: ['min', 'max', 'avg'],
    },
  ],
  creatable: 'Field type NUMERIC is not supported for field creation. Use NUMBER instead.',
  check: (value) => mistakesIf(!isNumeric(value), `must be a number, not ${shown(value)}`),
  write: asIs,
  openapi: () => ({ type: 'number' }),
};

export const position: FieldType = {
  type: 'POSITION',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'double precision', scalar: 'Position' }],
  creatable: 'Field type POSITION is a system type and cannot be created manually.',
  check: (value) =>
    mistakesIf(
      !(typeof value === 'number' && Number.isFinite(value)) && value !== 'first' && value !== 'last',
      `must be a number, "first" or "last", not ${shown(value)}`,
    ),
  checkDefault: (value) => mistakesIf(typeof value !== 'number', 'Default value should be a number'),
  write: asIs,
  openapi: () => ({ type: 'number' }),
};

// ISO 8601, leniently: the day alone, a space for the T, no zone. The year is one that Postgres has too.
const MOMENT = /^(?!0000)(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](.*))?)?)?$/i;

/**
 * A text that says when, as a moment; without a zone in UTC, wherever the server stands. Null for what says nothing, and for
 * the 30th of February, which `Date` would take for the 2nd of March.
 */
export function momentOf(value: unknown): Date | null {
  const [, year, month = '1', day = '1', time = '00:00'] = (isText(value) && MOMENT.exec(value.trim())) || [];
  if (year === undefined) return null;
  const hasZone = /(?:z|[+-]\d{2}(?::?\d{2})?)$/i.test(time);
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const moment = new Date(
    `${date}T${time.replace(/([+-]\d{2})(\d{2})?$/, (_, h, m) => `${h}:${m ?? '00'}`)}${hasZone ? '' : 'Z'}`,
  );
  return Number(day) > lastDay || Number.isNaN(moment.getTime()) ? null : moment;
}

const DATE_SETTINGS = settingsOf({ displayFormat: oneOf('RELATIVE', 'USER_SETTINGS', 'CUSTOM') });

const isDateTimeValue: FieldType['check'] = (value) =>
  mistakesIf(momentOf(value) === null, `must be a date and time in ISO 8601, not ${shown(value)}`);

export const dateTime: FieldType = {
  type: 'DATE_TIME',
  composite: null,
  parts: [
    { name: null, suffix: null, sql: 'timestamptz', scalar: 'DateTime', isUniqueKey: true, aggregates: ['min', 'max'] },
  ],
  creatable: true,
  check: isDateTimeValue,
  checkDefault: quotedDefault(isDateTimeValue, '"now" or a quoted date', 'now'),
  checkSettings: DATE_SETTINGS,
  write: (value: string) => ({ value: (momentOf(value) as Date).toISOString() }),
  openapi: () => ({ type: 'string', format: 'date-time' }),
};

const isDateValue: FieldType['check'] = (value) =>
  mistakesIf(momentOf(value) === null, `must be a date, YYYY-MM-DD, not ${shown(value)}`);

export const date: FieldType = {
  type: 'DATE',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'date', scalar: 'Date', isUniqueKey: true, aggregates: ['min', 'max'] }],
  creatable: true,
  check: isDateValue,
  checkDefault: quotedDefault(isDateValue, '"now" or a quoted date', 'now'),
  checkSettings: DATE_SETTINGS,
  write: (value: string) => ({ value: (momentOf(value) as Date).toISOString().slice(0, 10) }),
  openapi: () => ({ type: 'string', format: 'date' }),
};

const isArrayValue: FieldType['check'] = (value) =>
  mistakesIf(
    !isText(value) && !(Array.isArray(value) && value.every(isText)),
    `must be a list of texts, not ${shown(value)}`,
  );

export const array: FieldType = {
  type: 'ARRAY',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'text[]', scalar: 'String', empty: '{}' }],
  creatable: true,
  check: isArrayValue,
  checkDefault: (value, field) =>
    mistakesIf(
      !Array.isArray(value) || isArrayValue(value, field).length > 0,
      'Default value should be a list of texts',
    ),
  checkSettings: MAX_VALUES,
  write: (value: string | string[]) => ({ value: [value].flat() }),
  combine: united,
  openapi: () => ({ type: 'array', items: { type: 'string' } }),
};

export const rawJson: FieldType = {
  type: 'RAW_JSON',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'jsonb', scalar: 'JSON' }],
  creatable: true,
  check: (value) => mistakesIf(parsedJson(value) === undefined, `must be a JSON object or list, not ${shown(value)}`),
  checkDefault: (value) =>
    mistakesIf(!isPlainObject(value) && !Array.isArray(value), 'Default value should be an object'),
  write: (value) => ({ value: parsedJson(value) }),
  openapi: () => ({ type: 'object', additionalProperties: true }),
};

// What `jsonb` refuses, as JSON spells it: the character of code 0, and halves of characters.
const NOT_IN_JSONB = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

export function parsedJson(value: unknown): unknown {
  if (isPlainObject(value) || Array.isArray(value)) return NOT_IN_JSONB.test(JSON.stringify(value)) ? undefined : value;
  if (!isText(value) || NOT_IN_JSONB.test(value)) return undefined;
  try {
    return parseJson(value);
  } catch (error) {
    if (error instanceof PlinthError) throw error;
    return undefined; // the caller refuses it, with the value in the sentence
  }
}

/** Files that a record has; what they hold is stored elsewhere. */
export const files: FieldType = {
  type: 'FILES',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'jsonb', scalar: 'JSON', empty: '[]' }],
  isGroupable: false,
  creatable: true,
  check: (value, { settings }) => {
    const isFile = (each: unknown) =>
      isPlainObject(each) && isUuid(each.fileId) && (each.label == null || isText(each.label));
    if (!Array.isArray(value) || !value.every(isFile))
      return [`must be a list of { fileId, label }, not ${shown(value)}`];
    const max = Number(settings.maxNumberOfValues ?? Number.POSITIVE_INFINITY);
    return mistakesIf(value.length > max, `has room for ${max} files, not ${value.length}`);
  },
  checkSettings: (settings) =>
    settings.maxNumberOfValues == null ? ['Setting "maxNumberOfValues" is required for files'] : MAX_VALUES(settings),
  write: asIs,
  combine(values: readonly { value: { fileId: string }[] | null }[], { settings }) {
    const all = values.flatMap(({ value }) => value ?? []);
    const max = Number(settings.maxNumberOfValues ?? Number.POSITIVE_INFINITY);
    return { value: distinct(all, ({ fileId }) => fileId).slice(0, max) };
  },
  openapi: () => ({
    type: 'array',
    items: { type: 'object', properties: { fileId: { type: 'string', format: 'uuid' }, label: { type: 'string' } } },
  }),
};

/** The words by which a record is found: a generated column. */
export const tsVector: FieldType = {
  type: 'TS_VECTOR',
  composite: null,
  parts: [{ name: null, suffix: null, sql: 'tsvector', scalar: 'TSVector', isReadOnly: true }],
  isGroupable: false,
  creatable: 'TS Vector is not supported for field creation',
  check: () => ['cannot be written: it is made from other fields'],
  write: () => ({}),
  openapi: () => ({ type: 'string' }),
};

/** The column of a many-to-one relation is the model's affair (`columnsOf`); the many side has none. */
export const relation: FieldType = {
  type: 'RELATION',
  composite: null,
  parts: [],
  creatable: true,
  check: (value) => mistakesIf(!isUuid(value), `Invalid UUID value ${shown(value)}`),
  checkSettings: settingsOf({ onDelete: oneOf('CASCADE', 'RESTRICT', 'SET_NULL', 'NO_ACTION') }),
  write: asIs,
  openapi: () => ({ type: 'string', format: 'uuid' }),
};
