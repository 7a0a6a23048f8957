/**
 * What only the catalog knows: tables and columns that a DBA made. The metadata APIs show them beside the model, of origin
 * `database`; changing them is the DBA's affair.
 */

import { v5 as uuidv5 } from 'uuid';
import { refuse } from '../errors.ts';
import type { Field, Model, ObjectType } from '../model/model.ts';
import type { Snapshot } from './view.ts';

/**
 * @param model as it is stored
 * @param catalog the model that the tables hold, in which names are ids
 * @param workspaceId what was made by hand has ids that are made of this and of its name: the same whenever they are asked for
 */
export function withByHand({ model, times }: Snapshot, catalog: Model, workspaceId: string): Snapshot {
  const idOf = (name: string) => uuidv5(name, workspaceId);
  const stored = new Map(model.objects.map((object) => [object.nameSingular, object]));
  const objectId = (name: string) => stored.get(name)?.id ?? idOf(name);
  const fieldId = (path: string) => {
    const [object = '', name] = path.split('.');
    return stored.get(object)?.fields.find((field) => field.name === name)?.id ?? idOf(path);
  };
  const byHand = (field: Field): Field => ({
    ...field,
    id: idOf(field.id),
    origin: 'database',
    defaultValue: null, // the catalog says that there is one, in words of SQL
    options: field.options?.map((option) => ({ ...option, id: idOf(`${field.id} ${option.value}`) })) ?? null,
    relation: field.relation && {
      ...field.relation,
      targetObject: objectId(field.relation.targetObject),
      targetField: fieldId(field.relation.targetField),
    },
  });
  const known = catalog.objects.filter(({ formerNameOf }) => formerNameOf === undefined);
  const inCatalog = new Map(known.map((object) => [object.nameSingular, object]));
  return {
    times,
    model: {
      objects: [
        ...model.objects.map((object) => {
          const names = new Set(object.fields.flatMap(({ name, aliases }) => [name, ...aliases]));
          const more = inCatalog.get(object.nameSingular)?.fields.filter(({ name }) => !names.has(name)) ?? [];
          return { ...object, fields: [...object.fields, ...more.map(byHand)] };
        }),
        ...known
          .filter(({ nameSingular }) => !stored.has(nameSingular))
          .map(
            (object): ObjectType => ({
              ...object,
              id: idOf(object.id),
              origin: 'database',
              fields: object.fields.map(byHand),
            }),
          ),
      ],
    },
  };
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
