/** What can be asked of a workspace's metadata: the one service behind GraphQL and REST. */

import type { Client, Database } from '../../db/pool.ts';
import type { Actor } from '../access/audit.ts';
import type { Principal } from '../access/principal.ts';
import { requireFlag } from '../access/roles.ts';
import type { ProviderSettings } from '../access/sessions.ts';
import type { Unserved } from '../catalog/servable.ts';
import { PlinthError, refuse } from '../errors.ts';
import { documentOf, type ModelDocument, readDocument } from '../model/document/document.ts';
import { modelOf } from '../model/document/from-document.ts';
import { type CreateField, createFields, deleteField, type UpdateField, updateField } from '../model/edit/fields.ts';
import { type CreateIndex, createIndex, deleteIndex } from '../model/edit/indexes.ts';
import {
  type CreateObject,
  createObject,
  deleteObject,
  type UpdateObject,
  updateObject,
  updateObjects,
} from '../model/edit/objects.ts';
import { checkedId, foundField, foundObject } from '../model/edit/steps.ts';
import type { Model, ObjectType } from '../model/model.ts';
import { morphById } from '../model/morphs.ts';
import type { Filter } from '../model/roles/row-rules.ts';
import type { Settings } from '../settings.ts';
import { type ChangeOptions, changeModel } from '../changes/apply.ts';
import { type Catalog, refuseByHand, type WithByHand, withByHand } from '../store/snapshot.ts';
import { knownByHand, type Where } from '../store/handmade.ts';
import { modelJobs } from '../changes/jobs.ts';
import { type PlanView, planChange } from '../changes/planning.ts';
import type { Builder } from '../changes/rehearse.ts';
import { type DriftView, driftView, planSettlement, type Settlement, settle } from '../changes/drift/settle.ts';
import { readModel } from '../store/model.ts';
import { planUpgrade, type Upgraded, upgrade } from '../changes/upgrade.ts';
import {
  type FieldView,
  fieldView,
  fieldViews,
  type IndexView,
  indexViews,
  type ObjectView,
  objectView,
  readable,
  type Snapshot,
} from './views.ts';

/** Who builds GraphQL schemas, and is told that a schema's tables are others now. */
export type Models = Builder & {
  changed(schema: string): void;
  /** What the tables of a schema hold, and what of them isn't served. */
  get(
    schema: string,
    role?: string,
  ): Promise<
    Catalog & {
      readonly unserved: readonly Unserved[];
      /** A filter on records of an object as the condition of a policy. @throws PlinthError BAD_REQUEST */
      policyOf(nameSingular: string, filter: Filter): string;
    }
  >;
};

/** Where links that are given out lead, and who may make workspaces. */
export type AskerSettings = { readonly publicUrl: string } & Pick<Settings, 'mayCreateWorkspace'> & ProviderSettings;

export type Asker = {
  readonly database: Database;
  readonly models: Models;
  readonly settings: AskerSettings;
  /** Without a role, whoever sits at the machine, who may do everything. */
  readonly principal: Pick<Principal, 'workspaceId' | 'schema' | 'flags'> &
    Partial<Pick<Principal, 'role' | 'roleId'>> &
    Actor;
};

/** An object with its fields: what every answer about one carries. */
export type FullObject = ObjectView & { readonly fields: FieldView[] };

/**
 * The model and what was made by hand beside it, read once for a request. Where a hand has made something that cannot be served at
 * all, the model is shown alone: it is what that is repaired with. Whoever may not change the model sees of it what they can read.
 */
export async function fullSnapshot(asker: Asker): Promise<Snapshot> {
  const { schema, role, flags } = asker.principal;
  const catalog = await catalogOf(asker);
  const full = await asker.database.asOwner((client) => snapshotWith(client, asker.principal, catalog));
  return role === undefined || flags.has('DATA_MODEL')
    ? full
    : readable(full, (await asker.models.get(schema, role)).model);
}

/** Null where a hand has made something that cannot be served at all. */
export function catalogOf({ models, principal }: Asker): Promise<Catalog | null> {
  return models.get(principal.schema).catch(() => null);
}

/** The same in a transaction that changes something. */
export async function snapshotWith(client: Client, where: Where, catalog: Catalog | null): Promise<WithByHand> {
  const taken = await readModel(client, where.workspaceId);
  if (!catalog) return { ...taken, places: new Map() };
  return withByHand(taken, catalog, await knownByHand(client, where), where.workspaceId);
}

/** Tables and columns that no API serves, each with the reason. */
export async function unserved({ models, principal }: Asker): Promise<readonly Unserved[]> {
  requireFlag(principal, 'DATA_MODEL');
  return (await models.get(principal.schema)).unserved;
}

/** All of the model at once, for whoever may change it. */
export async function modelDocument(asker: Asker): Promise<ModelDocument> {
  requireFlag(asker.principal, 'DATA_MODEL');
  return documentOf((await snapshot(asker)).model);
}

/** What changes of the model have left to be done. */
export async function jobsOfModel({ database, principal }: Asker) {
  requireFlag(principal, 'DATA_MODEL');
  return modelJobs(database, principal.workspaceId);
}

/** The model as it is stored. */
export async function snapshot({ database, principal }: Asker): Promise<Snapshot> {
  return database.asOwner((client) => readModel(client, principal.workspaceId));
}

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

/** Something to do to the model: what it makes of it, and what is answered then. */
export type Change<Answer> = {
  readonly make: (model: Model) => Model;
  readonly answer: (after: Snapshot, before: Model) => Answer;
  /** Ids of what it is about, which may have been made by hand. */
  readonly about?: readonly string[];
  /** Does it compare all of the model? */
  readonly isWhole?: boolean;
} & ChangeOptions;

/** Changes the model, and answers from what it is then. */
export async function apply<Answer>(asker: Asker, change: Change<Answer>): Promise<Answer> {
  requireFlag(asker.principal, 'DATA_MODEL');
  const { make, answer, about = [], isWhole = false, ...options } = change;
  const { database, principal } = asker;
  if (options.mayLoseData === false) await prepared(asker);
  const run = () => changeModel(database, principal.workspaceId, make, { ...options, by: principal });
  const { before, after } = await unlessByHand(asker, about, () => (isWhole ? database.heavily(run) : run()));
  // Other processes hear of it by NOTIFY; this one knows now, so that its next request is served by the new model.
  asker.models.changed(asker.principal.schema);
  return answer(after, before);
}

/** What a change would do, with nothing done. */
export async function planned(asker: Asker, { make, about = [] }: Change<unknown>): Promise<PlanView> {
  const { database, models, principal } = asker;
  requireFlag(principal, 'DATA_MODEL');
  const { workspaceId, schema } = principal;
  await prepared(asker);
  return unlessByHand(asker, about, () =>
    database.heavily(() => planChange({ database, models, workspaceId, schema, role: principal.role }, make)),
  );
}

/** What is told of records is what the asker may read: so there must be a Postgres role that says it. */
async function prepared({ models, principal: { schema, role } }: Asker): Promise<void> {
  if (role !== undefined) await models.get(schema, role).catch(() => undefined); // of a schema that cannot be served, nothing is counted
}

/** What isn't found in the model may be there all the same, and not be the model's to change. */
async function unlessByHand<T>(asker: Asker, ids: readonly string[], change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof PlinthError && MISSING.has(error.code)) {
      const lowerCase = ids.map((id) => String(id).toLowerCase());
      refuseByHand(await fullSnapshot(asker), lowerCase);
    }
    throw error;
  }
}

const MISSING: ReadonlySet<string> = new Set(['OBJECT_METADATA_NOT_FOUND', 'FIELD_METADATA_NOT_FOUND']);

/** Several changes as one, in their order. What it answers is nothing: it is for planning. */
export function together(changes: readonly Change<unknown>[]): Change<null> {
  return {
    make: (model) => changes.reduce((so, { make }) => make(so), model),
    answer: () => null,
    about: changes.flatMap(({ about = [] }) => about),
  };
}

export function makeObject(input: CreateObject): Change<FullObject> {
  let id = '';
  return {
    make(model) {
      const after = createObject(model, input);
      id = after.objects.at(-1)?.id ?? '';
      return after;
    },
    answer: (after) => oneObject(after, id),
  };
}

export function changeObject(id: string, update: UpdateObject): Change<FullObject> {
  return {
    about: [id],
    make: (model) => updateObject(model, id, update),
    answer: (after) => oneObject(after, id),
  };
}

/** Several at once: all, or none. */
export function changeObjects(
  updates: readonly { readonly id: string; readonly update: UpdateObject }[],
): Change<FullObject[]> {
  return {
    about: updates.map(({ id }) => id),
    make: (model) => updateObjects(model, updates),
    answer: (after) => updates.map(({ id }) => oneObject(after, id)),
  };
}

/** Answers the object as it was. */
export function removeObject(id: string): Change<FullObject> {
  return {
    about: [id],
    make: (model) => deleteObject(model, id),
    answer: ({ times }, before) => oneObject({ model: before, times }, id),
  };
}

export function makeField(input: CreateField): Change<FieldView> {
  const made = makeFields([input]);
  return { ...made, answer: (after, before) => made.answer(after, before)[0] as FieldView };
}

/** Several at once: all, or none. */
export function makeFields(inputs: readonly CreateField[]): Change<FieldView[]> {
  let ids: readonly string[] = [];
  return {
    make(model) {
      const made = createFields(model, inputs);
      ids = made.ids;
      return made.model;
    },
    about: inputs.map(({ objectMetadataId }) => objectMetadataId),
    answer: (after) => ids.map((id) => oneField(after, id)),
  };
}

export function changeField(id: string, update: UpdateField): Change<FieldView> {
  return {
    about: [id],
    make: (model) => updateField(model, id, update),
    answer: (after) => oneField(after, id),
  };
}

/** Answers the field as it was. */
export function removeField(id: string): Change<FieldView> {
  return {
    about: [id],
    make: (model) => deleteField(model, id),
    answer: ({ times }, before) => oneField({ model: before, times }, id),
  };
}

export function makeIndex(input: CreateIndex): Change<IndexView> {
  let id = '';
  return {
    make(model) {
      const made = createIndex(model, input);
      id = made.id;
      return made.model;
    },
    answer: (after) => oneIndex(after, id),
  };
}

/** Answers the index as it was. */
export function removeIndex(id: string): Change<IndexView> {
  return {
    make: (model) => deleteIndex(model, id),
    answer: ({ times }, before) => oneIndex({ model: before, times }, id),
  };
}

/** The whole model at once, as a document says it. Data is lost only where that is allowed. */
export function adoptModel(document: unknown, mayLoseData: boolean): Change<ModelDocument> {
  const wanted = readDocument(document);
  return {
    make: (model) => modelOf(wanted, model),
    answer: ({ model }) => documentOf(model),
    mayLoseData,
    isWhole: true,
  };
}

/** What later versions of Plinth brought, beside all that is there. */
export async function upgradeWorkspace({ database, models, principal }: Asker): Promise<Upgraded> {
  requireFlag(principal, 'DATA_MODEL');
  const done = await database.heavily(() => upgrade({ database, ...principal }, { by: principal }));
  models.changed(principal.schema);
  return done;
}

export async function plannedUpgrade(asker: Asker): Promise<PlanView> {
  const { database, models, principal } = asker;
  requireFlag(principal, 'DATA_MODEL');
  await prepared(asker);
  return database.heavily(() => planUpgrade({ database, models, ...principal }));
}

// Drift ----------------------------------------------------------------------------------------------------------------

export async function modelDrift({ database, principal }: Asker): Promise<DriftView[]> {
  requireFlag(principal, 'DATA_MODEL');
  return database.heavily(() => driftView({ database, ...principal }));
}

/** @returns the drift that is left, which cannot be settled in this way */
export async function settleDrift(asker: Asker, way: Settlement, mayLoseData: boolean): Promise<DriftView[]> {
  const { database, models, principal } = asker;
  requireFlag(principal, 'DATA_MODEL');
  if (!mayLoseData) await prepared(asker);
  const where = { database, ...principal };
  return database.heavily(async () => {
    await settle(where, way, { mayLoseData, by: principal });
    models.changed(principal.schema);
    return driftView(where);
  });
}

export async function plannedSettlement(asker: Asker, way: Settlement) {
  const { database, principal } = asker;
  requireFlag(principal, 'DATA_MODEL');
  await prepared(asker);
  return database.heavily(() => planSettlement({ database, ...principal }, way));
}
