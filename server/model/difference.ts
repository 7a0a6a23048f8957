/** What a change made of a model: which objects, fields and indexes are new, gone or others, and in what. Pure. */

import { isDeepStrictEqual } from 'node:util';
import { type Model, type ObjectType, sameObjects } from './model.ts';

export type Difference = {
  readonly kind: 'object' | 'field' | 'index';
  readonly id: string;
  /** As it is now, or was: `company`, `company.name`; of an index, its fields. */
  readonly name: string;
  readonly change: 'created' | 'changed' | 'deleted';
  /** Of what changed: the properties that did. */
  readonly properties?: readonly string[];
};

type Part = Pick<Difference, 'kind' | 'id' | 'name'> & { readonly is: Readonly<Record<string, unknown>> };

/** In the order of the model after, and what is gone behind it. */
export function differenceOf(before: Model, after: Model): Difference[] {
  const same = sameObjects(before, after); // of a model of 500 objects most
  const had = new Map(partsOf(before, same).map((part) => [part.id, part]));
  const has = partsOf(after, same);
  const known = new Set(has.map(({ id }) => id));
  return [
    ...has.flatMap((part): Difference[] => {
      const { kind, id, name } = part;
      const was = had.get(id);
      if (!was) return [{ kind, id, name, change: 'created' }];
      const properties = Object.keys({ ...was.is, ...part.is }).filter(
        (key) => !isDeepStrictEqual(was.is[key], part.is[key]),
      );
      return properties.length === 0 ? [] : [{ kind, id, name, change: 'changed', properties }];
    }),
    ...[...had.values()].flatMap(({ kind, id, name }): Difference[] => {
      return known.has(id) ? [] : [{ kind, id, name, change: 'deleted' }];
    }),
  ];
}

function partsOf({ objects }: Model, same: ReadonlySet<ObjectType>): Part[] {
  const differing = objects.filter((object) => !same.has(object));
  return differing.flatMap(({ fields, indexes, ...object }) => {
    const { id, nameSingular: name } = object;
    const fieldName = (field: string) => fields.find((each) => each.id === field)?.name ?? field;
    return [
      { kind: 'object', id, name, is: object },
      ...fields.map((field): Part => ({ kind: 'field', id: field.id, name: `${name}.${field.name}`, is: field })),
      ...indexes.map((index): Part => {
        const names = index.fields.map(({ field }) => fieldName(field)).join(', ');
        return { kind: 'index', id: index.id, name: `${name} (${names})`, is: index };
      }),
    ];
  });
}
