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

export function allObjects(snapshot: Snapshot): FullObject[] {
  return snapshot.model.objects.map((object) => fullObject(snapshot, object)).sort(byId);
}

export function allFields(snapshot: Snapshot): FieldView[] {
  return snapshot.model.objects.flatMap((object) => fieldViews(snapshot, object)).sort(byId);
}

export function allIndexes(snapshot: Snapshot): IndexView[] {
  return snapshot.model.objects.flatMap((object) => indexViews(snapshot, object)).sort(byId);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

/** Made once a snapshot: each of its fields leads to it. */
function fullObject(snapshot: Snapshot, object: ObjectType): FullObject {
  let known = fullObjects.get(snapshot);
  if (!known) {
    known = new Map();
    fullObjects.set(snapshot, known);
  }
  let full = known.get(object);
  if (!full) {
    full = { ...objectView(snapshot, object), fields: fieldViews(snapshot, object) };
    known.set(object, full);
  }
  return full;
}

const fullObjects = new WeakMap<Snapshot, Map<ObjectType, FullObject>>();

export function oneObject(snapshot: Snapshot, id: string): FullObject {
  return fullObject(snapshot, foundObject(snapshot.model, id));
}

/** By the id of a field, of a morph relation, or of the field of one of its targets. */
export function oneField(snapshot: Snapshot, id: string): FieldView {
  const morph = morphById(snapshot.model, checkedId(id));
  if (morph) return fieldView(snapshot, morph.object, morph);
  const { object, field } = foundField(snapshot.model, id);
  return fieldView(snapshot, object, field);
}

export function oneIndex(snapshot: Snapshot, id: string): IndexView {
  const index = allIndexes(snapshot).find((each) => each.id === checkedId(id));
  if (!index) throw refuse('INDEX_METADATA_NOT_FOUND');
  return index;
}
