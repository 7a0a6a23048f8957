/**
 * Standard objects and fields that a model lacks, because it is older or began without them, put beside what is there.
 * Pure.
 */

import { fieldMistakes, objectMistakes } from '../edit/check.ts';
import { type Field, fieldByName, type Model, type ObjectType, objectById } from '../model.ts';
import { standardModel, withAttachments, withFields } from './standard.ts';

export type Upgrade = {
  readonly model: Model;
  /** `company.foundedAt`, or `deal` for a whole object. */
  readonly added: readonly string[];
  /** What something made by users stands in the way of. */
  readonly skipped: readonly { readonly place: string; readonly reason: string }[];
};

const CREATING = { action: 'create', isSynced: false } as const;

// Of the first release, and nobody can delete them.
const FOUNDING = ['company', 'person', 'opportunity', 'note', 'task'];

/**
 * What a later version brings to a workspace: fields to the standard objects that it has, and objects to one that has
 * the standard model. What was adopted, or began empty or with a few objects of its own, is left at that.
 */
export function upgradeOf(model: Model): Upgrade {
  const standard = new Set(
    model.objects.filter(({ origin }) => origin === 'standard').map(({ nameSingular }) => nameSingular),
  );
  const hasStandardModel = FOUNDING.every((name) => standard.has(name));
  return withStandard(model, (_object, field) => field !== null || hasStandardModel);
}

/**
 * Adds; what is there already is left as it is, whatever a user made of it.
 * @param isWanted of a standard object (field null) or a field of one; what comes with an object isn't asked about
 */
export function withStandard(
  model: Model,
  isWanted: (object: string, field: string | null) => boolean = () => true,
  standard: Model = standardModel(),
): Upgrade {
  const added: string[] = [];
  const skipped: { place: string; reason: string }[] = [];

  let objects: readonly ObjectType[] = model.objects;
  const isNew = new Set<string>();
  /** Ids of the standard model → ids that the same objects have here. */
  const ids = new Map<string, string>();
  for (const object of standard.objects) {
    const known = objects.find(
      ({ origin, nameSingular }) => origin === 'standard' && nameSingular === object.nameSingular,
    );
    if (known) ids.set(object.id, known.id);
    else if (isWanted(object.nameSingular, null)) {
      const bare = { ...object, fields: [] };
      const [mistake] = objectMistakes({ objects: [...objects, bare] }, bare, CREATING);
      if (mistake) skipped.push({ place: object.nameSingular, reason: mistake.message });
      else {
        ids.set(object.id, object.id);
        isNew.add(object.id);
        objects = [...objects, bare];
        added.push(object.nameSingular);
      }
    }
  }

  const morphIds = new Map(
    objects.flatMap(({ id, fields }) =>
      fields.flatMap(({ relation }) =>
        relation?.morphId ? [[`${id} ${relation.morph}`, relation.morphId] as const] : [],
      ),
    ),
  );
  for (const object of standard.objects) {
    for (const field of object.fields) {
      const ends = endsOf(standard, object, field);
      if (!ends) continue; // the many side of a relation comes with the other
      const placed = ends.map(({ owner, field: end }) => ({ ownerId: ids.get(owner.id), field: end, owner }));
      if (placed.some(({ ownerId }) => ownerId === undefined)) continue;
      const of = (id: string | undefined) => objects.find((each) => each.id === id) as ObjectType;
      const isThere = placed.some(
        ({ ownerId, field: end }) => fieldByName(of(ownerId), end.name)?.origin === 'standard',
      );
      const isBrought = field.isSystem && placed.some(({ ownerId }) => isNew.has(ownerId as string));
      if (isThere || !(isBrought || isWanted(object.nameSingular, field.name))) continue;
      const come = placed.map(({ ownerId, field: end, owner }) => ({
        ownerId: ownerId as string,
        place: `${owner.nameSingular}.${end.name}`,
        field: translated(end, ids, morphIds, placed[0]?.ownerId as string),
      }));
      const mistakes = come.flatMap(({ ownerId, field: end, place }) =>
        fieldMistakes(withFields(of(ownerId), [end]), end, CREATING).map(({ message }) => ({ place, reason: message })),
      );
      if (mistakes[0]) {
        skipped.push(mistakes[0]);
        continue;
      }
      for (const { ownerId, field: end, place } of come) {
        objects = objects.map((each) => (each.id === ownerId ? withFields(each, [end]) : each));
        if (!isNew.has(ownerId)) added.push(place);
      }
    }
  }
  const inOrder = objects.map((object) => (isNew.has(object.id) ? asIn(standard, object) : object));
  return { model: withAttachments({ objects: inOrder }), added, skipped };
}

/** Both ends of a relation, the one with the column first; null for the other end, which comes with it. */
function endsOf(standard: Model, owner: ObjectType, field: Field): { owner: ObjectType; field: Field }[] | null {
  if (!field.relation) return [{ owner, field }];
  if (field.relation.kind === 'ONE_TO_MANY') return null;
  const target = objectById(standard, field.relation.targetObject) as ObjectType;
  const inverse = target.fields.find(({ id }) => id === field.relation?.targetField) as Field;
  return [
    { owner, field },
    { owner: target, field: inverse },
  ];
}

function translated(
  field: Field,
  ids: ReadonlyMap<string, string>,
  morphIds: ReadonlyMap<string, string>,
  ownerId: string,
): Field {
  const { relation } = field;
  if (!relation) return field;
  return {
    ...field,
    aliases: [], // a target's come where nothing else is called so
    relation: {
      ...relation,
      targetObject: ids.get(relation.targetObject) as string,
      morphId: relation.morphId && (morphIds.get(`${ownerId} ${relation.morph}`) ?? relation.morphId),
    },
  };
}

/** Fields in the standard's own order. */
function asIn(standard: Model, object: ObjectType): ObjectType {
  const names = objectById(standard, object.id)?.fields.map(({ name }) => name) ?? [];
  return { ...object, fields: [...object.fields].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name)) };
}
