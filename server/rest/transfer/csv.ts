/**
 * Records as rows of CSV and back. A column is a field or a sub-field: `name`, `companyId`, `name.firstName`. Lists and
 * JSON are JSON text, null is an empty cell. As an empty cell is null or was never filled in, reading passes it over: a
 * new record gets its default, an upsert leaves the value alone.
 *
 * A text that a spreadsheet would take for a formula gets an apostrophe before it, which spreadsheets take for "this is
 * text", and reading takes it away again; so does one that begins with an apostrophe and then would, so that each text
 * comes back.
 */

import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { PlinthError, refuse } from '../../errors.ts';
import type { Given, GivenFields } from '../../given.ts';
import { parseJson } from '../../limits/json.ts';
import { isRaw } from '../../model/exact-json.ts';
import type { Part } from '../../model/field-types/field-type.ts';
import type { Field } from '../../model/model.ts';
import type { Property, Resource } from '../vocabulary.ts';

export type Column = {
  readonly name: string;
  /** What people call it: the label of its field; of a sub-field, with its name behind that. */
  readonly label: string;
  /** Of a composite. */
  readonly part: string | null;
  readonly property: string;
  readonly isWritable: boolean;
  readonly cell: (value: unknown) => string;
  /** Undefined for a cell that says nothing. What isn't of the column's type stays text, for the write to refuse. */
  readonly value: (cell: string) => unknown;
};

type Row = GivenFields;

/** RFC 4180 */
const FORMAT = { record_delimiter: '\r\n', quote_record_delimiter: true };

export function columnsOf(properties: readonly Property[]): Column[] {
  return properties.flatMap((property) => {
    switch (property.kind) {
      case 'plain':
      case 'join':
        return [columnOf(property.name, property.field, property.part, null)];
      case 'composite':
        return [...property.parts].map(([name, part]) => columnOf(property.name, property.field, part, name));
      default:
        return []; // other records are exported by themselves
    }
  });
}

/** How a file is written, as its first line tells. */
export type Header = {
  /** One for each cell of a row; null where the first line names none. */
  readonly columns: readonly (Column | null)[];
  readonly delimiter: string;
};

export const DELIMITERS = [',', ';', '\t'];

/** What spreadsheets write before the first line to say what their delimiter is. */
const STATED = /^sep=([,;\t])$/i;

/** @returns null for any other line */
export function statedDelimiter(line: string): string | null {
  return STATED.exec(line)?.[1] ?? null;
}

/**
 * The columns that a file's first row names: by the names of the API, or by the labels of fields, in any case.
 * @param stated the delimiter, where the file says it; else it is the one that stands in the row most often
 * @throws PlinthError INVALID_ARGS_DATA naming those that the object doesn't have, or that come twice
 */
export function headerOf(line: string, resource: Resource, stated: string | null = null): Header {
  const delimiter = stated ?? delimiterOf(line);
  const names = namesIn(line, delimiter).map((name) => name.trim());
  // Empty columns at the end are what is left of deleted ones.
  while (names.at(-1) === '') names.pop();
  if (names.length === 0) throw refuse('INVALID_ARGS_DATA', 'The first line must name the columns, and is empty');
  const known = columnsByName(resource);
  const columns = names.map((name) => known.get(name) ?? known.get(name.toLowerCase()) ?? null);
  const mistakes = names.flatMap((name, place) => {
    const column = columns[place];
    if (!column) return [`${resource.object.nameSingular} has no "${name}"${hint(name, resource)}`];
    return columns.indexOf(column) < place ? [`column "${name}" comes twice`] : [];
  });
  if (mistakes.length > 0)
    throw refuse('INVALID_ARGS_DATA', `The first line names the columns: ${mistakes.join('; ')}`);
  return { columns, delimiter };
}

/** Outside of quotes. */
function delimiterOf(line: string): string {
  const bare = line.replace(/"(?:[^"]|"")*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}

/** The names of the API, and in lower case these again and labels that no two columns have. */
function columnsByName({ properties }: Resource): ReadonlyMap<string, Column> {
  const columns = columnsOf(properties);
  const byLabel = Map.groupBy(columns, ({ label }) => label.toLowerCase());
  const labelled = [...byLabel].flatMap(([label, [column, ...others]]): [string, Column][] =>
    column && others.length === 0 ? [[label, column]] : [],
  );
  const named = columns.map((column): [string, Column] => [column.name, column]);
  return new Map([
    ...labelled,
    ...named.map(([name, column]): [string, Column] => [name.toLowerCase(), column]),
    ...named,
  ]);
}

function namesIn(header: string, delimiter: string): string[] {
  try {
    return cellsOf(header, delimiter);
  } catch (cause) {
    const { message } = cause as Error;
    throw refuse('INVALID_ARGS_DATA', { message: `The first line must name the columns. ${message}`, cause });
  }
}

function hint(name: string, { words }: Resource): string {
  const property = words.get(name);
  if (property?.kind === 'composite')
    return `, but ${[...property.parts.keys()].map((part) => `${name}.${part}`).join(', ')}`;
  return property?.kind === 'one' ? `, but ${name}Id` : '';
}

export function headerText(columns: readonly Column[]): string {
  return stringify([columns.map(({ name }) => name)], FORMAT);
}

export function rowsText(columns: readonly Column[], records: readonly Row[]): string {
  const rows = records.map((record) =>
    columns.map(({ property, part, cell }) => cell(part === null ? record[property] : record[property]?.[part])),
  );
  return stringify(rows, FORMAT);
}

/**
 * @returns null for a row of empty cells, which spreadsheets write where rows were deleted
 * @throws Error whose message says what is wrong with the row
 */
export function recordOf({ columns, delimiter }: Header, text: string): Row | null {
  const cells = cellsOf(text, delimiter);
  if (cells.every((cell) => cell === '')) return null;
  while (cells.length > columns.length && cells.at(-1) === '') cells.pop();
  if (cells.length !== columns.length)
    throw new Error(`The row has ${cells.length} cells, and the first line names ${columns.length} columns`);
  const record: Record<string, Given> = {};
  for (const [place, column] of columns.entries()) {
    const given = column?.isWritable ? column.value(cells[place] as string) : undefined;
    if (!column || given === undefined) continue;
    const { property, part } = column;
    if (part === null) record[property] = given;
    else {
      record[property] ??= {};
      record[property][part] = given;
    }
  }
  return record;
}

/** @throws Error whose message says what is wrong with the row */
function cellsOf(text: string, delimiter: string): string[] {
  try {
    return parse(text, { ...PARSED, delimiter })[0] ?? [];
  } catch (error) {
    const { code } = error as { code?: string };
    throw new Error(MISTAKES[code ?? ''] ?? 'The row is not valid CSV', { cause: error });
  }
}

// One record at a time, whose end is known: a line break outside of quotes is not in it.
const PARSED = { record_delimiter: ['\n'], relax_column_count: true };

const MISTAKES: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'The row is not valid CSV: a quote stands in a cell that does not begin with one',
  CSV_INVALID_CLOSING_QUOTE: 'The row is not valid CSV: something follows a closing quote',
  CSV_QUOTE_NOT_CLOSED: 'The row is not valid CSV: a quote is never closed',
};

function columnOf(property: string, field: Field, part: Part, partName: string | null): Column {
  const scalar = typeof part.scalar === 'function' ? part.scalar(field.settings) : part.scalar;
  const isList = typeof part.sql === 'string' && part.sql.endsWith('[]');
  const isText = scalar === 'String' && !isList;
  // Of a text that cannot be null, empty says so.
  const empty = isText && !field.isNullable && partName === null ? '' : undefined;
  const isJson = isList || scalar === 'JSON';
  const options = isList && field.options ? new Set(field.options.map(({ value }) => value)) : null;
  const write = isJson ? JSON.stringify : isText ? disarmed : plain;
  const read = options ? optionsIn(options) : isJson ? parsedJson : (READERS[scalar] ?? asIs);
  return {
    name: partName === null ? property : `${property}.${partName}`,
    label: partName === null ? field.label : `${field.label}.${partName}`,
    part: partName,
    property,
    isWritable: !part.isReadOnly,
    cell: (value) => (value == null ? '' : write(value)),
    value: (cell) => (cell === '' ? empty : read(cell)),
  };
}

/** A number whose digits JavaScript would change keeps them. */
function plain(value: unknown): string {
  return isRaw(value) ? value.rawJSON : String(value);
}

const asIs = (cell: string): unknown => cell;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1', '是'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', '0', '否'].map((word) => [word, false] as const),
]);

const READERS: Readonly<Record<string, (cell: string) => unknown>> = {
  String: armed,
  Boolean: (cell) => BOOLEANS.get(cell.trim().toLowerCase()) ?? cell,
  Float: numberOf,
  Int: numberOf,
  Position: numberOf,
  // Of more digits than a JSON number keeps, the text is the number.
  BigFloat: (cell) => (Number.isSafeInteger(numberOf(cell)) ? Number(cell) : cell),
};

function numberOf(cell: string): unknown {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(cell) ? Number(cell) : cell;
}

/** JSON, or options with commas or semicolons between them. What isn't an option stays, for the write to refuse. */
function optionsIn(options: ReadonlySet<string>): (cell: string) => unknown {
  return (cell) => {
    if (options.has(cell) || cell.trimStart().startsWith('[')) return parsedJson(cell);
    return cell.split(/[,;]/).flatMap((each) => each.trim() || []);
  };
}

/**
 * Lists and objects. What is neither stays text: writes take that for a list of one, and for JSON that they read
 * themselves.
 */
function parsedJson(cell: string): unknown {
  try {
    const value: unknown = parseJson(cell);
    return typeof value === 'object' && value !== null ? value : cell;
  } catch (error) {
    if (error instanceof PlinthError) throw error;
    return cell;
  }
}

// What spreadsheets begin a formula with, in full width too, after as many apostrophes as there may be.
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function disarmed(value: unknown): string {
  const text = String(value);
  return FORMULA.test(text) ? `'${text}` : text;
}

function armed(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
