/**
 * What only the catalog knows: tables and columns that a DBA made. The metadata APIs show them beside the model, of
 * origin `database`; changing them is the DBA's affair.
 */

import type { Client } from '../../db/client.ts';
import type { Catalog, RequestContext } from '../access/request-context.ts';
import { columnsFor } from '../catalog/served.ts';
import { tableNameOf } from '../catalog/table.ts';
import { PlinthError, refuse } from '../errors.ts';
import { unavailable } from '../graphql/wire-errors.ts';
import { type Field, fieldByName, type Model, type ObjectType } from '../model/model.ts';
import { handmadeIds, type Known, type Place, readHandmade, type Where } from './handmade.ts';
import { readModel, type StoredModel } from './model.ts';

/** A snapshot, and where in the schema that is of it which was made by hand; by id. */
export type SnapshotWithHandmade = Snapshot & { readonly places: ReadonlyMap<string, Place> };

/**
 * @param model as it is stored
 * @param known what was made by hand and is known by an id of its own; the others have ids that are made of the
 *   workspace's and of their names: the same whenever they are asked for
 */
function withHandmade(
  { model, times }: Snapshot,
  catalog: Catalog,
  known: readonly Known[],
  workspaceId: string,
): SnapshotWithHandmade {
  const placeOf = placesIn(catalog);
  const idOf = handmadeIds(known, workspaceId);
  const places = new Map<string, Place>();
  const kept = (name: string) => {
    const place = placeOf(name);
    const id = idOf(name, place);
    if (place) places.set(id, place);
    return id;
  };
  const stored = new Map(model.objects.map((object) => [object.nameSingular, object]));
  const objectId = (name: string) => stored.get(name)?.id ?? kept(name);
  const fieldId = (path: string) => {
    const [object = '', name] = path.split('.');
    return stored.get(object)?.fields.find((field) => field.name === name)?.id ?? kept(path);
  };
  const byHand = (field: Field): Field => ({
    ...field,
    id: kept(field.id),
    origin: 'database',
    defaultValue: null, // the catalog says that there is one, in words of SQL
    options: field.options?.map((option) => ({ ...option, id: idOf(`${field.id} ${option.value}`) })) ?? null,
    relation: field.relation && {
      ...field.relation,
      targetObject: objectId(field.relation.targetObject),
      targetField: fieldId(field.relation.targetField),
    },
  });
  const there = catalog.model.objects.filter(({ formerNameOf }) => formerNameOf === undefined);
  const inCatalog = new Map(there.map((object) => [object.nameSingular, object]));
  return {
    times,
    places,
    model: {
      objects: [
        ...model.objects.map((object) => {
          const names = new Set(object.fields.flatMap(({ name, aliases }) => [name, ...aliases]));
          const more = inCatalog.get(object.nameSingular)?.fields.filter(({ name }) => !names.has(name)) ?? [];
          return { ...object, fields: [...object.fields, ...more.map(byHand)] };
        }),
        ...there
          .filter(({ nameSingular }) => !stored.has(nameSingular))
          .map(
            (object): ObjectType => ({
              ...object,
              id: kept(object.id),
              origin: 'database',
              fields: object.fields.map(byHand),
            }),
          ),
      ],
    },
  };
}

/** By the names that are ids in a catalog: `launch`, `launch.pad`. */
function placesIn({ byTable }: Catalog): (name: string) => Place | undefined {
  const places = new Map<string, Place>();
  for (const [table, served] of byTable) {
    places.set(served.object.id, { table, columns: [], isInverse: false });
    for (const field of served.fields) {
      const columns = columnsFor(served, field).map(({ name }) => name);
      const relation = served.relations.get(field.name);
      if (columns.length > 0) places.set(field.id, { table, columns, isInverse: false });
      else if (relation)
        places.set(field.id, {
          table: tableNameOf(relation.targetTable),
          columns: [relation.remoteColumn],
          isInverse: true,
        });
    }
  }
  return (name) => places.get(name);
}

/** @throws PlinthError BAD_REQUEST where one of the ids is of what was made by hand */
function refuseHandmade({ model }: Snapshot, ids: readonly string[]): void {
  for (const object of model.objects) {
    const field = object.fields.find(({ id, origin }) => origin === 'database' && ids.includes(id));
    if (field)
      throw refuse('BAD_REQUEST', `The field "${field.name}" of "${object.nameSingular}" was made by hand: ${WHERE}`);
    if (object.origin === 'database' && ids.includes(object.id))
      throw refuse('BAD_REQUEST', `The object "${object.nameSingular}" was made by hand: ${WHERE}`);
  }
}

const WHERE = 'it is changed in the database, not here';

/** A model as it was read for one request. */
export type Snapshot = StoredModel;

/** Objects and fields that a role reads, which `seen` has by their names. */
function readable({ model, times }: Snapshot, seen: Model): Snapshot {
  const byName = new Map(seen.objects.map((object) => [object.nameSingular, object]));
  return {
    times,
    model: {
      objects: model.objects.flatMap((object) => {
        const known = byName.get(object.nameSingular);
        if (!known) return [];
        const fields = object.fields.filter(({ name }) => fieldByName(known, name));
        const ids = new Set(fields.map(({ id }) => id));
        return {
          ...object,
          fields,
          indexes: object.indexes.filter((index) => index.fields.every(({ field }) => ids.has(field))),
          duplicateCriteria: object.duplicateCriteria.filter((group) =>
            group.every((path) => fieldByName({ ...object, fields }, path.split('.')[0] as string)),
          ),
        };
      }),
    },
  };
}

/**
 * The model and what was made by hand beside it, read once for a request. Where a hand has made something that cannot
 * be served at all, the model is shown alone: it is what that is repaired with. Whoever may not change the model sees
 * of it what they can read.
 */
export async function fullSnapshot(asker: RequestContext): Promise<Snapshot> {
  const { schema, role, flags } = asker.principal;
  const catalog = await catalogOf(asker);
  const full = await asker.database.asOwner((client) => snapshotWith(client, asker.principal, catalog));
  return role === undefined || flags.has('DATA_MODEL')
    ? full
    : readable(full, (await asker.models.get(schema, role)).model);
}

/**
 * Null where something made by hand keeps the schema from being served.
 * @throws PlinthError where the database is away or busy
 */
export async function catalogOf({ models, principal }: RequestContext): Promise<Catalog | null> {
  try {
    return await models.get(principal.schema);
  } catch (error) {
    const refused = unavailable(error) ?? error;
    if (refused instanceof PlinthError) throw refused;
    return null;
  }
}

/** The same in a transaction that changes something. */
export async function snapshotWith(
  client: Client,
  where: Where,
  catalog: Catalog | null,
): Promise<SnapshotWithHandmade> {
  const taken = await readModel(client, where.workspaceId);
  if (!catalog) return { ...taken, places: new Map() };
  return withHandmade(taken, catalog, await readHandmade(client, where), where.workspaceId);
}

/** The model as it is stored. */
export async function snapshot({ database, principal }: RequestContext): Promise<Snapshot> {
  return database.asOwner((client) => readModel(client, principal.workspaceId));
}

/** What isn't found in the model may be there all the same, and not be the model's to change. */
export async function explainHandmade<T>(
  asker: RequestContext,
  ids: readonly string[],
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof PlinthError && MISSING.has(error.code)) {
      const lowerCase = ids.map((id) => String(id).toLowerCase());
      refuseHandmade(await fullSnapshot(asker), lowerCase);
    }
    throw error;
  }
}

const MISSING: ReadonlySet<string> = new Set(['OBJECT_METADATA_NOT_FOUND', 'FIELD_METADATA_NOT_FOUND']);
