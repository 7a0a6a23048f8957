/** A record in the shape of the core APIs, from its row as a trigger wrote it down: as it was then, whatever it is now. Pure. */

import { columnsFor, type ServedObject } from '../catalog/to-model.ts';
import { scalarOfPart } from '../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import { type Column, type Field, formerFields, joinName } from '../model/model.ts';
import { exactNumber } from '../records/plugins/scalars.ts';

/** A row as `row_to_json` writes it: by the names of its columns. */
export type Row = { readonly values: Readonly<Record<string, unknown>>; readonly text: string };

export function rowOf(text: string): Row {
  return { values: JSON.parse(text), text };
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
  return String(values[key.column]);
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

function columnValue({ table, key }: ServedObject, field: Field, { name, part }: Column, row: Row): unknown {
  const value = row.values[name] ?? null;
  if (value === null) return table.codec.attributes[name]?.notNull ? null : emptyValue(part.empty);
  const scalar = name === key.column && key.type === 'BIGINT' ? 'BigFloat' : scalarOfPart(part, field);
  switch (scalar) {
    case 'BigFloat':
      return exactNumber(typeof value === 'number' && !Number.isSafeInteger(value) ? numeralOf(row, name) : value);
    case 'DateTime':
      return momentOf(String(value));
    default:
      return value;
  }
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

/** Writers have time zones of their own; moments that JavaScript doesn't know (infinity) stay as they are. */
function momentOf(text: string): string {
  const date = new Date(/[+-]\d\d(:?\d\d)?$|Z$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(date.getTime()) ? text : date.toISOString();
}

/** Touched by every write, or made of others: a change of these alone is none. */
const HOUSEKEEPING = new Set(['updatedAt', 'updatedBy', 'searchVector']);

/** Names of the fields whose values differ; of a relation, its join name. */
export function changedFields(served: ServedObject, before: Row, after: Row): string[] {
  return served.fields
    .filter(({ name, type }) => !HOUSEKEEPING.has(name) && type !== 'TS_VECTOR')
    .filter((field) => columnsFor(served, field).some(({ name }) => differs(before.values[name], after.values[name])))
    .map((field) => (field.relation ? joinName(field) : field.name));
}

function differs(one: unknown, other: unknown): boolean {
  return one !== other && JSON.stringify(one) !== JSON.stringify(other);
}
