/** The model that a document asks for, made of the one that is there: the same names keep their ids, `was` renames. Pure. */

import { randomUUID } from 'node:crypto';
import { fieldMistakes, type Mistake, objectMistakes, requiredMistakes, typeMistakes } from './check.ts';
import {
  type DocumentMistake,
  type FieldDocument,
  invalidDocument,
  isOwn,
  type ModelDocument,
  type ObjectDocument,
  optionLabel,
  sourcesOf,
} from './document.ts';
import { indexMistakes } from './indexes.ts';
import { type Field, fieldByName, type Index, type Model, type ObjectType, type Option, objectById } from './model.ts';
import { isMember, memberName } from './morphs.ts';
import { relationSettings } from './relations.ts';
import { labelOf, ratings, withNewObject } from './standard.ts';
import { withStandard } from './upgrade.ts';

/** @throws PlinthError METADATA_VALIDATION_FAILED with every mistake and its place */
export function modelOf(document: ModelDocument, before: Model): Model {
  const mistakes: DocumentMistake[] = [];
  const known = pairs(document.objects, before.objects, ({ nameSingular }) => nameSingular, '', mistakes);
  refuseSoFar(mistakes);
  const base = withMissing(document, before, known);
  const context: Context = { document, base, ids: new Map(), inverses: new Map(), mistakes };
  for (const given of document.objects) {
    const object =
      objectById(base, known.get(given)?.id ?? '') ??
      base.objects.find(({ nameSingular, id }) => nameSingular === given.name && !objectById(before, id));
    if (object) context.ids.set(given, object.id);
    else mistakes.push({ place: given.name, message: 'is not an object of this version of Plinth' });
  }
  refuseSoFar(mistakes);
  const objects = document.objects.map((given) => changedObject(given, context));
  refuseSoFar(mistakes);
  const after = withoutStrays({ objects });
  mistakes.push(...lostStandards(before, after), ...brokenRelations(after), ...mistakesOf(base, after));
  refuseSoFar(mistakes);
  return after;
}

function refuseSoFar(mistakes: readonly DocumentMistake[]): void {
  if (mistakes.length > 0) throw invalidDocument(mistakes);
}

/**
 * Which known thing each of a list is: the one that it says it was, else the one of its name, if no other was that. A
 * rename that has been made already is none: the same document may be applied again.
 */
function pairs<Given extends { readonly was?: string | undefined }, Known>(
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

/** With what the document has and `before` doesn't, each object with what comes with it. */
function withMissing(document: ModelDocument, before: Model, known: ReadonlyMap<ObjectDocument, ObjectType>): Model {
  const standard = new Set(
    document.objects
      .filter(({ origin }) => origin === 'standard')
      .flatMap(({ name, fields }) => [
        name,
        ...fields.filter(({ origin }) => origin === 'standard').map((field) => `${name}.${field.name}`),
      ]),
  );
  const names = new Set(document.objects.filter((given) => known.has(given)).map(({ name }) => name));
  // Objects that go or are called otherwise must not stand in the way of new ones.
  const kept = new Set([...known.values()].map(({ id }) => id));
  const freed: Model = { objects: before.objects.filter(({ id, origin }) => kept.has(id) || origin === 'standard') };
  const grown = withStandard(freed, (object, field) =>
    standard.has(field === null ? object : `${object}.${field}`),
  ).model;
  return document.objects
    .filter(({ name, origin }) => !names.has(name) && origin !== 'standard')
    .reduce(
      (model, { name, plural, label, labelPlural }) =>
        withNewObject(model, {
          nameSingular: name,
          namePlural: plural,
          labelSingular: label ?? labelOf(name),
          labelPlural: labelPlural ?? labelOf(plural),
        }),
      grown,
    );
}

type Context = {
  readonly document: ModelDocument;
  readonly base: Model;
  /** Of each object of the document, the id of its object of `base`. */
  readonly ids: Map<ObjectDocument, string>;
  /** Of relations that are new, the ids of both ends, by `object.field` and target of the one with the column. */
  readonly inverses: Map<string, { own: string; inverse: string; morphId: string }>;
  readonly mistakes: DocumentMistake[];
};

function changedObject(given: ObjectDocument, context: Context): ObjectType {
  const { base, ids, mistakes } = context;
  const known = objectById(base, ids.get(given) as string) as ObjectType;
  const fields = changedFields(given, known, context);
  const changed: ObjectType = {
    ...known,
    nameSingular: given.name,
    namePlural: given.plural,
    labelSingular: given.label ?? labelOf(given.name),
    labelPlural: given.labelPlural ?? labelOf(given.plural),
    description: given.description ?? null,
    icon: given.icon ?? null,
    shortcut: given.shortcut ?? null,
    color: given.color ?? null,
    isActive: given.active ?? true,
    isSearchable: given.searchable ?? sourcesOf(known) !== undefined,
    labelIdentifier: given.labelIdentifier === undefined ? 'name' : given.labelIdentifier,
    imageIdentifier: given.imageIdentifier ?? null,
    duplicateCriteria: given.duplicates ?? [],
    aliases: (given.aliases ?? []).map(({ name, plural }) => ({ nameSingular: name, namePlural: plural })),
    fields,
    indexes: [],
  };
  mistakes.push(...namedMistakes(given, changed));
  const indexes = indexesOf(given, known, changed, mistakes);
  return {
    ...changed,
    indexes,
    overridden: overriddenIn(known, changed, ['labelSingular', 'labelPlural', 'description', 'icon']),
  };
}

/** What is named must be there: fields that stand for a record, that find it, that tell duplicates. */
function namedMistakes(given: ObjectDocument, object: ObjectType): DocumentMistake[] {
  const stray = (key: string, names: readonly string[]) =>
    names
      .filter((name) => !fieldByName(object, name.split('.')[0] as string))
      .map((name) => ({ place: `${given.name}.${key}`, message: `"${name}" is none of its fields` }));
  const identifier = object.labelIdentifier === null ? undefined : fieldByName(object, object.labelIdentifier);
  const isFit = identifier?.isActive && (identifier.type === 'TEXT' || identifier.type === 'FULL_NAME');
  return [
    ...stray('labelIdentifier', object.labelIdentifier === null ? [] : [object.labelIdentifier]),
    ...(identifier && !isFit
      ? [{ place: `${given.name}.labelIdentifier`, message: 'must be an active TEXT or FULL_NAME field' }]
      : []),
    ...stray('imageIdentifier', given.imageIdentifier === undefined ? [] : [given.imageIdentifier]),
    ...stray('search', given.search ?? []),
    ...stray('duplicates', (given.duplicates ?? []).flat()),
    ...(given.search && sourcesOf(object) === undefined
      ? [{ place: `${given.name}.search`, message: 'it has no search vector' }]
      : []),
  ];
}

// Fields ---------------------------------------------------------------------------------------------------------------

/** Own fields in the document's order, in the places that own fields have; what comes with the object stays between them. */
function changedFields(given: ObjectDocument, known: ObjectType, context: Context): Field[] {
  const { mistakes } = context;
  const own = known.fields.filter(isOwn);
  const plain = given.fields.filter(({ type }) => type !== 'MORPH_RELATION');
  const paired = pairs(
    plain,
    own.filter((field) => !isMember(field)),
    ({ name }) => name,
    `${given.name}.`,
    mistakes,
  );
  const wanted = given.fields.flatMap((each): Field[] =>
    each.type === 'MORPH_RELATION'
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
function systemField(field: Field, sources: readonly string[], { document, base, ids }: Context): Field {
  if (field.type === 'TS_VECTOR') return { ...field, settings: { ...field.settings, sources: [...sources] } };
  const target = isMember(field) && document.objects.find((each) => ids.get(each) === field.relation?.targetObject);
  if (!target || !field.relation) return field;
  const was = objectById(base, field.relation.targetObject)?.nameSingular as string;
  const morph = field.relation.morph as string;
  const name = memberName(morph, { nameSingular: target.name });
  if (name === field.name) return field;
  const isKept = target.aliases?.some((alias) => alias.name === was) ?? false;
  const aliases = field.aliases.flatMap((alias) =>
    alias !== was ? [alias] : isKept ? [target.name, alias] : [target.name],
  );
  return {
    ...field,
    name,
    aliases: isKept ? [...aliases, field.name] : aliases,
    settings: { ...field.settings, ...relationSettings(name, field.relation) },
  };
}

function changedField(object: ObjectDocument, given: FieldDocument, known: Field | undefined, context: Context): Field {
  const { mistakes } = context;
  const place = `${object.name}.${given.name}`;
  if (known && known.type !== given.type)
    mistakes.push({ place, message: `its type is ${known.type} and cannot become ${given.type}` });
  if (!known && given.origin === 'standard')
    mistakes.push({ place, message: 'is not a standard field that this version of Plinth could add here' });
  const isBoolean = given.type === 'BOOLEAN';
  const face = faceOf(given, known);
  if (given.type === 'RELATION')
    return withOverridden(known, { ...face, ...relationOf(object, given, known, context) });
  if (given.to ?? given.from ?? given.onDelete)
    mistakes.push({ place, message: 'only a RELATION has "to", "from" and "onDelete"' });
  return withOverridden(known, {
    ...face,
    id: known?.id ?? randomUUID(),
    type: given.type as Field['type'],
    isNullable: !(given.required ?? isBoolean),
    isUnique: given.unique ?? false,
    defaultValue: given.default ?? (isBoolean ? false : null),
    options: optionsOf(given, known, place, mistakes),
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
    aliases: given.aliases ?? [],
    isActive: given.active ?? true,
    isSystem: false,
    isUIReadOnly: given.readOnly ?? false,
  };
}

function withOverridden(known: Field | undefined, field: Field): Field {
  return known ? { ...field, overridden: overriddenIn(known, field, ['label', 'description', 'icon']) } : field;
}

/** What a user has changed of a standard thing, now or before. */
function overriddenIn<T extends ObjectType | Field, K extends keyof T & string>(
  before: T,
  after: T,
  keys: readonly K[],
): K[] {
  if (before.origin !== 'standard') return [];
  return keys.filter((key) => (before.overridden as readonly string[]).includes(key) || before[key] !== after[key]);
}

function optionsOf(
  { type, options }: FieldDocument,
  known: Field | undefined,
  place: string,
  mistakes: DocumentMistake[],
): Option[] | null {
  if (type === 'RATING') return [...(known?.options ?? ratings())];
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

// Relations ------------------------------------------------------------------------------------------------------------

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
    type: 'RELATION' as const,
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
  const isMorph = column.type === 'MORPH_RELATION';
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
        aliases: known?.aliases ?? [],
        id: known?.id ?? made.own,
        type: 'RELATION',
        isNullable: !(given.required ?? false),
        isUnique: false,
        defaultValue: null,
        options: null,
        settings: relationSettings(name, relation),
        relation,
      },
    ];
  });
}

// Indexes --------------------------------------------------------------------------------------------------------------

/** An index is what it is over: of the same columns it is the same one. */
function indexesOf(
  given: ObjectDocument,
  known: ObjectType,
  object: ObjectType,
  mistakes: DocumentMistake[],
): readonly Index[] {
  return (given.indexes ?? []).reduce<readonly Index[]>((indexes, { fields, type = 'BTREE', unique = false }, i) => {
    const place = `${given.name}.indexes.${i}`;
    const columns = fields.map((path) => {
      const [name, part = null] = path.split('.') as [string, string?];
      const field = fieldByName(object, name);
      if (!field) mistakes.push({ place, message: `"${name}" is none of its fields` });
      return { id: randomUUID(), field: field?.id ?? '', part };
    });
    if (columns.some(({ field }) => field === '')) return indexes;
    const same = known.indexes.find(
      (index) =>
        index.type === type &&
        index.isUnique === unique &&
        index.fields.length === columns.length &&
        index.fields.every(({ field, part }, j) => field === columns[j]?.field && part === columns[j]?.part),
    );
    const index: Index = same ?? { id: randomUUID(), type, isUnique: unique, fields: columns };
    mistakes.push(...indexMistakes({ ...object, indexes }, index).map(({ message }) => ({ place, message })));
    return [...indexes, index];
  }, []);
}

// What must not be left behind -----------------------------------------------------------------------------------------

/** What could be attached to an object that goes, goes with it. */
function withoutStrays(after: Model): Model {
  const kept = new Set(after.objects.map(({ id }) => id));
  return {
    objects: after.objects.map((object) => ({
      ...object,
      fields: object.fields.filter(
        ({ isSystem, relation }) => !isSystem || !relation || kept.has(relation.targetObject),
      ),
    })),
  };
}

/** What came with Plinth can be deactivated, not deleted; and keeps its name. Contract: metadata.md 2.2, 2.7 */
function lostStandards(before: Model, after: Model): DocumentMistake[] {
  return before.objects
    .filter(({ origin }) => origin === 'standard')
    .flatMap((object): DocumentMistake[] => {
      const now = objectById(after, object.id);
      const place = object.nameSingular;
      if (!now) return [{ place, message: 'a standard object cannot be deleted; say "active": false' }];
      const isRenamed = now.nameSingular !== object.nameSingular || now.namePlural !== object.namePlural;
      return [
        ...(isRenamed ? [{ place, message: 'a standard object keeps its names' }] : []),
        ...(now.labelIdentifier === object.labelIdentifier
          ? []
          : [{ place, message: 'a standard object keeps its labelIdentifier' }]),
        ...object.fields
          .filter((field) => isOwn(field) && field.origin === 'standard')
          .flatMap((field) => lostStandardField(object, field, now)),
      ];
    });
}

function lostStandardField({ nameSingular }: ObjectType, field: Field, now: ObjectType): DocumentMistake[] {
  const same = now.fields.find(({ id }) => id === field.id);
  const place = `${nameSingular}.${field.name}`;
  if (!same) return [{ place, message: 'a standard field cannot be deleted; say "active": false' }];
  return [
    ...(same.name === field.name ? [] : [{ place, message: 'a standard field keeps its name' }]),
    ...(field.isUnique && !same.isUnique ? [{ place, message: 'a standard field that is unique stays so' }] : []),
  ];
}

/** Both ends of a relation must mean each other: one of them may have been renamed without saying so. */
function brokenRelations(after: Model): DocumentMistake[] {
  return after.objects.flatMap((object) =>
    object.fields.flatMap((field) => {
      if (!field.relation) return [];
      const target = objectById(after, field.relation.targetObject);
      const inverse = target?.fields.find(({ id }) => id === field.relation?.targetField);
      return inverse?.relation?.targetField === field.id
        ? []
        : [
            {
              place: `${object.nameSingular}.${field.name}`,
              message: `its other side is another field than before; if that one was renamed, say "was" there`,
            },
          ];
    }),
  );
}

/** Of what is new or changed, what the metadata APIs would refuse. */
function mistakesOf(before: Model, after: Model): DocumentMistake[] {
  const at = (place: string, mistakes: readonly Mistake[]) => mistakes.map(({ message }) => ({ place, message }));
  return after.objects.flatMap((object) => {
    const was = objectById(before, object.id);
    const isNew = was === undefined;
    return [
      ...at(
        object.nameSingular,
        objectMistakes(after, object, { action: isNew ? 'create' : 'update', isSynced: false }),
      ),
      ...object.fields.flatMap((field) => {
        const old = was?.fields.find(({ id }) => id === field.id);
        if (JSON.stringify(old) === JSON.stringify(field)) return [];
        return at(`${object.nameSingular}.${field.name}`, [
          ...fieldMistakes(object, field, { action: old ? 'update' : 'create', isSynced: false }),
          ...(old || field.isSystem ? [] : typeMistakes(field.type)),
          ...((old?.isNullable ?? !field.isSystem) && field.origin !== 'standard' ? requiredMistakes(field) : []),
        ]);
      }),
    ];
  });
}
