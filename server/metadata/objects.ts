/** Objects, fields and indexes of a snapshot, in the order of their ids. */

import { refuse } from '../errors.ts';
import { checkedId, foundField, foundObject } from '../model/edit/steps.ts';
import type { ObjectType } from '../model/model.ts';
import { morphById } from '../model/morphs.ts';
import type { Snapshot } from '../store/snapshot.ts';
import {
  type FieldView,
  fieldView,
  fieldViews,
  type IndexView,
  indexViews,
  type ObjectView,
  objectView,
} from './views.ts';

/** An object with its fields: what every answer about one carries. */
export type FullObject = ObjectView & { readonly fields: FieldView[] };

export function allObjects(taken: Snapshot): FullObject[] {
  return taken.model.objects.map((object) => fullObject(taken, object)).sort(byId);
}

export function allFields(taken: Snapshot): FieldView[] {
  return taken.model.objects.flatMap((object) => fieldViews(taken, object)).sort(byId);
}

export function allIndexes(taken: Snapshot): IndexView[] {
  return taken.model.objects.flatMap((object) => indexViews(taken, object)).sort(byId);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

/** Made once a snapshot: each of its fields leads to it. */
function fullObject(taken: Snapshot, object: ObjectType): FullObject {
  let known = fullObjects.get(taken);
  if (!known) {
    known = new Map();
    fullObjects.set(taken, known);
  }
  let full = known.get(object);
  if (!full) {
    full = { ...objectView(taken, object), fields: fieldViews(taken, object) };
    known.set(object, full);
  }
  return full;
}

const fullObjects = new WeakMap<Snapshot, Map<ObjectType, FullObject>>();

export function oneObject(taken: Snapshot, id: string): FullObject {
  return fullObject(taken, foundObject(taken.model, id));
}

/** By the id of a field, of a morph relation, or of the field of one of its targets. */
export function oneField(taken: Snapshot, id: string): FieldView {
  const morph = morphById(taken.model, checkedId(id));
  if (morph) return fieldView(taken, morph.object, morph);
  const { object, field } = foundField(taken.model, id);
  return fieldView(taken, object, field);
}

export function oneIndex(taken: Snapshot, id: string): IndexView {
  const index = allIndexes(taken).find((each) => each.id === checkedId(id));
  if (!index) throw refuse('INDEX_METADATA_NOT_FOUND');
  return index;
}
