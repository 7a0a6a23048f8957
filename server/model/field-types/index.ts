/** The list of field types. A new type is a new file and a line here. Contract: core.md 2.6, 2.7 */

import { actor } from './actor.ts';
import { address } from './address.ts';
import { array } from './array.ts';
import { boolean } from './boolean.ts';
import { currency } from './currency.ts';
import { date } from './date.ts';
import { dateTime } from './date-time.ts';
import { emails } from './emails.ts';
import type { FieldType } from './field-type.ts';
import { files } from './files.ts';
import { fullName } from './full-name.ts';
import { links } from './links.ts';
import { multiSelect } from './multi-select.ts';
import { number } from './number.ts';
import { numeric } from './numeric.ts';
import { phones } from './phones.ts';
import { position } from './position.ts';
import { rating } from './rating.ts';
import { rawJson } from './raw-json.ts';
import { relation } from './relation.ts';
import { richText } from './rich-text.ts';
import { select } from './select.ts';
import { text } from './text.ts';
import { tsVector } from './ts-vector.ts';
import { uuid } from './uuid.ts';

export const FIELD_TYPES = {
  ACTOR: actor,
  ADDRESS: address,
  ARRAY: array,
  BOOLEAN: boolean,
  CURRENCY: currency,
  DATE: date,
  DATE_TIME: dateTime,
  EMAILS: emails,
  FILES: files,
  FULL_NAME: fullName,
  LINKS: links,
  MULTI_SELECT: multiSelect,
  NUMBER: number,
  NUMERIC: numeric,
  PHONES: phones,
  POSITION: position,
  RATING: rating,
  RAW_JSON: rawJson,
  RELATION: relation,
  RICH_TEXT_V2: richText,
  SELECT: select,
  TEXT: text,
  TS_VECTOR: tsVector,
  UUID: uuid,
} as const satisfies Record<string, FieldType>;

export type FieldTypeName = keyof typeof FIELD_TYPES;

export const FIELD_TYPE_NAMES = Object.keys(FIELD_TYPES) as readonly FieldTypeName[];

/** The types of fields that can be the label of a record. */
export const LABEL_TYPES: readonly FieldTypeName[] = FIELD_TYPE_NAMES.filter((name) => FIELD_TYPES[name].canLabel);

/** The type of a relation, both of its ends. */
export const RELATION: 'RELATION' = 'RELATION';

/** A type of the metadata API alone: the model has a RELATION field for each object that a morph relation points to. */
export const MORPH_RELATION: 'MORPH_RELATION' = 'MORPH_RELATION';

/** Former types, each with the message that refuses it. */
export const RETIRED_TYPES: Readonly<Record<string, string>> = {
  RICH_TEXT: 'Field type RICH_TEXT is deprecated. Use RICH_TEXT_V2 instead.',
};

/** Stands for the type of a field whose own type is not known. */
export const UNKNOWN_TYPE = 'TEXT' satisfies FieldTypeName;

export function isFieldTypeName(name: string): name is FieldTypeName {
  return Object.hasOwn(FIELD_TYPES, name);
}
