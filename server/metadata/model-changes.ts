/** What can be asked of a workspace's metadata: the one service behind GraphQL and REST. */

import type { RequestContext } from '../access/request-context.ts';
import { requireFlag } from '../access/roles.ts';
import type { Unserved } from '../catalog/servable.ts';
import { type ChangeOptions, changeModel } from '../changes/apply.ts';
import { type DriftView, driftView, planSettlement, type Settlement, settle } from '../changes/drift/settle.ts';
import { modelJobs } from '../changes/jobs.ts';
import { type PlanView, planChange } from '../changes/planning.ts';
import { planUpgrade, type Upgraded, upgrade } from '../changes/upgrade.ts';
import { documentOf, type ModelDocument, readDocument } from '../model/document/document.ts';
import { modelOf } from '../model/document/from-document.ts';
import { createFields, deleteField, updateField } from '../model/edit/fields.ts';
import { type CreateIndex, createIndex, deleteIndex } from '../model/edit/indexes.ts';
import type { CreateField, UpdateField } from '../model/edit/inputs.ts';
import {
  type CreateObject,
  createObject,
  deleteObject,
  type UpdateObject,
  updateObject,
  updateObjects,
} from '../model/edit/objects.ts';
import type { Model } from '../model/model.ts';
import { explainHandmade, type Snapshot, snapshot } from '../store/snapshot.ts';
import { type FullObject, oneField, oneIndex, oneObject } from './objects.ts';
import type { FieldView, IndexView } from './views.ts';

/** Tables and columns that no API serves, each with the reason. */
export async function unserved({ models, principal }: RequestContext): Promise<readonly Unserved[]> {
  requireFlag(principal, 'DATA_MODEL');
  return (await models.get(principal.schema)).unserved;
}

/** All of the model at once, for whoever may change it. */
export async function modelDocument(asker: RequestContext): Promise<ModelDocument> {
  requireFlag(asker.principal, 'DATA_MODEL');
  return documentOf((await snapshot(asker)).model);
}

/** What changes of the model have left to be done. */
export async function jobsOfModel({ database, principal }: RequestContext) {
  requireFlag(principal, 'DATA_MODEL');
  return modelJobs(database, principal.workspaceId);
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
export async function apply<Answer>(asker: RequestContext, change: Change<Answer>): Promise<Answer> {
  requireFlag(asker.principal, 'DATA_MODEL');
  const { make, answer, about = [], isWhole = false, ...options } = change;
  const { database, principal } = asker;
  if (options.mayLoseData === false) await prepared(asker);
  const run = () => changeModel(database, principal, make, { ...options, by: principal });
  const { before, after, isChanged } = await explainHandmade(asker, about, () =>
    isWhole ? database.heavily(run) : run(),
  );
  // Other processes hear of it by NOTIFY; this one knows now, so that its next request is served by the new model.
  if (isChanged) asker.models.changed(asker.principal.schema);
  return answer(after, before);
}

/** What a change would do, with nothing done. */
export async function planned(asker: RequestContext, { make, about = [] }: Change<unknown>): Promise<PlanView> {
  const { database, models, principal } = asker;
  requireFlag(principal, 'DATA_MODEL');
  const { workspaceId, schema } = principal;
  await prepared(asker);
  return explainHandmade(asker, about, () =>
    database.heavily(() => planChange({ database, models, workspaceId, schema, role: principal.role }, make)),
  );
}

/** What is told of records is what the asker may read: so there must be a Postgres role that says it. */
async function prepared({ models, principal: { schema, role } }: RequestContext): Promise<void> {
  if (role !== undefined) await models.get(schema, role).catch(() => undefined); // of a schema that cannot be served, nothing is counted
}

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
export async function upgradeWorkspace({ database, models, principal }: RequestContext): Promise<Upgraded> {
  requireFlag(principal, 'DATA_MODEL');
  const done = await database.heavily(() => upgrade({ database, ...principal }, { by: principal }));
  models.changed(principal.schema);
  return done;
}

export async function plannedUpgrade(asker: RequestContext): Promise<PlanView> {
  const { database, models, principal } = asker;
  requireFlag(principal, 'DATA_MODEL');
  await prepared(asker);
  return database.heavily(() => planUpgrade({ database, models, ...principal }));
}

// Drift --------------------------------------------------------------------------------------------------------------

export async function modelDrift({ database, principal }: RequestContext): Promise<DriftView[]> {
  requireFlag(principal, 'DATA_MODEL');
  return database.heavily(() => driftView({ database, ...principal }));
}

/** @returns the drift that is left, which cannot be settled in this way */
export async function settleDrift(asker: RequestContext, way: Settlement, mayLoseData: boolean): Promise<DriftView[]> {
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

export async function plannedSettlement(asker: RequestContext, way: Settlement) {
  const { database, principal } = asker;
  requireFlag(principal, 'DATA_MODEL');
  await prepared(asker);
  return database.heavily(() => planSettlement({ database, ...principal }, way));
}
