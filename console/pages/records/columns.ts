/** How each type of field is selected, cellText, sorted, filtered and apiValue in a table of records. */

import { BASE_FIELDS, type Field, type ModelObject } from '../../api/model.ts';
import type { Messages } from '../../languages/messages.ts';
import { localTime } from '../../parts/local-time.ts';

export type Row = { readonly id: string; readonly [name: string]: unknown };

export type InputKind = 'text' | 'number' | 'money' | 'boolean' | 'date' | 'datetime' | 'select' | 'list' | 'json';
/** A value with one input: a field, or a subfield of it. */
export type Part = { readonly sub: SubField | null; readonly kind: InputKind };
/** Names of subfields that have a label in the messages. */
type SubField = keyof Messages['parts'];

export type Column = {
  readonly field: Field;
  /** The GraphQL selection of the field. */
  readonly selection: string;
  readonly parts: readonly Part[];
  /** The target objects of a many-to-one relation: one, or several for a morph relation. */
  readonly targets: readonly Target[];
  /** The part to sort and filter by; null if there is none. */
  readonly main: Part | null;
};

/** A target object of a relation. `name` is the API name of the relation field. */
export type Target = { readonly name: string; readonly object: ModelObject };
/** A related record and its target. */
export type Related = { readonly target: Target; readonly record: Row };

const MICROS = 1_000_000;
const one = (kind: InputKind): Part[] => [{ sub: null, kind }];
const several = (...subs: SubField[]): Part[] => subs.map((sub) => ({ sub, kind: 'text' }));

/** Empty for types without inputs, such as relations. */
export const partsOf = (type: string): readonly Part[] => PARTS[type] ?? [];

const PARTS: Readonly<Record<string, readonly Part[]>> = {
  TEXT: one('text'),
  UUID: one('text'),
  NUMBER: one('number'),
  NUMERIC: one('number'),
  BOOLEAN: one('boolean'),
  DATE: one('date'),
  DATE_TIME: one('datetime'),
  SELECT: one('select'),
  RATING: one('select'),
  MULTI_SELECT: one('list'),
  ARRAY: one('list'),
  RAW_JSON: one('json'),
  FULL_NAME: several('firstName', 'lastName'),
  EMAILS: several('primaryEmail'),
  PHONES: several('primaryPhoneNumber'),
  LINKS: several('primaryLinkUrl', 'primaryLinkLabel'),
  ADDRESS: several('addressStreet1', 'addressCity', 'addressPostcode', 'addressCountry'),
  CURRENCY: [{ sub: 'amountMicros', kind: 'money' }, ...several('currencyCode')],
  RICH_TEXT_V2: several('markdown'),
  ACTOR: several('name'),
};

/** Lists and JSON can't be sorted, and their filters don't fit into one line. */
const WITHOUT_MAIN = ['list', 'json'];

/** The columns of a table of records: the label field first, fields that Plinth maintains last. */
export function columnsOf(object: ModelObject, objects: readonly ModelObject[]): Column[] {
  const label = object.labelIdentifierFieldMetadataId;
  const rank = (field: Field) => (field.id === label ? 0 : isMaintained(field) ? 2 : 1);
  return object.fieldsList
    .filter(({ isActive, name }) => isActive && name !== 'id' && name !== 'deletedAt')
    .flatMap((field) => columnOf(field, objects))
    .sort((one, other) => rank(one.field) - rank(other.field));
}

function columnOf(field: Field, objects: readonly ModelObject[]): Column[] {
  const relations = field.relation ? [field.relation] : (field.morphRelations ?? []);
  if (relations.length > 0) {
    const targets = relations.flatMap(({ type, sourceFieldMetadata: { name }, targetObjectMetadata }) => {
      const object = objects.find(({ id }) => id === targetObjectMetadata.id);
      return type === 'MANY_TO_ONE' && object?.isActive ? [{ name, object }] : [];
    });
    if (targets.length === 0) return [];
    const selection = targets.map(({ name, object }) => `${name} { id ${labelSelection(object)} }`).join(' ');
    return [{ field, selection, parts: [], targets, main: null }];
  }
  const parts = PARTS[field.type];
  if (!parts) return [];
  const subs = parts.flatMap(({ sub }) => sub ?? []);
  const [first] = parts;
  return [
    {
      field,
      selection: subs.length > 0 ? `${field.name} { ${subs.join(' ')} }` : field.name,
      parts,
      targets: [],
      main: first && !WITHOUT_MAIN.includes(first.kind) ? first : null,
    },
  ];
}

/** The label field of an object; null if it isn't readable text. */
export function labelField({ fieldsList, labelIdentifierFieldMetadataId }: ModelObject): Field | null {
  const field = fieldsList.find(({ id }) => id === labelIdentifierFieldMetadataId);
  return field?.type === 'FULL_NAME' || field?.type === 'TEXT' ? field : null;
}

/** The GraphQL selection of the label field; empty if there is none. */
export function labelSelection(object: ModelObject): string {
  const field = labelField(object);
  if (field?.type === 'FULL_NAME') return `${field.name} { firstName lastName }`;
  return field?.name ?? '';
}

function isMaintained({ name, isSystem }: Field): boolean {
  return isSystem || BASE_FIELDS.has(name);
}

export function isWritable({ field, parts, targets }: Column): boolean {
  return parts.length + targets.length > 0 && !isMaintained(field) && !field.isUIReadOnly;
}

/** The related record in a row; null if there is none. */
export function relatedOf({ targets }: Column, row: Row): Related | null {
  for (const target of targets) {
    const record = row[target.name] as Row | null | undefined;
    if (record) return { target, record };
  }
  return null;
}

/** The mutation input that links a related record, or unlinks it. */
export function relationData({ targets }: Column, related: Related | null): Record<string, string | null> {
  return Object.fromEntries(
    targets.map(({ name }) => [`${name}Id`, related?.target.name === name ? related.record.id : null]),
  );
}

/** The label of a record. */
export function labelOf(record: Readonly<Record<string, unknown>> | null): string {
  if (record === null) return '';
  const { id, ...named } = record;
  const text = Object.values(named).map(textOf).join(' ').trim();
  return text === '' ? String(id).slice(0, 8) : text;
}

type Format = { readonly t: (key: 'common.yes') => string; readonly language: string };

/** The text of a cell. */
export function cellText({ field, parts }: Column, row: Row, { t, language }: Format): string {
  const value = row[field.name] ?? null;
  if (value === null) return '';
  switch (parts[0]?.kind) {
    case 'select':
      return optionLabel(field, String(value));
    case 'list':
      return (value as string[]).map((each) => optionLabel(field, each)).join(', ');
    case 'number':
      return Number(value).toLocaleString(language);
    case 'boolean':
      return value ? t('common.yes') : '';
    case 'date':
      return new Date(`${value}T00:00`).toLocaleDateString(language);
    case 'datetime':
      return new Date(String(value)).toLocaleString(language, { dateStyle: 'short', timeStyle: 'short' });
    case 'money':
      return money(value as Money, language);
    default:
      return textOf(value);
  }
}

type Money = { amountMicros: string | number | null; currencyCode: string | null };

function money({ amountMicros, currencyCode }: Money, language: string): string {
  if (amountMicros === null) return '';
  const amount = Number(amountMicros) / MICROS;
  if (!currencyCode) return amount.toLocaleString(language);
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: currencyCode,
    maximumFractionDigits: 2,
  }).format(amount);
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return Object.values(value).map(textOf).filter(Boolean).join(' ');
}

function optionLabel({ options }: Field, value: string): string {
  return options?.find((option) => option.value === value)?.label ?? value;
}

/** The text of the input of a part. */
export function inputText(part: Part, value: unknown): string {
  const at = part.sub === null ? value : ((value as Record<string, unknown> | null)?.[part.sub] ?? null);
  if (at === null || at === undefined) return '';
  if (part.kind === 'money') return String(Number(at) / MICROS);
  if (part.kind === 'list') return (at as string[]).join(', ');
  if (part.kind === 'json') return JSON.stringify(at);
  if (part.kind === 'datetime') return localTime(String(at));
  return String(at);
}

/** The API value for the text of an input; null if it is empty. @throws SyntaxError for invalid JSON */
export function apiValue(part: Part, text: string): unknown {
  if (part.kind === 'boolean') return text === 'true';
  if (part.kind === 'list')
    return text
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean);
  if (text === '') return null;
  switch (part.kind) {
    case 'number':
      return Number(text);
    case 'money':
      return Math.round(Number(text) * MICROS);
    case 'json':
      return JSON.parse(text);
    case 'datetime':
      return new Date(text).toISOString();
    default:
      return text;
  }
}

/** The API value of a field for the texts of its inputs. */
export function valueOfParts(parts: readonly Part[], texts: readonly string[]): unknown {
  const values = parts.map((part, index) => [part.sub, apiValue(part, texts[index] ?? '')] as const);
  const [first] = values;
  return first?.[0] === null ? first[1] : Object.fromEntries(values);
}
