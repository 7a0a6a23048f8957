/** What a model is in Postgres, as data: tables, columns, constraints, indexes, enums, comments. Pure. */

import { createHash } from 'node:crypto';
import { ident, idents, literal } from '../../db/sql.ts';
import { unquoted, unquotedAll } from '../model/field-types/defaults.ts';
import type { Part } from '../model/field-types/field-type.ts';
import { FIELD_TYPES } from '../model/field-types/index.ts';
import {
  columnsOf,
  enumName,
  type Field,
  type Column as FieldColumn,
  fieldByName,
  indexedColumn,
  indexKindOf,
  type Model,
  type Index as ModelIndex,
  type ObjectType,
  tableName,
  wordColumns,
} from '../model/model.ts';
import { snakeCase } from '../model/names.ts';
import { columnComment, relationComment, tableComment } from '../model/smart-tags.ts';
import { LETTERS, MARKS, SEPARATORS } from '../model/words.ts';

/** `key` says what a thing is whatever it is called: ids of the model, so that a rename is not a drop. */
type Named = { readonly key: string; readonly name: string };

export type Shape = { readonly enums: readonly Enum[]; readonly tables: readonly Table[] };
export type Enum = Named & { readonly values: readonly { readonly id: string; readonly value: string }[] };
export type Table = Named & {
  readonly comment: string;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
};
export type Column = Named & {
  readonly type: string;
  /** Of the enum that the type is or is an array of. */
  readonly enumKey: string | null;
  readonly isArray: boolean;
  readonly isNotNull: boolean;
  readonly default: string | null;
  readonly generated: Definition | null;
  readonly comment: string | null;
};
export type Constraint = Named &
  Definition & {
    readonly kind: 'primary key' | 'unique' | 'foreign key' | 'check';
    /** The table that a foreign key points to. */
    readonly references: string | null;
    readonly comment: string | null;
  };
export type Index = Named & Definition & { readonly isUnique: boolean };

/** SQL with today's names, and what it means with keys in their place: renames change the former alone. */
type Definition = { readonly sql: string; readonly meaning: string };

/** By id. */
type Objects = ReadonlyMap<string, ObjectType>;

export type ShapeOptions = {
  /** Default of ids: `uuidv7()` on PostgreSQL 18, `gen_random_uuid()` before. */
  readonly idDefault: string;
};

/** @param isWanted which objects it is asked of; enums that objects share are those of all */
export function shapeOf(
  model: Model,
  options: ShapeOptions,
  isWanted: (object: ObjectType) => boolean = () => true,
): Shape {
  const wanted = model.objects.filter(isWanted);
  const byId = new Map(model.objects.map((object) => [object.id, object]));
  return {
    enums: [...sharedEnums(model), ...wanted.flatMap(enumsOf)],
    tables: wanted.map((object) => tableOf(byId, object, options)),
  };
}

function sharedEnums(model: Model): Enum[] {
  const used = new Map<string, readonly string[]>();
  for (const { fields } of model.objects) {
    for (const { type } of fields) {
      const { sharedEnum } = FIELD_TYPES[type];
      if (sharedEnum) used.set(sharedEnum.name, sharedEnum.values);
    }
  }
  return [...used].map(([name, values]) => ({
    key: `shared ${name}`,
    name,
    values: values.map((value) => ({ id: value, value })),
  }));
}

function enumsOf(object: ObjectType): Enum[] {
  return object.fields.flatMap((field) =>
    field.options && columnsOf(object, field).some(({ isEnum }) => isEnum)
      ? [
          {
            key: field.id,
            name: short(enumName(object, field)),
            values: [...field.options].sort((a, b) => a.position - b.position),
          },
        ]
      : [],
  );
}

function tableOf(objects: Objects, object: ObjectType, options: ShapeOptions): Table {
  const name = short(tableName(object));
  return {
    key: object.id,
    name,
    comment: tableComment(object),
    columns: object.fields.flatMap((field) =>
      columnsOf(object, field).map((column) => columnOf(object, field, column, options)),
    ),
    constraints: [
      {
        key: `${object.id} key`,
        name: short(`${name}_pkey`),
        kind: 'primary key',
        references: null,
        comment: null,
        ...listed(object, ['id'], 'primary key '),
      },
      ...object.fields.flatMap((field) => [
        ...uniqueOf(name, object, field),
        ...foreignKeyOf(objects, name, object, field),
      ]),
      ...morphChecks(name, object),
    ],
    indexes: [
      ...object.fields.flatMap((field) => indexesOf(name, object, field)),
      ...object.indexes.map((index) => customIndex(name, object, index)),
    ],
  };
}

// Columns ------------------------------------------------------------------------------------------------------------

function columnOf(object: ObjectType, field: Field, column: FieldColumn, options: ShapeOptions): Column {
  const { name, type, isEnum, isArray, part } = column;
  const base = isEnum ? ident(short(type)) : type;
  return {
    key: columnKey(field, part),
    name: short(name),
    type: isEnum && isArray ? `${base}[]` : base,
    enumKey: isEnum ? field.id : null,
    isArray,
    isNotNull: !field.isNullable && (FIELD_TYPES[field.type].composite === null || part.default !== undefined),
    default: defaultOf(field, part, options),
    generated: FIELD_TYPES[field.type].isGenerated ? searchOf(object, field) : null,
    comment: columnComment(object, field, column),
  };
}

function columnKey(field: Field, part: Part): string {
  return part.suffix === null || field.relation ? field.id : `${field.id} ${part.suffix}`;
}

const NOW = { date: 'current_date', timestamptz: 'now()' };

/** A default as SQL, from the metadata API's spelling of it. Contract: metadata.md 2.4 */
function defaultOf(field: Field, part: Part, { idDefault }: ShapeOptions): string | null {
  const { defaultValue } = field;
  const value =
    part.name === null ? defaultValue : ((defaultValue as Record<string, unknown> | null)?.[part.name] ?? null);
  if (value === null || value === undefined) return part.default ?? null;
  if (part.sql === 'jsonb') return literal(JSON.stringify(unquotedAll(value)));
  if (Array.isArray(value))
    return literal(`{${value.map((each) => JSON.stringify(unquoted(String(each)))).join(',')}}`);
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (value === 'uuid' && part.sql === 'uuid') return idDefault;
  if (value === 'now' && NOW[part.sql as keyof typeof NOW]) return NOW[part.sql as keyof typeof NOW];
  const text = unquoted(String(value));
  // What is shown empty is stored as nothing, as writes do; but where something is required.
  return text === '' && part.empty === '' && field.isNullable ? (part.default ?? null) : literal(text);
}

/** The words of the fields that the search vector's settings name. */
function searchOf(object: ObjectType, field: Field): Definition {
  const sources = ((field.settings.sources ?? []) as string[]).flatMap((name) => {
    const source = fieldByName(object, name);
    if (!source) return [];
    return wordColumns(columnsOf(object, source)).map(({ name: column, part }) => ({
      column,
      key: columnKey(source, part),
    }));
  });
  const words = sources.map(({ column }) => `coalesce(${ident(short(column))}, '')`).join(` || ' ' || `);
  return {
    sql: `to_tsvector('simple'::regconfig, ${words === '' ? "''" : plainText(words)})`,
    meaning: `search ${sources.map(({ key }) => key).join()}`,
  };
}

/**
 * A text as plain words. Generated columns take nothing but what is immutable, and a workspace may be in a PostgreSQL
 * without extensions: `unaccent` is neither, and hardly faster (45 µs a record against 49; words alone took 17).
 */
function plainText(text: string): string {
  const from = literal(SEPARATORS + Object.keys(LETTERS).join(''));
  const to = literal(' '.repeat(SEPARATORS.length) + Object.values(LETTERS).join(''));
  return `translate(regexp_replace(normalize(${text}, NFKD), ${literal(MARKS)}, '', 'g'), ${from}, ${to})`;
}

// Constraints and indexes --------------------------------------------------------------------------------------------

function listed(object: ObjectType, fields: readonly string[], before: string): Definition {
  const columns = fields
    .map((name) => fieldByName(object, name) as Field)
    .map((field) => ({ field, column: columnsOf(object, field)[0] as FieldColumn }));
  return {
    sql: `${before}(${idents(columns.map(({ column }) => short(column.name)))})`,
    meaning: `${before}${columns.map(({ field, column }) => columnKey(field, column.part)).join()}`,
  };
}

function uniqueOf(table: string, object: ObjectType, field: Field): Constraint[] {
  if (!field.isUnique || field.name === 'id') return [];
  const columns = columnsOf(object, field);
  const column = columns.find(({ part }) => part.isUniqueKey) ?? (field.relation ? columns[0] : undefined);
  if (!column) return [];
  return [
    {
      key: `${field.id} unique`,
      name: short(`${table}_${snakeCase(field.name)}_key`),
      kind: 'unique',
      references: null,
      comment: null,
      sql: `unique (${ident(short(column.name))})`,
      meaning: `unique ${columnKey(field, column.part)}`,
    },
  ];
}

function foreignKeyOf(objects: Objects, table: string, object: ObjectType, field: Field): Constraint[] {
  const { relation } = field;
  if (relation?.kind !== 'MANY_TO_ONE') return [];
  const target = objects.get(relation.targetObject) as ObjectType;
  const inverse = target.fields.find(({ id }) => id === relation.targetField) as Field;
  const [column] = columnsOf(object, field) as [FieldColumn];
  const onDelete = relation.onDelete.toLowerCase().replace('_', ' ');
  return [
    {
      key: `${field.id} reference`,
      name: short(`${table}_${column.name}_fkey`),
      kind: 'foreign key',
      references: short(tableName(target)),
      sql: `foreign key (${ident(short(column.name))}) references ${ident(short(tableName(target)))} (id) on delete ${onDelete}`,
      meaning: `reference ${field.id} ${target.id} ${onDelete}`,
      comment: relationComment(field, inverse),
    },
  ];
}

/** Of the columns of a morph relation at most one is set. */
function morphChecks(table: string, object: ObjectType): Constraint[] {
  const byMorph = Map.groupBy(
    object.fields.filter(({ relation }) => relation?.kind === 'MANY_TO_ONE' && relation.morphId !== null),
    ({ relation }) => relation?.morphId as string,
  );
  return [...byMorph].flatMap(([morphId, fields]) => {
    const columns = fields.map((field) => columnsOf(object, field)[0] as FieldColumn);
    if (columns.length < 2) return [];
    return [
      {
        key: `${morphId} check`,
        name: short(`${table}_${snakeCase(fields[0]?.relation?.morph as string)}_check`),
        kind: 'check' as const,
        references: null,
        sql: `check (${countOfSet(columns.map(({ name }) => short(name)))} <= 1)`,
        meaning: `morph ${fields.map(({ id }) => id).join()}`,
        comment: null,
      },
    ];
  });
}

// PostgreSQL passes no more to a function.
const MAX_ARGUMENTS = 100;

// The function is named with its schema: it takes any types, and one of a workspace's schema for just these would come
// first.
function countOfSet(columns: readonly string[]): string {
  const chunks = Array.from({ length: Math.ceil(columns.length / MAX_ARGUMENTS) }, (_, i) =>
    columns.slice(i * MAX_ARGUMENTS, (i + 1) * MAX_ARGUMENTS),
  );
  return chunks.map((chunk) => `pg_catalog.num_nonnulls(${idents(chunk)})`).join(' + ');
}

function indexesOf(table: string, object: ObjectType, field: Field): Index[] {
  const [column] = columnsOf(object, field);
  if (!column) return [];
  const index = (method: string): Index => ({
    key: `${field.id} index`,
    name: short(`${table}_${column.name}_idx`),
    isUnique: false,
    sql: `using ${method} (${ident(short(column.name))})`,
    meaning: `${method} ${indexedMeaning(object, field, column.part)}`,
  });
  const kind = field.isUnique ? undefined : indexKindOf(field);
  return kind ? [index(kind.toLowerCase())] : [];
}

/** `companies_name_employees_idx`; a method or a promise of its own is said in the name. */
function customIndex(table: string, object: ObjectType, { id, type, isUnique, fields }: ModelIndex): Index {
  const columns = fields.map(({ field: fieldId, part }) => {
    const field = object.fields.find((each) => each.id === fieldId) as Field;
    return { field, column: indexedColumn(object, field, part) as FieldColumn };
  });
  const method = type.toLowerCase();
  const kind = isUnique ? '_unique' : type === 'BTREE' ? '' : `_${method}`;
  return {
    key: `${id} custom index`,
    name: short(`${table}_${columns.map(({ column }) => column.name).join('_')}${kind}_idx`),
    isUnique,
    sql: `using ${method} (${idents(columns.map(({ column }) => short(column.name)))})`,
    meaning: `${isUnique} ${method} ${columns.map(({ field, column }) => indexedMeaning(object, field, column.part)).join()}`,
  };
}

/** A generated column that is made anew takes its indexes with it. */
function indexedMeaning(object: ObjectType, field: Field, part: Part): string {
  return FIELD_TYPES[field.type].isGenerated
    ? `${field.id} ${searchOf(object, field).meaning}`
    : columnKey(field, part);
}

/** Name of an index in Postgres: one that was asked for, or the one that a field brings along. */
export function indexName(object: ObjectType, index: ModelIndex): string {
  const table = short(tableName(object));
  const field = object.fields.find(({ id }) => id === index.id);
  if (!field) return customIndex(table, object, index).name;
  if (field.name === 'id') return short(`${table}_pkey`);
  return (uniqueOf(table, object, field)[0] ?? indexesOf(table, object, field)[0])?.name ?? '';
}

/** Postgres cuts names at 63 bytes without a word; two that differ only behind that would meet. */
export function short(name: string): string {
  if (Buffer.byteLength(name) <= 63) return name;
  return `${name.slice(0, 55)}_${createHash('sha256').update(name).digest('hex').slice(0, 7)}`;
}
