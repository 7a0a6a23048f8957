/**
 * The model that a document asks for, made of the one that is there: the same names keep their ids, `was` renames.
 * Pure.
 */

import { randomUUID } from 'node:crypto';
import { fieldMistakes, type Mistake, objectMistakes, requiredMistakes, typeMistakes } from '../edit/check.ts';
import { indexMistakes } from '../edit/indexes.ts';
import { overriddenIn } from '../edit/steps.ts';
import { withBroughtAliases } from '../edit/target-names.ts';
import { FIELD_TYPES, LABEL_TYPES } from '../field-types/index.ts';
import { type Field, fieldByName, type Index, type Model, type ObjectType, objectById } from '../model.ts';
import { labelOf } from '../names.ts';
import { withNewObject } from '../standard/standard.ts';
import { withStandard } from '../standard/upgrade.ts';
import {
  type DocumentMistake,
  invalidDocument,
  isOwn,
  type ModelDocument,
  type ObjectDocument,
  sourcesOf,
} from './document.ts';
import { type Context, changedFields, pairs } from './document-fields.ts';

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
  const after = withBroughtAliases(withoutStrays({ objects }));
  mistakes.push(...lostStandards(before, after), ...brokenRelations(after), ...mistakesOf(base, after));
  refuseSoFar(mistakes);
  return after;
}

function refuseSoFar(mistakes: readonly DocumentMistake[]): void {
  if (mistakes.length > 0) throw invalidDocument(mistakes);
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
  const isFit = identifier?.isActive && FIELD_TYPES[identifier.type].canLabel;
  return [
    ...stray('labelIdentifier', object.labelIdentifier === null ? [] : [object.labelIdentifier]),
    ...(identifier && !isFit
      ? [{ place: `${given.name}.labelIdentifier`, message: `must be an active ${LABEL_TYPES.join(' or ')} field` }]
      : []),
    ...stray('imageIdentifier', given.imageIdentifier === undefined ? [] : [given.imageIdentifier]),
    ...stray('search', given.search ?? []),
    ...stray('duplicates', (given.duplicates ?? []).flat()),
    ...(given.search && sourcesOf(object) === undefined
      ? [{ place: `${given.name}.search`, message: 'it has no search vector' }]
      : []),
  ];
}

// Indexes ------------------------------------------------------------------------------------------------------------

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

// What must not be left behind ---------------------------------------------------------------------------------------

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
