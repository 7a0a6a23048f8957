/**
 * The fields of an object that a document asks for: its own in the document's order, both ends of relations, options.
 * Pure.
 */

import { randomUUID } from 'node:crypto';
import { overriddenIn } from '../edit/steps.ts';
import { calledAfter } from '../edit/target-names.ts';
import type { Option } from '../field-types/field-type.ts';
import { FIELD_TYPES, MORPH_RELATION, RELATION } from '../field-types/index.ts';
import { type Field, type Model, type ObjectType, relationSettings } from '../model.ts';
import { isMember, memberName } from '../morphs.ts';
import { labelOf } from '../names.ts';
import {
  type DocumentMistake,
  type FieldDocument,
  isOwn,
  type ModelDocument,
  type ObjectDocument,
  optionLabel,
} from './document.ts';

export type Context = {
  readonly document: ModelDocument;
  readonly base: Model;
  /** Of each object of the document, the id of its object of `base`. */
  readonly ids: Map<ObjectDocument, string>;
  /** Of relations that are new, the ids of both ends, by `object.field` and target of the one with the column. */
  readonly inverses: Map<string, { own: string; inverse: string; morphId: string }>;
  readonly mistakes: DocumentMistake[];
};

/**
 * Which known thing each of a list is: the one that it says it was, else the one of its name, if no other was that. A
 * rename that has been made already is none: the same document may be applied again.
 */
export function pairs<Given extends { readonly was?: string | undefined }, Known>(
  given: readonly Given[],
  known: readonly Known[],
  nameOf: (known: Known) => string,
  place: string,
  mistakes: DocumentMistake[],
): Map<Given, Known> {
  const called = (each: Given) =>
    (each as { name?: string; value?: string }).name ?? (each as { value?: string }).value ?? '';
  const byName = new Map(known.map((each) => [nameOf(each), each]));
  const renamed = new Set(given.flatMap(({ was }) => (was !== undefined && byName.has(was) ? [was] : [])));
  const result = new Map<Given, Known>();
  for (const each of given) {
    const { was } = each;
    const name = called(each);
    const former = was === undefined ? undefined : byName.get(was);
    const same = former ?? (renamed.has(name) ? undefined : byName.get(name));
    if (same) result.set(each, same);
    else if (was !== undefined)
      mistakes.push({ place: place + name, message: `there is no "${was}" that it could have been` });
  }
  return result;
}

/**
 * Own fields in the document's order, in the places that own fields have; what comes with the object stays between
 * them.
 */
export function changedFields(given: ObjectDocument, known: ObjectType, context: Context): Field[] {
  const { mistakes } = context;
  const own = known.fields.filter(isOwn);
  const plain = given.fields.filter(({ type }) => type !== MORPH_RELATION);
  const paired = pairs(
    plain,
    own.filter((field) => !isMember(field)),
    ({ name }) => name,
    `${given.name}.`,
    mistakes,
  );
  const wanted = given.fields.flatMap((each): Field[] =>
    each.type === MORPH_RELATION
      ? morphFields(given, each, own, context)
      : [changedField(given, each, paired.get(each), context)],
  );
  const sources = given.search ?? ['name'];
  const slots = known.fields.map((field) => (isOwn(field) ? null : systemField(field, sources, context)));
  const last = slots.lastIndexOf(null);
  const placed: Field[] = [];
  let next = 0;
  for (const [i, slot] of slots.entries()) {
    if (slot) placed.push(slot);
    else if (i === last) placed.push(...wanted.slice(next));
    else if (next < wanted.length) placed.push(wanted[next++] as Field);
  }
  if (last >= 0) return placed;
  const [id, ...rest] = placed;
  return [...(id ? [id] : []), ...wanted, ...rest];
}

/** What comes with an object follows its target to another name, and finds records by other fields. */
function systemField(field: Field, sources: readonly string[], { document, ids }: Context): Field {
  if (FIELD_TYPES[field.type].isGenerated) return { ...field, settings: { ...field.settings, sources: [...sources] } };
  const target = document.objects.find((each) => ids.get(each) === field.relation?.targetObject);
  return target ? calledAfter(field, { nameSingular: target.name }) : field;
}

function changedField(object: ObjectDocument, given: FieldDocument, known: Field | undefined, context: Context): Field {
  const { mistakes } = context;
  const place = `${object.name}.${given.name}`;
  if (known && known.type !== given.type)
    mistakes.push({ place, message: `its type is ${known.type} and cannot become ${given.type}` });
  if (!known && given.origin === 'standard')
    mistakes.push({ place, message: 'is not a standard field that this version of Plinth could add here' });
  const face = faceOf(given, known);
  if (given.aliases && !Array.isArray(given.aliases))
    mistakes.push({ place, message: 'only a MORPH_RELATION has "aliases" by target; others have a list' });
  if (given.type === RELATION) return withOverridden(known, { ...face, ...relationOf(object, given, known, context) });
  if (given.to ?? given.from ?? given.onDelete)
    mistakes.push({ place, message: 'only a RELATION has "to", "from" and "onDelete"' });
  const type = given.type as Field['type'];
  const { isNeverNull = false, initialDefault = null } = FIELD_TYPES[type];
  return withOverridden(known, {
    ...face,
    id: known?.id ?? randomUUID(),
    type,
    isNullable: !(given.required ?? isNeverNull),
    isUnique: given.unique ?? false,
    defaultValue: given.default ?? initialDefault,
    options: optionsOf(type, given.options, known, place, mistakes),
    settings: given.settings ?? {},
    relation: null,
  });
}

function faceOf(given: FieldDocument, known: Field | undefined) {
  return {
    name: given.name,
    label: given.label ?? labelOf(given.name),
    description: given.description ?? null,
    icon: given.icon ?? null,
    origin: known?.origin ?? ('custom' as const),
    overridden: known?.overridden ?? [],
    aliases: Array.isArray(given.aliases) ? given.aliases : [],
    isActive: given.active ?? true,
    isSystem: false,
    isUIReadOnly: given.readOnly ?? false,
  };
}

function withOverridden(known: Field | undefined, field: Field): Field {
  return known ? { ...field, overridden: overriddenIn(known, field, ['label', 'description', 'icon']) } : field;
}

function optionsOf(
  type: Field['type'],
  options: FieldDocument['options'],
  known: Field | undefined,
  place: string,
  mistakes: DocumentMistake[],
): Option[] | null {
  const { fixedOptions } = FIELD_TYPES[type];
  if (fixedOptions) return [...(known?.options ?? fixedOptions())];
  if (!options) return null;
  const paired = pairs(options, known?.options ?? [], ({ value }) => value, `${place}.options.`, mistakes);
  return options.map((option, position) => ({
    id: paired.get(option)?.id ?? randomUUID(),
    value: option.value,
    label: option.label ?? optionLabel(option.value),
    color: option.color ?? 'gray',
    position,
  }));
}

// Relations ----------------------------------------------------------------------------------------------------------

type RelationPart = Pick<
  Field,
  'id' | 'type' | 'isNullable' | 'isUnique' | 'defaultValue' | 'options' | 'settings' | 'relation'
>;

/** One end of a relation; the document must have the other. */
function relationOf(
  object: ObjectDocument,
  given: FieldDocument,
  known: Field | undefined,
  { document, ids, inverses, mistakes }: Context,
): RelationPart {
  const place = `${object.name}.${given.name}`;
  const plain = {
    type: RELATION,
    isNullable: !(given.required ?? false),
    isUnique: given.unique ?? false,
    defaultValue: null,
    options: null,
  };
  const nothing = (message: string): RelationPart => {
    mistakes.push({ place, message });
    return { ...plain, id: randomUUID(), settings: {}, relation: null };
  };
  const isMany = given.from !== undefined;
  if (isMany === (given.to !== undefined) || Array.isArray(given.to))
    return nothing('a RELATION needs either "to", the name of an object, or "from", the field at its other side');
  const [otherName, otherField] = given.from?.split('.') ?? [given.to as string, undefined];
  const other = document.objects.find(({ name }) => name === otherName);
  if (!other) return nothing(`there is no object "${otherName}" in the model`);
  const inverse = isMany
    ? other.fields.find(({ name, to }) => name === otherField && [to].flat().includes(object.name))
    : other.fields.find(({ from }) => from === place);
  if (!inverse)
    return nothing(
      isMany
        ? `"${other.name}" has no field "${otherField}" to "${object.name}"`
        : `"${other.name}" has no field that says "from": "${place}"`,
    );
  const column = isMany ? inverse : given;
  const onDelete = column.onDelete ?? 'SET_NULL';
  const kind = isMany ? ('ONE_TO_MANY' as const) : ('MANY_TO_ONE' as const);
  const targetObject = ids.get(other) as string;
  const isMorph = column.type === MORPH_RELATION;
  const key = isMany ? `${other.name}.${inverse.name} ${object.name}` : `${place} ${other.name}`;
  const made = endsOf(inverses, key, isMorph ? `${other.name}.${inverse.name}` : null);
  if (known?.relation && (known.relation.kind !== kind || known.relation.targetObject !== targetObject))
    mistakes.push({ place, message: 'a relation keeps its kind and its target; remove it and add another' });
  const relation = known?.relation
    ? { ...known.relation, onDelete, morph: isMorph ? column.name : null }
    : {
        kind,
        targetObject,
        targetField: isMany ? made.own : made.inverse,
        onDelete,
        morph: isMorph ? column.name : null,
        morphId: isMorph ? made.morphId : null,
      };
  return {
    ...plain,
    id: known?.id ?? (isMany ? made.inverse : made.own),
    settings: relationSettings(given.name, relation),
    relation,
  };
}

function endsOf(inverses: Context['inverses'], key: string, morph: string | null) {
  const morphId = (morph && [...inverses].find(([each]) => each.startsWith(`${morph} `))?.[1].morphId) || randomUUID();
  const ends = inverses.get(key) ?? { own: randomUUID(), inverse: randomUUID(), morphId };
  inverses.set(key, ends);
  return ends;
}

/** A field per target of a morph relation, each paired by its target. */
function morphFields(
  object: ObjectDocument,
  given: FieldDocument,
  own: readonly Field[],
  { document, ids, inverses, mistakes }: Context,
): Field[] {
  const place = `${object.name}.${given.name}`;
  const targets = [given.to ?? []].flat();
  if (targets.length === 0) mistakes.push({ place, message: 'a MORPH_RELATION needs "to", a list of objects' });
  const byTarget = aliasesByTarget(given, place, mistakes);
  const names = new Set([given.was, given.name]);
  const members = own.filter((field) => isMember(field) && names.has(field.relation?.morph ?? undefined));
  const morphId = members[0]?.relation?.morphId;
  return targets.flatMap((target): Field[] => {
    const other = document.objects.find(({ name }) => name === target);
    const inverse = other?.fields.find(({ from }) => from === place);
    if (!other || !inverse) {
      mistakes.push({
        place,
        message: other
          ? `"${target}" has no field that says "from": "${place}"`
          : `there is no object "${target}" in the model`,
      });
      return [];
    }
    const targetObject = ids.get(other) as string;
    const known = members.find(({ relation }) => relation?.targetObject === targetObject);
    const made = endsOf(inverses, `${place} ${target}`, place);
    const name = memberName(given.name, { nameSingular: target });
    const relation = {
      kind: 'MANY_TO_ONE' as const,
      targetObject,
      targetField: known?.relation?.targetField ?? made.inverse,
      onDelete: given.onDelete ?? 'SET_NULL',
      morph: given.name,
      morphId: morphId ?? made.morphId,
    };
    return [
      {
        ...faceOf(given, known),
        name,
        aliases: byTarget[target] ?? [],
        id: known?.id ?? made.own,
        type: RELATION,
        isNullable: !(given.required ?? false),
        isUnique: given.unique ?? false,
        defaultValue: null,
        options: null,
        settings: relationSettings(name, relation),
        relation,
      },
    ];
  });
}

/**
 * `{ "rocket": ["holderRocket"] }`: its fields are called after their targets, and so each has former names of its own.
 */
function aliasesByTarget(
  { aliases = {}, to }: FieldDocument,
  place: string,
  mistakes: DocumentMistake[],
): Readonly<Record<string, string[]>> {
  const wrong = (message: string) => mistakes.push({ place: `${place}.aliases`, message });
  if (Array.isArray(aliases)) {
    wrong('of a MORPH_RELATION they are said by target: { "company": ["ownerCompany"] }');
    return {};
  }
  for (const target of Object.keys(aliases)) {
    if (![to].flat().includes(target)) wrong(`"${target}" is none of its targets`);
  }
  return aliases;
}
