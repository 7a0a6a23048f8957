/** The fields that the columns of a table are: by what their types mean, and by what their smart tags say instead. */

import { type PgCodec, TYPES } from 'postgraphile/@dataplan/pg';
import { descriptionIn } from '../model/descriptions.ts';
import { FIELD_TYPES, type FieldTypeName } from '../model/field-types/index.ts';
import { type Field, type FieldSettings, type Option, PLAIN_FIELD } from '../model/model.ts';
import { camelCase, labelOf, lowerFirst } from '../model/names.ts';
import { type Key, reasonAgainstType } from './servable.ts';
import { type Tags, text, texts } from './smart-tags.ts';
import type { Table } from './to-model.ts';

/** What a DBA may call a column, and the APIs can call a field. */
const FIELD_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;
const IN_EVERY_FILTER = new Set(['and', 'or', 'not']);

/** With the column that each field of one column is in. */
export function fieldsOfColumns(
  table: Table,
  object: string,
  key: Key,
  joinColumns: ReadonlySet<string>,
  isUnique: ReadonlySet<string>,
  refuse: (column: string, reason: string) => void,
): { fields: Field[]; columnOf: ReadonlyMap<string, string> } {
  const fields = new Map<string, Field>();
  const columnOf = new Map<string, string>();
  const columns = Object.entries<any>(table.codec.attributes);
  for (const [column, attribute] of columns) {
    if (joinColumns.has(column)) continue;
    const tags: Tags = attribute.extensions?.tags ?? {};
    const part = text(tags.part);
    const name =
      column === key.column
        ? 'id'
        : part
          ? (part.split('.')[0] as string)
          : (text(tags.name) ?? lowerFirst(camelCase(column)));
    const type = text(tags.type) ?? typeOf(attribute.codec);
    if (type === null || !(type in FIELD_TYPES)) {
      refuse(column, reasonAgainstCodec(attribute.codec));
      continue;
    }
    if (!FIELD_NAME.test(name) || IN_EVERY_FILTER.has(name)) {
      refuse(column, `"${name}" can be no name of a field; say another in the column’s comment: @name`);
      continue;
    }
    const known = fields.get(name);
    if (known) {
      if (part === undefined)
        refuse(column, `another column is the field "${name}"; say another name in the column’s comment: @name`);
      else if (isUnique.has(column)) fields.set(name, { ...known, isUnique: true });
      continue;
    }
    if (part === undefined) columnOf.set(name, column);
    fields.set(name, {
      ...fieldDefaults(object, name, type as FieldTypeName),
      aliases: texts(tags.alias),
      label: text(tags.label) ?? labelOf(name),
      description: descriptionIn(tags.description, attribute.description),
      isActive: tags.inactive === undefined,
      isNullable: !attribute.notNull,
      isUnique: isUnique.has(column),
      defaultValue: attribute.hasDefault ? true : null,
      options: optionsOf(attribute.codec),
      settings: settingsOf(attribute.codec, tags),
    });
  }
  return { fields: [...fields.values()], columnOf };
}

function reasonAgainstCodec(codec: any): string {
  const inner = codec.domainOfCodec ?? codec;
  const labels = (inner.arrayOfCodec ?? inner).values;
  if (Array.isArray(labels))
    return 'the labels of its enum are no names of GraphQL: letters, digits and underscores alone';
  return reasonAgainstType(inner.extensions?.pg?.name ?? inner.name);
}

/** A field of which no more is known than its name and its type. */
export function fieldDefaults(object: string, name: string, type: FieldTypeName): Field {
  return {
    ...PLAIN_FIELD,
    id: `${object}.${name}`,
    name,
    type,
    label: labelOf(name),
    origin: 'custom',
  };
}

/** The field type that a column's type means when no tag says otherwise; null for a type that we don't serve. */
function typeOf(codec: PgCodec): FieldTypeName | null {
  const inner = codec.domainOfCodec ?? codec;
  if (inner.arrayOfCodec) {
    if (isEnum(inner.arrayOfCodec)) return hasNames(inner.arrayOfCodec) ? 'MULTI_SELECT' : null;
    return inner.arrayOfCodec === TYPES.text || inner.arrayOfCodec === TYPES.varchar ? 'ARRAY' : null;
  }
  if (isEnum(inner)) return hasNames(inner) ? 'SELECT' : null;
  return BY_CODEC.get(inner) ?? null;
}

const BY_CODEC = new Map<unknown, FieldTypeName>([
  [TYPES.text, 'TEXT'],
  [TYPES.varchar, 'TEXT'],
  [TYPES.citext, 'TEXT'],
  [TYPES.bpchar, 'TEXT'],
  [TYPES.float, 'NUMBER'],
  [TYPES.float4, 'NUMBER'],
  [TYPES.int2, 'NUMBER'],
  [TYPES.int, 'NUMBER'],
  [TYPES.bigint, 'NUMBER'],
  [TYPES.numeric, 'NUMERIC'],
  [TYPES.boolean, 'BOOLEAN'],
  [TYPES.timestamptz, 'DATE_TIME'],
  [TYPES.timestamp, 'DATE_TIME'],
  [TYPES.date, 'DATE'],
  [TYPES.uuid, 'UUID'],
  [TYPES.jsonb, 'RAW_JSON'],
  [TYPES.json, 'RAW_JSON'],
  [TYPES.tsvector, 'TS_VECTOR'],
]);

/** Values of an enum of GraphQL are names. */
function hasNames({ values }: any): boolean {
  return values.every(({ value }: { value: string }) =>
    /^(?!__|true$|false$|null$)[_a-zA-Z][_a-zA-Z0-9]*$/.test(value),
  );
}

function isEnum(codec: any): boolean {
  return Array.isArray(codec.values);
}

function optionsOf(codec: any): Option[] | null {
  const inner = codec.domainOfCodec ?? codec;
  const values = (inner.arrayOfCodec ?? inner).values;
  if (!Array.isArray(values)) return null;
  return values.map(({ value }: { value: string }, position) => ({
    id: value,
    value,
    label: value,
    color: 'gray',
    position,
  }));
}

function settingsOf(codec: PgCodec, tags: Tags): FieldSettings {
  const inner = codec.domainOfCodec ?? codec;
  const dataType =
    inner === TYPES.int || inner === TYPES.int2
      ? 'int'
      : inner === TYPES.bigint
        ? 'bigint'
        : inner === TYPES.float || inner === TYPES.float4
          ? 'float'
          : undefined;
  const maxNumberOfValues = text(tags.maxNumberOfValues);
  return {
    ...(dataType && { dataType }),
    ...(tags.bareDomain !== undefined && { bareDomain: true }),
    ...(maxNumberOfValues !== undefined && { maxNumberOfValues: Number(maxNumberOfValues) }),
  };
}
