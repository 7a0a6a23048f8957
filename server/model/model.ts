/** What a data model is: objects, their fields, and what each field is in Postgres. Pure data, no I/O. */

import type { FieldSettings, OnDelete, Option, Part } from './field-types/field-type.ts';
import { FIELD_TYPES, type FieldTypeName } from './field-types/index.ts';
import { snakeCase, upperFirst } from './names.ts';

export type Model = { readonly objects: readonly ObjectType[] };

export type Origin = 'standard' | 'custom' | 'database';

/** A kind of record; in Postgres, a table. */
export type ObjectType = {
  readonly id: string;
  /** camelCase; GraphQL type and operations of one record are named after it. */
  readonly nameSingular: string;
  /** camelCase; the table is its snake_case, REST paths and operations of many records carry it. */
  readonly namePlural: string;
  readonly labelSingular: string;
  readonly labelPlural: string;
  readonly description: string | null;
  readonly icon: string | null;
  readonly shortcut: string | null;
  readonly color: string | null;
  readonly origin: Origin;
  /** What users have changed of a standard object's face: an upgrade leaves it alone. Contract: metadata.md 2.2 */
  readonly overridden: readonly ('labelSingular' | 'labelPlural' | 'description' | 'icon')[];
  readonly isActive: boolean;
  readonly isSystem: boolean;
  readonly isSearchable: boolean;
  /** Name of the field that stands for the record where a person reads it; null where only the id does. */
  readonly labelIdentifier: string | null;
  /** Name of the field whose picture stands for the record. */
  readonly imageIdentifier: string | null;
  /**
   * Groups of field paths (`name.firstName`); records that agree on all of one group are duplicates. Contract: core.md
   * 2.14.
   */
  readonly duplicateCriteria: readonly (readonly string[])[];
  /** Former names, which go on being served. Contract: decisions.md, aliases */
  readonly aliases: readonly ObjectAlias[];
  /** Set where it stands for another under a former name: the name of that one today. */
  readonly formerNameOf?: string;
  /** Set where whoever it is served to may not do all of it to records. */
  readonly refused?: ReadonlySet<Deed>;
  readonly fields: readonly Field[];
  /** Those that were asked for; what fields bring along (unique keys, join columns, search) is theirs. */
  readonly indexes: readonly Index[];
};

export type ObjectAlias = { readonly nameSingular: string; readonly namePlural: string };

/** A property of a record; in Postgres one column, several for a composite, none for the many side of a relation. */
export type Field = {
  readonly id: string;
  readonly name: string;
  readonly type: FieldTypeName;
  readonly label: string;
  readonly description: string | null;
  readonly icon: string | null;
  readonly origin: Origin;
  /** As an object's. */
  readonly overridden: readonly ('label' | 'description' | 'icon')[];
  /** Former names, which go on being served. Contract: decisions.md, aliases */
  readonly aliases: readonly string[];
  readonly isActive: boolean;
  readonly isSystem: boolean;
  /** Not to be changed in a user interface; the APIs write it all the same. */
  readonly isUIReadOnly: boolean;
  readonly isNullable: boolean;
  readonly isUnique: boolean;
  /**
   * As the metadata API spells it: text in single quotes, `uuid` and `now` for functions. Contract: metadata.md 2.4.
   */
  readonly defaultValue: unknown;
  readonly options: readonly Option[] | null;
  readonly settings: FieldSettings;
  /** Set for relations only. */
  readonly relation: Relation | null;
  /** Set where whoever it is served to may read it, and not write it. */
  readonly refused?: ReadonlySet<'create' | 'update'>;
};

/** What holds of a field of which nothing else is said. */
export const PLAIN_FIELD = {
  description: null,
  icon: null,
  overridden: [],
  aliases: [],
  isActive: true,
  isSystem: false,
  isUIReadOnly: false,
  isNullable: true,
  isUnique: false,
  defaultValue: null,
  options: null,
  settings: {},
  relation: null,
} as const satisfies Partial<Field>;

/** What may be done to records, beside reading them; `delete` is the soft one, which restoring undoes. */
export type Deed = 'create' | 'update' | 'delete' | 'destroy' | 'merge';

export type Relation = {
  readonly kind: 'MANY_TO_ONE' | 'ONE_TO_MANY';
  /** Ids of the object and of the field at the other end. */
  readonly targetObject: string;
  readonly targetField: string;
  /** Of the foreign key. The same on both ends. */
  readonly onDelete: OnDelete;
  /**
   * The morph relation that this is one target of (`target` for targetCompany, targetPerson …): at most one of a group
   * is set.
   */
  readonly morph: string | null;
  /** Of the morph relation: the same on all fields of it, both ends; null where `morph` is. */
  readonly morphId: string | null;
};

/** An index over columns of one object. Contract: metadata.md 2.8 */
export type Index = {
  readonly id: string;
  readonly type: 'BTREE' | 'GIN';
  readonly isUnique: boolean;
  /** In the order of its columns. */
  readonly fields: readonly IndexField[];
};

/** A column of an index: of the field with id `field`, its sub-field `part` if it is a composite. */
type IndexField = { readonly id: string; readonly field: string; readonly part: string | null };

/** One column of a field. */
export type Column = {
  readonly name: string;
  /** As Postgres spells it; an enum by its type's name, unquoted. */
  readonly type: string;
  readonly isEnum: boolean;
  readonly isArray: boolean;
  readonly part: Part;
};

/** Table of an object. */
export function tableName(object: ObjectType): string {
  return snakeCase(object.namePlural);
}

/** Enum type of a field with options: named after its table and column. */
export function enumName(object: ObjectType, field: Field): string {
  return `${tableName(object)}_${snakeCase(field.name)}`;
}

/** The columns of a field in the order of its parts. Contract: decisions.md, composite fields are flat columns. */
export function columnsOf(object: ObjectType, field: Field): Column[] {
  if (field.relation) {
    return field.relation.kind === 'ONE_TO_MANY' ? [] : [joinColumn(field)];
  }
  return FIELD_TYPES[field.type].parts.map((part) => {
    const isEnum = part.sql === 'enum' || part.sql === 'enum[]';
    const name = part.suffix === null ? snakeCase(field.name) : `${snakeCase(field.name)}_${part.suffix}`;
    if (isEnum) {
      return { name, type: enumName(object, field), isEnum, isArray: part.sql === 'enum[]', part };
    }
    const type = typeof part.sql === 'function' ? part.sql(field.settings) : part.sql;
    return { name, type, isEnum, isArray: type.endsWith('[]'), part };
  });
}

/** The columns of a field that a person reads: of e-mails and links the main one, of a name all of it. */
export function wordColumns(columns: readonly Column[]): readonly Column[] {
  const texts = columns.filter(({ part }) => part.scalar === 'String' && part.empty === '');
  const keys = texts.filter(({ part }) => part.isUniqueKey);
  return keys.length > 0 ? keys : texts;
}

const JOIN_PART: Part = { name: null, suffix: 'id', sql: 'uuid', scalar: 'ID' };

function joinColumn(field: Field): Column {
  return { name: `${snakeCase(field.name)}_id`, type: 'uuid', isEnum: false, isArray: false, part: JOIN_PART };
}

/** The key that carries a many-to-one relation in the APIs: `company` → `companyId`. */
export function joinName(field: Pick<Field, 'name'>): string {
  return `${field.name}Id`;
}

/** The settings of a relation, as the metadata API shows them. Contract: metadata.md 2.4 */
export function relationSettings(name: string, { kind, onDelete }: Pick<Relation, 'kind' | 'onDelete'>) {
  return kind === 'MANY_TO_ONE'
    ? { relationType: kind, onDelete, joinColumnName: joinName({ name }) }
    : { relationType: kind };
}

/** GraphQL type of a record: `company` → `Company`. */
export function typeName(object: ObjectType): string {
  return upperFirst(object.nameSingular);
}

/** A renamed field under each of its former names, unless another has that name now. Contract: decisions.md, aliases */
export function formerFields(object: ObjectType, field: Field): Field[] {
  return field.aliases
    .filter((alias) => !object.fields.some(({ name }) => name === alias))
    .map((alias) => ({ ...field, name: alias, aliases: [] }));
}

/** Those that a change has left as they are: what it leaves so, it leaves the same value. */
export function sameObjects(before: Model, after: Model): ReadonlySet<ObjectType> {
  return new Set(before.objects).intersection(new Set(after.objects));
}

export function objectById(model: Model, id: string): ObjectType | undefined {
  return model.objects.find((object) => object.id === id);
}

/** The column that an index has of a field: the one named, else the one that the field is unique by, else its first. */
export function indexedColumn(object: ObjectType, field: Field, part: string | null): Column | undefined {
  const columns = columnsOf(object, field);
  if (part !== null) return columns.find((column) => column.part.name === part);
  return columns.find((column) => column.part.isUniqueKey) ?? columns[0];
}

/**
 * The kind of index that a field has by itself, whether or not it is unique. Relations are followed in both directions.
 */
export function indexKindOf({ relation, type }: Field): Index['type'] | undefined {
  return relation ? 'BTREE' : FIELD_TYPES[type].index;
}

export function fieldByName(object: ObjectType, name: string): Field | undefined {
  return object.fields.find((field) => field.name === name);
}

/** Fields that are about the row, not about what it stands for. Contract: core.md 6 */
export const BASE_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'createdAt',
  'updatedAt',
  'deletedAt',
  'createdBy',
  'updatedBy',
  'position',
  'searchVector',
]);

/** May whoever the object is served to do this to its records? */
export function may({ refused }: Pick<ObjectType, 'refused'>, deed: Deed): boolean {
  return refused === undefined || !refused.has(deed);
}

export function mayWrite({ refused }: Pick<Field, 'refused'>, deed: 'create' | 'update'): boolean {
  return refused === undefined || !refused.has(deed);
}

/** What a path of the duplicate criteria means. */
type Criterion = { readonly field: Field; readonly part: string | null };

/**
 * The groups of duplicate criteria whose fields are there and active. Without any, an object has no duplicates and no
 * merge.
 */
export function criteriaOf(object: ObjectType): Criterion[][] {
  return object.duplicateCriteria
    .map((group) => group.flatMap((path) => criterionOf(object, path) ?? []))
    .filter((group, i) => group.length > 0 && group.length === object.duplicateCriteria[i]?.length);
}

function criterionOf(object: ObjectType, path: string): Criterion | undefined {
  const [name = '', part = null] = path.split('.');
  const field = fieldByName(object, name);
  const isThere =
    field?.isActive && columnsOf(object, field).some((column) => part === null || column.part.name === part);
  return isThere ? { field, part } : undefined;
}
