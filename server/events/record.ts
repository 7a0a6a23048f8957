/**
 * A record in the shape of the core APIs, from its row as a trigger wrote it down: as it was then, whatever it is now.
 * Pure.
 */

import { columnsFor, type ServedObject } from '../catalog/served.ts';
import { isRaw, parsedExactly } from '../model/exact-json.ts';
import { scalarOfPart } from '../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { keyScalar } from '../model/keys.ts';
import { type Column, type Field, formerFields, joinName } from '../model/model.ts';
import { exactNumber } from '../records/plugins/scalars.ts';

/** A row as `row_to_json` writes it: by the names of its columns. Numbers keep their digits. */
export type Row = { readonly values: Readonly<Record<string, unknown>>; readonly text: string };

export function rowOf(text: string): Row {
  return { values: parsedExactly(text) as Row['values'], text };
}

export type RecordValue = Readonly<Record<string, unknown>>;

/** What REST answers of the record at depth 0, relations by their ids, former names too. */
export function recordOf(served: ServedObject, row: Row): RecordValue {
  return Object.fromEntries(
    served.fields.flatMap((field) => {
      const names = [field, ...formerFields(served.object, field)].map(({ name }) => name);
      const shown = fieldValue(served, field, row);
      return shown === undefined ? [] : names.map((name) => [field.relation ? joinName({ name }) : name, shown]);
    }),
  );
}

export function keyOf({ key }: ServedObject, { values }: Row): string {
  return textOf(values[key.column]);
}

function fieldValue(served: ServedObject, field: Field, row: Row): unknown {
  const columns = columnsFor(served, field);
  const { composite, parts } = FIELD_TYPES[field.type];
  if (field.relation || composite === null) {
    const [column] = columns;
    return column === undefined || column.part.scalar === 'TSVector'
      ? undefined
      : columnValue(served, field, column, row);
  }
  return Object.fromEntries(
    parts.map((part) => {
      const column = columns.find((each) => each.part.name === part.name);
      return [part.name, column ? columnValue(served, field, column, row) : emptyValue(part.empty)];
    }),
  );
}

function columnValue({ table, key }: ServedObject, field: Field, { name, part, type }: Column, row: Row): unknown {
  const value = row.values[name] ?? null;
  if (value === null) return table.codec.attributes[name]?.notNull ? null : emptyValue(part.empty);
  if (Array.isArray(value)) return value;
  const scalar = field.name === 'id' && name === key.column ? keyScalar(key.type) : scalarOfPart(part, field);
  switch (scalar) {
    case 'BigFloat':
      return shownNumber(row, name, type === 'bigint');
    case 'DateTime':
      return momentOf(String(value));
    case 'ID':
    case 'UUID':
      return textOf(value);
    default:
      return value;
  }
}

/** A 64-bit integer or a numeric, as `numberText` of the core APIs writes it. */
function shownNumber(row: Row, name: string, isWhole: boolean): unknown {
  const value = row.values[name];
  if (typeof value === 'string' || Number.isSafeInteger(value)) return value;
  const numeral = isRaw(value) ? value.rawJSON : numeralOf(row, name);
  if (isWhole) return numeral;
  const size = Math.abs(Number(numeral));
  // JavaScript writes such numbers with exponents.
  return size !== 0 && (size < 0.000001 || size >= 1e21) ? numeral : exactNumber(numeral);
}

function textOf(value: unknown): string {
  return isRaw(value) ? value.rawJSON : String(value);
}

/** What null is shown as: `[]` and, in Postgres' words of an array, `{}` are lists. Contract: core.md 2.9 (11) */
function emptyValue(empty: '' | '[]' | '{}' | undefined): unknown {
  return empty === undefined ? null : empty === '' ? '' : [];
}

/** A number as it is written, with all its digits. */
function numeralOf({ text }: Row, column: string): string {
  const numerals = new Map<object, string>();
  const root = JSON.parse(text, function (this: object, key: string, value: unknown, context: { source?: string }) {
    if (key === column && context.source !== undefined) numerals.set(this, context.source);
    return value;
  } as (key: string, value: unknown) => unknown);
  return numerals.get(root) as string;
}

const MOMENT =
  /^(\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:(Z)|([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;

// The calendar repeats itself after as many years, so that JavaScript can count in the years from 2000 what it has no
// dates for.
const CYCLE_YEARS = 400;

/** As `momentText` of the core APIs writes it. Writers have time zones of their own. Infinity stays as it is. */
function momentOf(text: string): string {
  const [, years, month, day, hour, minute, second, fraction = '', utc, sign, hours, minutes, seconds, bc] =
    MOMENT.exec(text) ?? [];
  if (years === undefined) return text;
  const written = bc ? 1 - Number(years) : Number(years);
  const cycles = Math.floor(written / CYCLE_YEARS) * CYCLE_YEARS - 2000;
  const date = new Date(0);
  date.setUTCFullYear(written - cycles, Number(month) - 1, Number(day));
  const offset = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  const ms = Number(fraction.slice(1, 4).padEnd(3, '0'));
  date.setUTCHours(Number(hour), Number(minute), Number(second) + (sign === '-' ? offset : -offset), ms);
  const year = date.getUTCFullYear() + cycles;
  const [, rest] = date.toISOString().split(/(?<=^\d{4})/) as [string, string];
  if (year >= 1 && year <= 9999) return `${String(year).padStart(4, '0')}${rest}`;
  if (utc === undefined && sign === undefined) return text;
  const shownYear = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${shownYear}${rest.slice(0, -'.000Z'.length)}${fraction}+00:00${year > 0 ? '' : ' BC'}`;
}

/** Touched by every write, or made of others: a change of these alone is none. */
const HOUSEKEEPING = new Set(['updatedAt', 'updatedBy', 'searchVector']);

/** Names of the fields whose values differ; of a relation, its join name. */
export function changedFields(served: ServedObject, before: Row, after: Row): string[] {
  return served.fields
    .filter(({ name, type }) => !HOUSEKEEPING.has(name) && !FIELD_TYPES[type].isGenerated)
    .filter((field) => columnsFor(served, field).some(({ name }) => differs(before.values[name], after.values[name])))
    .map((field) => (field.relation ? joinName(field) : field.name));
}

function differs(one: unknown, other: unknown): boolean {
  return one !== other && JSON.stringify(one) !== JSON.stringify(other);
}
