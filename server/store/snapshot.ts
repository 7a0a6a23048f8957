/**
 * What only the catalog knows: tables and columns that a DBA made. The metadata APIs show them beside the model, of origin
 * `database`; changing them is the DBA's affair.
 */

import type { ServedObject } from '../catalog/to-model.ts';
import { columnsFor, tableNameOf } from '../catalog/to-model.ts';
import { refuse } from '../errors.ts';
import type { Field, Model, ObjectType } from '../model/model.ts';
import { idsByHand, type Known, type Place } from './handmade.ts';
import type { Snapshot } from '../metadata/views.ts';

/** What the tables of a schema hold, in which names are ids, and where in them it is. */
export type Catalog = { readonly model: Model; readonly byTable: ReadonlyMap<string, ServedObject> };

/** A snapshot, and where in the schema that is of it which was made by hand; by id. */
export type WithByHand = Snapshot & { readonly places: ReadonlyMap<string, Place> };

/**
 * @param model as it is stored
 * @param known what was made by hand and is known by an id of its own; the others have ids that are made of the workspace's and of
 *   their names: the same whenever they are asked for
 */
export function withByHand(
  { model, times }: Snapshot,
  catalog: Catalog,
  known: readonly Known[],
  workspaceId: string,
): WithByHand {
  const placeOf = placesIn(catalog);
  const idOf = idsByHand(known, workspaceId);
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
export function refuseByHand({ model }: Snapshot, ids: readonly string[]): void {
  for (const object of model.objects) {
    const field = object.fields.find(({ id, origin }) => origin === 'database' && ids.includes(id));
    if (field)
      throw refuse('BAD_REQUEST', `The field "${field.name}" of "${object.nameSingular}" was made by hand: ${WHERE}`);
    if (object.origin === 'database' && ids.includes(object.id))
      throw refuse('BAD_REQUEST', `The object "${object.nameSingular}" was made by hand: ${WHERE}`);
  }
}

const WHERE = 'it is changed in the database, not here';
