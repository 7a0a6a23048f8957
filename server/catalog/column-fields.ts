/** The fields that the columns of a table are: by what their types mean, and by what their smart tags say instead. */

import { type PgCodec, type PgCodecAttribute, type PgEnumCodec, TYPES } from 'postgraphile/@dataplan/pg';
import type { FieldSettings, Option } from '../model/field-types/field-type.ts';
import { FIELD_TYPE_NAMES, FIELD_TYPES, type FieldTypeName, isFieldTypeName } from '../model/field-types/index.ts';
import { type Field, PLAIN_FIELD } from '../model/model.ts';
import { camelCase, labelOf, lowerFirst } from '../model/names.ts';
import { readColumnTags, readTaggedSettings, type Tags } from '../model/smart-tags.ts';
import { type Key, reasonAgainstType } from './servable.ts';
import type { Table } from './table.ts';

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
  const columns = Object.entries<PgCodecAttribute>(table.codec.attributes);
  for (const [column, attribute] of columns) {
    if (joinColumns.has(column)) continue;
    const tags = (attribute.extensions?.tags ?? {}) as Tags;
    const { part, description, isInactive, ...tagged } = readColumnTags(tags, attribute.description);
    const name =
      column === key.column
        ? 'id'
        : part
          ? (part.split('.')[0] as string)
          : (tagged.name ?? lowerFirst(camelCase(column)));
    const inferred = inferredFrom(attribute.codec);
    const type = tagged.type ?? inferred?.type;
    if (type === undefined || !isFieldTypeName(type)) {
      refuse(column, reasonAgainstCodec(attribute.codec));
      continue;
    }
    if (!FIELD_NAME.test(name) || IN_EVERY_FILTER.has(name)) {
      refuse(column, `"${name}" is not a valid field name; set another in the column’s comment: @name`);
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
      ...fieldDefaults(object, name, type),
      aliases: tagged.aliases,
      label: tagged.label ?? labelOf(name),
      description,
      isActive: !isInactive,
      isNullable: !attribute.notNull,
      isUnique: isUnique.has(column),
      defaultValue: attribute.hasDefault ? true : null,
      options: optionsOf(attribute.codec),
      settings: { ...inferred?.settings, ...readTaggedSettings(type, tags) },
    });
  }
  return { fields: [...fields.values()], columnOf };
}

function reasonAgainstCodec(codec: PgCodec): string {
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

type Inferred = { readonly type: FieldTypeName; readonly settings: FieldSettings };

/** What a column is by its Postgres type; undefined for types that are not served. */
function inferredFrom(codec: PgCodec): Inferred | undefined {
  const inner: PgCodec = codec.domainOfCodec ?? codec;
  const element = inner.arrayOfCodec ?? inner;
  if (isEnum(element) && !hasNames(element)) return undefined;
  const name = isEnum(element) ? 'enum' : BUILT_IN.get(element);
  return INFERRED.get(inner.arrayOfCodec ? `${name}[]` : `${name}`);
}

/** Names of `pg_type` by codec: a type of the same name in another schema has another codec. */
const BUILT_IN = new Map<unknown, string>(Object.values(TYPES).map((codec) => [codec, codec.name]));

const INFERRED = new Map<string, Inferred>(
  FIELD_TYPE_NAMES.flatMap((type) =>
    Object.entries(FIELD_TYPES[type].inferredFrom ?? {}).map(([name, settings]) => [name, { type, settings }] as const),
  ),
);

/** Values of an enum of GraphQL are names. */
function hasNames({ values }: PgEnumCodec): boolean {
  return values.every(({ value }) => /^(?!__|true$|false$|null$)[_a-zA-Z][_a-zA-Z0-9]*$/.test(value));
}

function isEnum(codec: PgCodec): codec is PgEnumCodec & PgCodec {
  return Array.isArray((codec as Partial<PgEnumCodec>).values);
}

function optionsOf(codec: PgCodec): Option[] | null {
  const inner = codec.domainOfCodec ?? codec;
  const { values } = (inner.arrayOfCodec ?? inner) as Partial<PgEnumCodec>;
  if (!Array.isArray(values)) return null;
  return values.map(({ value }: { value: string }, position) => ({
    id: value,
    value,
    label: value,
    color: 'gray',
    position,
  }));
}
