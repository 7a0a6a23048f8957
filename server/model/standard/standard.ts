/** The models of new workspaces and new objects. Contract: core.md 5, 6; decisions.md, standard objects. */

import { randomUUID } from 'node:crypto';
import { withBroughtAliases } from '../edit/target-names.ts';
import { RELATION } from '../field-types/index.ts';
import { type Field, type Model, type ObjectType, type Origin, PLAIN_FIELD, relationSettings } from '../model.ts';
import { labelOf } from '../names.ts';
import {
  ABOUT_ANYTHING,
  closingFields,
  type FieldDraft,
  ID,
  morphTarget,
  type ObjectDraft,
  RELATIONS,
  type RelationDraft,
  STANDARD,
  text,
} from './objects.ts';

/** The model of a new workspace. Each call makes new ids. */
export function standardModel(): Model {
  const bare = { objects: STANDARD.map((draft) => objectOf(draft, 'standard')) };
  return withBroughtAliases(related(bare, RELATIONS, 'standard'));
}

/** The model of an empty workspace: members alone, because records name the member who created them. */
export function emptyModel(): Model {
  return {
    objects: STANDARD.filter(({ nameSingular }) => nameSingular === 'workspaceMember').map((draft) =>
      objectOf(draft, 'standard'),
    ),
  };
}

export type NewObject = Pick<ObjectType, 'nameSingular' | 'namePlural' | 'labelSingular' | 'labelPlural'> &
  Partial<ObjectType>;

/** Adds a custom object, with its standard fields and relations. Contract: metadata.md 2.1 */
export function withNewObject(model: Model, object: NewObject): Model {
  const added = objectOf(
    { ...object, has: ['actors', 'position', 'search'], search: ['name'], drafts: [text('name')] },
    'custom',
  );
  return withAttachments({ objects: [...model.objects, added] });
}

/** Adds the missing relations from notes, tasks, attachments and the like to custom objects. */
export function withAttachments(model: Model): Model {
  const missing = Object.keys(ABOUT_ANYTHING).flatMap((from) => {
    const about = model.objects.find(({ nameSingular, origin }) => nameSingular === from && origin === 'standard');
    const targets = new Set(about?.fields.map(({ relation }) => relation?.targetObject));
    return about
      ? model.objects
          .filter(({ id, origin }) => origin === 'custom' && !targets.has(id))
          .map(({ nameSingular }) => morphTarget(from, nameSingular))
      : [];
  });
  return withBroughtAliases(related(model, missing, 'custom'));
}

function objectOf({ drafts, has, search, ...object }: ObjectDraft, origin: Origin): ObjectType {
  return {
    id: randomUUID(),
    description: null,
    icon: null,
    shortcut: null,
    color: null,
    origin,
    overridden: [],
    aliases: [],
    isActive: true,
    isSystem: false,
    isSearchable: has.includes('search'),
    labelIdentifier: 'name',
    imageIdentifier: null,
    duplicateCriteria: [],
    indexes: [],
    ...object,
    fields: [ID, ...drafts, ...closingFields(has, search ?? [])].map((draft) => fieldOf(draft, origin)),
  };
}

const COLORS = ['sky', 'turquoise', 'green', 'yellow', 'orange', 'red', 'pink', 'purple', 'gray'];

function fieldOf({ options, ...draft }: FieldDraft, origin: Origin): Field {
  return {
    ...PLAIN_FIELD,
    id: randomUUID(),
    label: labelOf(draft.name),
    origin,
    ...draft,
    options:
      options?.map((value, position) => ({
        id: randomUUID(),
        value,
        label: labelOf(value.toLowerCase().replace(/_(.)/g, (_, letter: string) => ` ${letter}`)),
        color: COLORS[position % COLORS.length] as string,
        position,
      })) ?? null,
  };
}

/** Adds both sides of each relation. */
function related(model: Model, relations: readonly RelationDraft[], origin: Origin): Model {
  const idOf = new Map(model.objects.map(({ nameSingular, id }) => [nameSingular, id]));
  const added = new Map<string, Field[]>();
  const morphIds = morphIdsOf(model);
  for (const [from, name, to, inverse, { onDelete = 'SET_NULL', morph = null } = {}] of relations) {
    const [own, other] = [randomUUID(), randomUUID()];
    const morphKey = `${from}.${morph}`;
    const morphId = morph === null ? null : (morphIds.get(morphKey) ?? randomUUID());
    if (morphId) morphIds.set(morphKey, morphId);
    const side = (
      id: string,
      called: string,
      kind: 'MANY_TO_ONE' | 'ONE_TO_MANY',
      target: string,
      targetField: string,
    ) => ({
      ...fieldOf(
        {
          name: called,
          type: RELATION,
          ...(morph !== null && { isSystem: true }),
          ...(morph !== null && kind === 'MANY_TO_ONE' && { label: labelOf(morph) }),
          settings: relationSettings(called, { kind, onDelete }),
        },
        origin,
      ),
      id,
      relation: { kind, targetObject: idOf.get(target) as string, targetField, onDelete, morph, morphId },
    });
    added.set(from, [...(added.get(from) ?? []), side(own, name, 'MANY_TO_ONE', to, other)]);
    added.set(to, [...(added.get(to) ?? []), side(other, inverse, 'ONE_TO_MANY', from, own)]);
  }
  return { objects: model.objects.map((object) => withFields(object, added.get(object.nameSingular) ?? [])) };
}

/** Ids of the morph relations, by object and name: `noteTarget.target`. */
function morphIdsOf({ objects }: Model): Map<string, string> {
  return new Map(
    objects.flatMap(({ nameSingular, fields }) =>
      fields.flatMap(({ relation }) =>
        relation?.kind === 'MANY_TO_ONE' && relation.morphId
          ? [[`${nameSingular}.${relation.morph}`, relation.morphId] as const]
          : [],
      ),
    ),
  );
}

/** Adds fields to an object, before its closing fields. */
export function withFields(object: ObjectType, more: readonly Field[]): ObjectType {
  if (more.length === 0) return object;
  const closing = object.fields.findIndex(({ isSystem, name }) => isSystem && CLOSING.has(name));
  const at = closing < 0 ? object.fields.length : closing;
  return { ...object, fields: [...object.fields.slice(0, at), ...more, ...object.fields.slice(at)] };
}

const CLOSING = new Set(['position', 'createdBy', 'updatedBy', 'createdAt', 'updatedAt', 'deletedAt', 'searchVector']);
