/**
 * Smart tags: lines such as `@singular company` that begin a comment in Postgres. They keep what the catalog has no
 * place for. Each tag is a line of a table below, by which it is both written and read; the description follows the
 * tags. Pure.
 */

import type { FieldSettings } from './field-types/field-type.ts';
import { FIELD_TYPES, type FieldTypeName } from './field-types/index.ts';
import { type Column, columnsOf, type Field, type ObjectAlias, type ObjectType, tableName } from './model.ts';
import { camelCase, labelOf } from './names.ts';

/** Tags as PostGraphile parses them: true for a tag without a value, a list for a repeated one. */
export type Tags = Readonly<Record<string, string | true | (string | true)[] | undefined>>;

type Line = readonly [tag: string, value?: string];

/** How one property is written as tags, and read from them. */
type Codec<T> = { readonly write: (value: T) => Line[]; readonly read: (tags: Tags) => T };
// biome-ignore lint/suspicious/noExplicitAny: each tag has a type of its own
type Codecs = Readonly<Record<string, Codec<any>>>;
type Values<C extends Codecs> = { readonly [key in keyof C]: ReturnType<C[key]['read']> };

function text(tag: string): Codec<string | undefined> {
  return {
    write: (value) => (value === undefined ? [] : [[tag, value]]),
    read: (tags) => (typeof tags[tag] === 'string' ? tags[tag] : undefined),
  };
}

function texts(tag: string): Codec<readonly string[]> {
  return {
    write: (values) => values.map((value) => [tag, value]),
    read: (tags) => [tags[tag] ?? []].flat().filter((each) => typeof each === 'string'),
  };
}

function flag(tag: string): Codec<boolean> {
  return { write: (isSet) => (isSet ? [[tag]] : []), read: (tags) => tags[tag] !== undefined };
}

/** A codec for values that another codec takes in another form. */
function mapped<T, U>(codec: Codec<U>, to: (value: T) => U, from: (value: U) => T): Codec<T> {
  return { write: (value) => codec.write(to(value)), read: (tags) => from(codec.read(tags)) };
}

const DUPLICATES = mapped(
  text('duplicates'),
  (groups: readonly (readonly string[])[]) =>
    groups.length > 0 ? groups.map((group) => group.join('+')).join(' ') : undefined,
  (groups = ''): readonly (readonly string[])[] =>
    groups
      .split(' ')
      .filter(Boolean)
      .map((group) => group.split('+')),
);

const OBJECT_ALIASES = mapped(
  texts('alias'),
  (aliases: readonly ObjectAlias[]) => aliases.map(({ nameSingular, namePlural }) => `${nameSingular} ${namePlural}`),
  (pairs): readonly ObjectAlias[] =>
    pairs.flatMap((pair) => {
      const [nameSingular, namePlural] = pair.split(' ');
      return nameSingular && namePlural ? [{ nameSingular, namePlural }] : [];
    }),
);

// Comments are compared with what they should be: the order of the lines matters.
const TABLE = {
  nameSingular: text('singular'),
  namePlural: text('plural'),
  aliases: OBJECT_ALIASES,
  labelSingular: text('labelSingular'),
  labelPlural: text('labelPlural'),
  labelIdentifier: text('label'),
  duplicateCriteria: DUPLICATES,
  isSystem: flag('system'),
  isSearchable: flag('search'),
  isInactive: flag('inactive'),
};

const COLUMN = {
  /** Field and sub-field, for a column of a composite: `name.firstName`. */
  part: text('part'),
  type: text('type'),
  name: text('name'),
  aliases: texts('alias'),
  label: text('label'),
};
const COLUMN_END = { isInactive: flag('inactive') };

/** Of a foreign key: `foreign…` is the many side of the relation. */
const RELATION = {
  name: text('fieldName'),
  foreignName: text('foreignFieldName'),
  morph: text('morph'),
  aliases: texts('alias'),
  foreignAliases: texts('foreignAlias'),
  label: text('label'),
  foreignLabel: text('foreignLabel'),
  isInactive: flag('inactive'),
  isForeignInactive: flag('foreignInactive'),
};

function write<C extends Codecs>(codecs: C, values: Values<C>): Line[] {
  return Object.entries(codecs).flatMap(([key, codec]) => codec.write(values[key]));
}

function read<C extends Codecs>(codecs: C, tags: Tags): Values<C> {
  return Object.fromEntries(Object.entries(codecs).map(([key, codec]) => [key, codec.read(tags)])) as Values<C>;
}

export function tableComment(object: ObjectType): string {
  const { nameSingular, namePlural } = object;
  const lines = write(TABLE, {
    ...object,
    namePlural: camelCase(tableName(object)) === namePlural ? undefined : namePlural,
    labelSingular: labelTag(object.labelSingular, nameSingular),
    labelPlural: labelTag(object.labelPlural, namePlural),
    labelIdentifier: object.labelIdentifier ?? undefined,
    isInactive: !object.isActive,
  });
  return commentOf(lines, object.description);
}

/** @param rest of the comment, behind its tags */
export function readTableTags(tags: Tags, rest: string | null | undefined) {
  return { ...read(TABLE, tags), description: readDescription(tags, rest) };
}

/** Null for a column that needs no comment. The comment of a relation is on its foreign key. */
export function columnComment(object: ObjectType, field: Field, { name, part }: Column): string | null {
  if (field.relation) return null;
  const isFirst = columnsOf(object, field)[0]?.name === name;
  const isSingle = part.name === null;
  const lines = [
    ...write(COLUMN, {
      part: isSingle ? undefined : `${field.name}.${part.name}`,
      type: FIELD_TYPES[field.type].inferredFrom ? undefined : field.type,
      name: isSingle && camelCase(name) !== field.name ? field.name : undefined,
      aliases: isFirst ? field.aliases : [],
      label: isFirst ? labelTag(field.label, field.name) : undefined,
    }),
    ...settingLines(field),
    ...write(COLUMN_END, { isInactive: !field.isActive }),
  ];
  return commentOf(lines, isFirst ? field.description : null) || null;
}

/** @param rest of the comment, behind its tags */
export function readColumnTags(tags: Tags, rest: string | null | undefined) {
  return { ...read(COLUMN, tags), ...read(COLUMN_END, tags), description: readDescription(tags, rest) };
}

/** On the foreign key of a many-to-one relation. */
export function relationComment(field: Field, inverse: Field): string {
  const lines = write(RELATION, {
    name: field.name,
    foreignName: inverse.name,
    morph: field.relation?.morph ?? undefined,
    aliases: field.aliases,
    foreignAliases: inverse.aliases,
    label: labelTag(field.label, field.name),
    foreignLabel: labelTag(inverse.label, inverse.name),
    isInactive: !field.isActive,
    isForeignInactive: !inverse.isActive,
  });
  return commentOf(lines, null);
}

export function readRelationTags(tags: Tags): Values<typeof RELATION> {
  return read(RELATION, tags);
}

/** Only labels that do not follow from the name: so workspaces that differ in names alone share a GraphQL schema. */
function labelTag(label: string, name: string): string | undefined {
  return label === labelOf(name) ? undefined : label.replace(/\s+/g, ' ');
}

/** Flags are tags without a value; all other settings here are numbers. */
function settingLines({ type, settings }: Field): Line[] {
  const { taggedSettings = [] } = FIELD_TYPES[type];
  return taggedSettings.flatMap((name): Line[] => {
    const setting = settings[name];
    return setting ? [setting === true ? [name] : [name, String(setting)]] : [];
  });
}

export function readTaggedSettings(type: FieldTypeName, tags: Tags): FieldSettings {
  const { taggedSettings = [] } = FIELD_TYPES[type];
  return Object.fromEntries(
    taggedSettings.flatMap((name) => {
      const tag = tags[name];
      return tag === undefined ? [] : [[name, tag === true || Number(tag)]];
    }),
  );
}

// A description that PostGraphile would parse as tags, or not return unchanged, is a tag with the description as JSON:
// `@description "@inactive until May"`.
const DESCRIPTION = 'description';

function commentOf(lines: readonly Line[], description: string | null): string {
  const tags = lines.map(([tag, value]) => (value === undefined ? `@${tag}` : `@${tag} ${value}`));
  if (!description) return tags.join('\n');
  return [...tags, isPlain(description) ? description : `@${DESCRIPTION} ${onOneLine(description)}`].join('\n');
}

function readDescription(tags: Tags, rest: string | null | undefined): string | null {
  return textIn(tags[DESCRIPTION]) ?? rest ?? null;
}

/** PostGraphile ends tags at the first line that is not one, takes CRLF for a line break, and drops blank text. */
function isPlain(description: string): boolean {
  return !/^\s*@|\r|^\s*$/.test(description);
}

/** JSON does not escape line and paragraph separators, which end a smart tag too. */
function onOneLine(description: string): string {
  return JSON.stringify(description).replace(/[\u2028\u2029]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`);
}

/** A DBA may use the tag for something else. */
function textIn(tag: unknown): string | null {
  if (typeof tag !== 'string') return null;
  try {
    const parsed: unknown = JSON.parse(tag);
    return typeof parsed === 'string' ? parsed : null;
  } catch {
    return null;
  }
}
