/** Relations being made: both ends of a plain one, all ends of a morph relation. Contract: metadata.md 2.6. */

import { randomUUID } from 'node:crypto';
import { isUuid } from '../field-types/checks.ts';
import type { OnDelete } from '../field-types/field-type.ts';
import { MORPH_RELATION, RELATION } from '../field-types/index.ts';
import {
  type Field,
  joinName,
  type Model,
  type ObjectType,
  objectById,
  PLAIN_FIELD,
  type Relation,
  relationSettings,
} from '../model.ts';
import { type Morph, memberName } from '../morphs.ts';
import {
  type Asked,
  camelOf,
  fieldMistakes,
  type Mistake,
  nameMistakes,
  refuseMistakes,
  validationError,
} from './check.ts';
import type { CreateField, RelationPayload } from './inputs.ts';
import { withField } from './steps.ts';

type Made = { readonly model: Model; readonly id: string };

const NOT_VALID = 'Relation creation payload is invalid';
const NOT_FOUND = 'Object metadata relation target not found for relation creation payload';

/** @throws PlinthError METADATA_VALIDATION_FAILED with every mistake of both ends */
export function createRelation(model: Model, object: ObjectType, input: CreateField, more: readonly Mistake[]): Made {
  const { relationCreationPayload: payload } = input;
  const target = targetOf(model, payload);
  const ofName = nameMistakes(input.name, 'INVALID_FIELD_INPUT');
  if (typeof target === 'string') throw refused(object, input, target, [...more, ...ofName]);
  const pair = pairOf(object, target.object, input, target.payload, input.name, null);
  const [withColumn, other] =
    pair.own.relation?.kind === 'MANY_TO_ONE' ? [pair.own, pair.inverse] : [pair.inverse, pair.own];
  if (target.object.id === object.id && joinName(withColumn) === other.name)
    throw refused(object, input, NOT_VALID, [...more, ...ofName]);
  const after = withField(withField(model, object.id, pair.own), target.object.id, pair.inverse);
  refuseMistakes('fieldMetadata', 'create', about(object, input), [...more, ...pairMistakes(after, pair, input)]);
  return { model: after, id: pair.own.id };
}

/** A column and an inverse per target; its id is that of the whole. */
export function createMorph(model: Model, object: ObjectType, input: CreateField, more: readonly Mistake[]): Made {
  const id = randomUUID();
  const taken = object.fields.filter(({ name, relation }) => name === input.name || relation?.morph === input.name);
  const after = withTargets(model, object, input, id, [
    ...more,
    ...nameMistakes(input.name, 'INVALID_FIELD_INPUT'),
    ...taken.slice(0, 1).map(({ name }) => ({
      code: 'NOT_AVAILABLE',
      message: `Name "${input.name}" is not available as it is already used by another field`,
      value: name,
    })),
  ]);
  return { model: after, id };
}

/** Targets that a morph relation has already are passed over. */
export function addTargets(model: Model, morph: Morph, payloads: readonly RelationPayload[]): Model {
  const [{ label, icon, description, isActive, isUnique, isUIReadOnly, relation }] = morph.members;
  const known = new Set(morph.members.map((member) => member.relation?.targetObject));
  const fresh = payloads.filter((payload) => !known.has(String(payload?.targetObjectMetadataId).toLowerCase()));
  if (fresh.length === 0) return model;
  const input: CreateField = {
    ...{ objectMetadataId: morph.object.id, type: MORPH_RELATION, name: morph.name },
    ...{ label, icon, description, isActive, isUnique, isUIReadOnly },
    settings: { onDelete: relation?.onDelete ?? 'SET_NULL' },
    morphRelationsCreationPayload: fresh,
  };
  return withTargets(model, morph.object, input, morph.id, []);
}

function withTargets(
  model: Model,
  object: ObjectType,
  input: CreateField,
  morphId: string,
  more: readonly Mistake[],
): Model {
  const payloads = input.morphRelationsCreationPayload ?? [];
  const targets = payloads.map((payload) => targetOf(model, payload));
  const stray = payloads.length === 0 ? NOT_VALID : targets.find((target) => typeof target === 'string');
  if (stray !== undefined) throw refused(object, input, stray as string, more);
  const known = targets.filter((target) => typeof target !== 'string');
  if (known.some(({ payload }) => payload.type !== 'MANY_TO_ONE'))
    throw refused(object, input, `${NOT_VALID}: a morph relation is many-to-one`, more);
  if (new Set(known.map((target) => target.object.id)).size < known.length)
    throw refused(object, input, `${NOT_VALID}: each target may be named once`, more);
  const pairs = known.map((target) =>
    pairOf(object, target.object, input, target.payload, memberName(input.name, target.object), {
      morph: input.name,
      morphId,
    }),
  );
  const after = pairs.reduce(
    (made, { own, inverse, to }) => withField(withField(made, object.id, own), to.id, inverse),
    model,
  );
  const mistakes = distinct(pairs.flatMap((pair) => pairMistakes(after, pair, input)));
  refuseMistakes('fieldMetadata', 'create', about(object, input), [...more, ...mistakes]);
  return after;
}

type Target = {
  readonly object: ObjectType;
  readonly payload: RelationPayload & { readonly type: Relation['kind'] };
};

/** The object at the other end; a sentence where the payload names none. */
function targetOf(model: Model, payload: unknown): Target | string {
  if (typeof payload !== 'object' || payload === null) return NOT_VALID;
  const { type, targetObjectMetadataId: id, targetFieldLabel, targetFieldIcon } = payload as RelationPayload;
  if ((type !== 'MANY_TO_ONE' && type !== 'ONE_TO_MANY') || !isUuid(id)) return NOT_VALID;
  if (![targetFieldLabel, targetFieldIcon].every((text) => text == null || typeof text === 'string')) return NOT_VALID;
  const object = objectById(model, id.toLowerCase());
  return object ? { object, payload: { ...(payload as RelationPayload), type } } : NOT_FOUND;
}

function refused(object: ObjectType, input: CreateField, message: string, more: readonly Mistake[]): Error {
  const malformed = { code: 'FIELD_METADATA_RELATION_MALFORMED', message };
  const mistakes = [malformed, ...more];
  return validationError('fieldMetadata', 'create', [{ about: about(object, input), mistakes }]);
}

function about({ id }: ObjectType, { name }: CreateField) {
  return { name, objectMetadataId: id };
}

type Pair = { readonly own: Field; readonly inverse: Field; readonly from: ObjectType; readonly to: ObjectType };

function pairOf(
  from: ObjectType,
  to: ObjectType,
  input: CreateField,
  { type: kind, targetFieldLabel, targetFieldIcon }: Target['payload'],
  name: string,
  morph: Pick<Relation, 'morph' | 'morphId'> | null,
): Pair {
  const [ownId, inverseId] = [randomUUID(), randomUUID()];
  const onDelete = (input.settings?.onDelete ?? 'SET_NULL') as OnDelete;
  const relation = { onDelete, ...(morph ?? { morph: null, morphId: null }) };
  const label = (targetFieldLabel ?? '').trim();
  const inverseKind = kind === 'MANY_TO_ONE' ? 'ONE_TO_MANY' : 'MANY_TO_ONE';
  return {
    from,
    to,
    own: {
      ...sideOf(name, input.label, input.icon ?? null, {
        ...relation,
        kind,
        targetObject: to.id,
        targetField: inverseId,
      }),
      id: ownId,
      description: input.description ?? null,
      isActive: input.isActive ?? true,
      isUnique: kind === 'MANY_TO_ONE' && (input.isUnique ?? false),
      isUIReadOnly: input.isUIReadOnly ?? false,
      defaultValue: input.defaultValue ?? null,
    },
    inverse: {
      ...sideOf(camelOf(label), label, targetFieldIcon ?? null, {
        ...relation,
        kind: inverseKind,
        targetObject: from.id,
        targetField: ownId,
      }),
      id: inverseId,
    },
  };
}

function sideOf(name: string, label: string, icon: string | null, relation: Relation): Omit<Field, 'id'> {
  return {
    ...PLAIN_FIELD,
    name,
    label,
    type: RELATION,
    icon,
    origin: 'custom',
    settings: relationSettings(name, relation),
    relation,
  };
}

function pairMistakes(after: Model, { own, inverse, from, to }: Pair, input: CreateField): Mistake[] {
  const asked: Asked = { action: 'create', isSynced: false };
  const isSynced = own.relation?.morph === null && (input.isLabelSyncedWithName ?? false);
  return [
    ...fieldMistakes(objectById(after, from.id) as ObjectType, own, { ...asked, isSynced }),
    ...fieldMistakes(objectById(after, to.id) as ObjectType, inverse, asked),
  ];
}

/** Targets of one morph relation share label and settings, and so their mistakes. */
function distinct(mistakes: readonly Mistake[]): Mistake[] {
  return [...new Map(mistakes.map((mistake) => [JSON.stringify(mistake), mistake])).values()];
}
