/** Morph relations: one field that points to a record of one of several objects. In the model, a field per target. */

import type { Field, Model, ObjectType } from './model.ts';
import { upperFirst } from './names.ts';

/** A morph relation as users know it: one field. */
export type Morph = {
  readonly id: string;
  readonly name: string;
  readonly object: ObjectType;
  /** One per target, `targetCompany`, `targetPerson` …, in the order of the object's fields. */
  readonly members: readonly [Field, ...Field[]];
};

export function isMember(field: Field): boolean {
  return field.relation?.kind === 'MANY_TO_ONE' && field.relation.morphId !== null;
}

/** What a target's field is called: `owner` to company → `ownerCompany`. */
export function memberName(morph: string, target: Pick<ObjectType, 'nameSingular'>): string {
  return morph + upperFirst(target.nameSingular);
}

/** The morph relation that a field is one target of; null for any other field. */
export function morphOf(object: ObjectType, field: Field): Morph | null {
  if (!isMember(field)) return null;
  const { morphId, morph } = field.relation as NonNullable<Field['relation']>;
  const members = object.fields.filter((each) => isMember(each) && each.relation?.morphId === morphId);
  return { id: morphId as string, name: morph as string, object, members: members as [Field, ...Field[]] };
}

export function morphById(model: Model, id: string): Morph | null {
  for (const object of model.objects) {
    const member = object.fields.find((field) => isMember(field) && field.relation?.morphId === id);
    if (member) return morphOf(object, member);
  }
  return null;
}

/** An object's fields as users know them: a morph relation once, in the place of its first target. */
export function logicalFields(object: ObjectType): (Field | Morph)[] {
  return object.fields.flatMap((field): (Field | Morph)[] => {
    const morph = morphOf(object, field);
    if (morph === null) return [field];
    return morph.members[0].id === field.id ? [morph] : [];
  });
}

export function isMorph(each: Field | Morph): each is Morph {
  return 'members' in each;
}
