/** All field types by name. To add one, write its file and name it here. */

import { actor } from './actor.ts';
import { address } from './address.ts';
import { currency } from './currency.ts';
import { emails } from './emails.ts';
import type { FieldType } from './field-type.ts';
import { fullName } from './full-name.ts';
import { links } from './links.ts';
import { multiSelect, rating, select } from './options.ts';
import { phones } from './phones.ts';
import {
  array,
  boolean,
  date,
  dateTime,
  files,
  number,
  numeric,
  position,
  rawJson,
  relation,
  text,
  tsVector,
  uuid,
} from './plain.ts';
import { richText } from './rich-text.ts';

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

export type { Part } from './field-type.ts';
