/**
 * A model as a file: what its owner decided, in an order and with defaults that make for readable differences, and no
 * ids. What every object has by itself (id, times, who made it, what can be attached to it) isn't said. Pure.
 *
 *   { "objects": [{ "name": "rocket", "plural": "rockets", "fields": [
 *       { "name": "name", "type": "TEXT" },
 *       { "name": "maker", "type": "RELATION", "to": "company" }] },
 *     { "name": "company", …, "fields": [{ "name": "rockets", "type": "RELATION", "from": "rocket.maker" }] }] }
 */

import { z } from 'zod';
import { refuse } from '../../errors.ts';
import type { Given } from '../../given.ts';
import type { Option } from '../field-types/field-type.ts';
import { FIELD_TYPE_NAMES, FIELD_TYPES, type FieldTypeName, MORPH_RELATION } from '../field-types/index.ts';
import { type Field, type Index, type Model, type ObjectType, objectById } from '../model.ts';
import { isMember, isMorph, logicalFields, type Morph } from '../morphs.ts';
import { labelOf } from '../names.ts';

const NAME = z.string().trim().min(1);
const WAS = NAME.optional().describe('What it was called until now: it is renamed, and keeps its records');
const STANDARD = z.literal('standard').optional().describe('Came with Plinth');
const INACTIVE = z.literal(false).optional().describe('Kept, and not served');
const TYPES: readonly (FieldTypeName | typeof MORPH_RELATION)[] = [...FIELD_TYPE_NAMES, MORPH_RELATION];

const optionDocument = z.strictObject({
  value: NAME.describe('UPPER_SNAKE_CASE'),
  was: WAS,
  label: z.string().optional(),
  color: z.string().optional(),
});

const fieldDocument = z.strictObject({
  name: NAME.describe('camelCase'),
  was: WAS,
  type: z.enum(TYPES),
  label: z.string().optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
  origin: STANDARD,
  active: INACTIVE,
  readOnly: z.literal(true).optional().describe('In user interfaces; the APIs write it all the same'),
  required: z.boolean().optional().describe('May not be null; usually true of BOOLEAN and false of all else'),
  unique: z.literal(true).optional(),
  default: z
    .json()
    .optional()
    .describe('As the metadata API has it: text in single quotes, `now` and `uuid` for functions'),
  options: z.array(optionDocument).optional(),
  settings: z.record(z.string(), z.json()).optional(),
  aliases: z
    .union([z.array(NAME), z.record(NAME, z.array(NAME).min(1))])
    .optional()
    .describe('Former names, which go on being served; of a MORPH_RELATION those of its fields, by the target of each'),
  to: z
    .union([NAME, z.array(NAME).min(1)])
    .optional()
    .describe('Of a many-to-one relation: the object that it points to; of a MORPH_RELATION: the list of them'),
  from: z
    .string()
    .regex(/^\w+\.\w+$/)
    .optional()
    .describe('Of a one-to-many relation: the field at its other side, as object.field'),
  onDelete: z.enum(['CASCADE', 'RESTRICT', 'SET_NULL', 'NO_ACTION']).optional(),
});

const indexDocument = z.strictObject({
  fields: z.array(NAME).min(1).describe('In their order; a part of a composite field as field.part'),
  type: z.enum(['BTREE', 'GIN']).optional(),
  unique: z.literal(true).optional(),
});

const objectDocument = z.strictObject({
  name: NAME.describe('camelCase, of one record'),
  plural: NAME.describe('camelCase, of many records; the table is its snake_case'),
  was: WAS,
  label: z.string().optional(),
  labelPlural: z.string().optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
  shortcut: z.string().optional(),
  color: z.string().optional(),
  origin: STANDARD,
  active: INACTIVE,
  searchable: z.boolean().optional().describe('Is found by searches over all objects'),
  labelIdentifier: z.string().nullable().optional().describe('The field that stands for a record; `name` unless said'),
  imageIdentifier: z.string().optional().describe('The field whose picture stands for a record'),
  search: z.array(z.string()).optional().describe('Fields whose words find a record; `name` unless said'),
  duplicates: z.array(z.array(z.string())).optional().describe('Records that agree on all of one group are duplicates'),
  aliases: z
    .array(z.strictObject({ name: NAME, plural: NAME }))
    .optional()
    .describe('Former names, which go on being served'),
  fields: z.array(fieldDocument),
  indexes: z.array(indexDocument).optional().describe('Beside those that unique fields and relations bring along'),
});

const modelDocument = z.strictObject({
  $schema: z.string().optional(),
  objects: z.array(objectDocument),
});

export type ModelDocument = z.output<typeof modelDocument>;
export type ObjectDocument = z.output<typeof objectDocument>;
export type FieldDocument = z.output<typeof fieldDocument>;
type IndexDocument = z.output<typeof indexDocument>;

/** Where editors look for the schema: beside the file, `plinth model schema > model.schema.json`. */
const SCHEMA_FILE = './model.schema.json';

/** JSON Schema of the file, for editors to complete by. */
export function modelDocumentSchema(): object {
  return { title: 'A data model of Plinth', ...z.toJSONSchema(modelDocument, { io: 'input' }) };
}

// Model → document ---------------------------------------------------------------------------------------------------

/** The same text for the same model, whatever its ids. */
export function printDocument(document: ModelDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function documentOf(model: Model): ModelDocument {
  return { $schema: SCHEMA_FILE, objects: model.objects.map((object) => objectDocumentOf(model, object)) };
}

function objectDocumentOf(model: Model, object: ObjectType): ObjectDocument {
  const sources = sourcesOf(object);
  return said({
    name: object.nameSingular,
    plural: object.namePlural,
    label: unless(object.labelSingular, labelOf(object.nameSingular)),
    labelPlural: unless(object.labelPlural, labelOf(object.namePlural)),
    description: object.description ?? undefined,
    icon: object.icon ?? undefined,
    shortcut: object.shortcut ?? undefined,
    color: object.color ?? undefined,
    origin: object.origin === 'standard' ? 'standard' : undefined,
    active: object.isActive ? undefined : false,
    searchable: unless(object.isSearchable, sources !== undefined),
    labelIdentifier: unless(object.labelIdentifier, 'name'),
    imageIdentifier: object.imageIdentifier ?? undefined,
    search: sources && JSON.stringify(sources) !== '["name"]' ? sources : undefined,
    duplicates: object.duplicateCriteria.length > 0 ? object.duplicateCriteria.map((group) => [...group]) : undefined,
    aliases:
      object.aliases.length > 0
        ? object.aliases.map(({ nameSingular, namePlural }) => ({ name: nameSingular, plural: namePlural }))
        : undefined,
    fields: logicalFields(object)
      .filter((each) => isOwn(isMorph(each) ? each.members[0] : each))
      .map((each) => (isMorph(each) ? morphDocumentOf(model, each) : fieldDocumentOf(model, each))),
    indexes: object.indexes.length > 0 ? object.indexes.map((index) => indexDocumentOf(object, index)) : undefined,
  });
}

/** Said in a document; all else comes with an object by itself, and stays as it came. */
export function isOwn(field: Field): boolean {
  return !field.isSystem;
}

/** Names of the fields whose words an object is found by; undefined for an object without a search vector. */
export function sourcesOf(object: ObjectType): string[] | undefined {
  return object.fields.find(({ type }) => FIELD_TYPES[type].isGenerated)?.settings.sources as string[] | undefined;
}

function fieldDocumentOf(model: Model, field: Field): FieldDocument {
  const { relation } = field;
  const { isNeverNull = false, initialDefault, fixedOptions } = FIELD_TYPES[field.type];
  const target = relation && objectById(model, relation.targetObject);
  const inverse = target?.fields.find(({ id }) => id === relation?.targetField);
  const inverseName = inverse && isMember(inverse) ? inverse.relation?.morph : inverse?.name;
  return said({
    name: field.name,
    type: field.type,
    ...faceOf(field),
    required: unless(!field.isNullable, isNeverNull),
    unique: field.isUnique ? true : undefined,
    default: unless(field.defaultValue ?? undefined, initialDefault) as never,
    options:
      fixedOptions !== undefined
        ? undefined
        : field.options && [...field.options].sort((a, b) => a.position - b.position).map(optionDocumentOf),
    settings: !relation && Object.keys(field.settings).length > 0 ? (field.settings as never) : undefined,
    aliases: field.aliases.length > 0 ? [...field.aliases] : undefined,
    to: relation?.kind === 'MANY_TO_ONE' ? target?.nameSingular : undefined,
    from: relation?.kind === 'ONE_TO_MANY' ? `${target?.nameSingular}.${inverseName}` : undefined,
    onDelete: relation?.kind === 'MANY_TO_ONE' ? (unless(relation.onDelete, 'SET_NULL') as never) : undefined,
  });
}

/** Its targets' fields are alike, but for their names. */
function morphDocumentOf(model: Model, { name, members }: Morph): FieldDocument {
  const [first] = members;
  const targetOf = ({ relation }: Field) => objectById(model, relation?.targetObject as string)?.nameSingular as string;
  const former = members.filter(({ aliases }) => aliases.length > 0);
  return said({
    name,
    type: MORPH_RELATION,
    ...faceOf({ ...first, name }),
    required: unless(!first.isNullable, false),
    unique: first.isUnique ? true : undefined,
    aliases:
      former.length > 0
        ? Object.fromEntries(former.map((member) => [targetOf(member), [...member.aliases]]))
        : undefined,
    to: members.map(targetOf),
    onDelete: unless(first.relation?.onDelete, 'SET_NULL') as never,
  });
}

function faceOf({ name, label, description, icon, origin, isActive, isUIReadOnly }: Field) {
  return {
    label: unless(label, labelOf(name)),
    description: description ?? undefined,
    icon: icon ?? undefined,
    origin: origin === 'standard' ? ('standard' as const) : undefined,
    active: isActive ? undefined : (false as const),
    readOnly: isUIReadOnly ? (true as const) : undefined,
  };
}

function optionDocumentOf({ value, label, color }: Option) {
  return said({ value, label: unless(label, optionLabel(value)), color: unless(color, 'gray') });
}

/** `IN_FLIGHT` → `In flight`. */
export function optionLabel(value: string): string {
  const words = value.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function indexDocumentOf(object: ObjectType, { fields, type, isUnique }: Index): IndexDocument {
  const nameOf = (id: string) => object.fields.find((field) => field.id === id)?.name;
  return said({
    fields: fields.map(({ field, part }) => (part === null ? `${nameOf(field)}` : `${nameOf(field)}.${part}`)),
    type: unless(type, 'BTREE'),
    unique: isUnique ? true : undefined,
  });
}

function unless<T>(value: T, usual: unknown): T | undefined {
  return value === usual ? undefined : value;
}

function said<T extends object>(entries: { [K in keyof T]: T[K] | null | undefined }): T {
  return Object.fromEntries(
    Object.entries(entries).filter(
      ([key, value]) => value !== undefined && (value !== null || key === 'labelIdentifier'),
    ),
  ) as T;
}

// Text → document ----------------------------------------------------------------------------------------------------

/** Something wrong with a document, and where: `rocket.stage.options.LOST`. */
export type DocumentMistake = { readonly place: string; readonly message: string };

/** @throws PlinthError METADATA_VALIDATION_FAILED: all that isn't as the schema says, and where */
export function readDocument(given: unknown): ModelDocument {
  const { success, data, error } = modelDocument.safeParse(given);
  if (!success)
    throw invalidDocument(error.issues.map(({ path, message }) => ({ place: placeOf(given, path), message })));
  const twice = [
    ...repeated('', data.objects),
    ...data.objects.flatMap(({ name, fields }) => [
      ...repeated(`${name}.`, fields),
      ...fields.flatMap((field) =>
        repeated(
          `${name}.${field.name}.options.`,
          (field.options ?? []).map(({ value }) => ({ name: value })),
        ),
      ),
    ]),
  ];
  if (twice.length > 0) throw invalidDocument(twice);
  return data;
}

function repeated(before: string, named: readonly { readonly name: string }[]): DocumentMistake[] {
  const names = named.map(({ name }) => name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => ({
    place: before + name,
    message: 'is there twice',
  }));
}

/** `objects.3.fields.0.type` → `rocket.stage.type`: a place that a person finds. */
function placeOf(given: unknown, path: readonly PropertyKey[]): string {
  let at: Given = given;
  const names = path.flatMap((key) => {
    at = at?.[key];
    return key === 'objects' || key === 'fields'
      ? []
      : [String(typeof key === 'number' ? (at?.name ?? at?.value ?? key) : String(key))];
  });
  return names.join('.') || 'model';
}

export function invalidDocument(mistakes: readonly DocumentMistake[]) {
  const sentences = mistakes.map(({ place, message }) => `${place}: ${message}`);
  return refuse('METADATA_VALIDATION_FAILED', {
    message: `The model is not valid: ${sentences.join('; ')}`,
    extensions: { summary: { totalErrors: mistakes.length }, mistakes },
  });
}
