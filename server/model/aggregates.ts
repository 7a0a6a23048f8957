/**
 * What can be told of many records at once, by the types of their fields: names, types, and over which columns.
 * Contract: core.md 2.12.
 */

import { type Part, scalarOfPart } from './field-types/field-type.ts';
import { FIELD_TYPES } from './field-types/index.ts';
import type { Field, ObjectType } from './model.ts';
import { upperFirst } from './names.ts';

/** An aggregate of an object's records: `sumEmployees`. */
export type Aggregate = {
  readonly name: string;
  readonly kind: 'totalCount' | keyof typeof OF_VALUES | keyof typeof OF_PARTS;
  readonly scalar: 'BigFloat' | 'DateTime' | 'Float' | 'Int';
  /** Null for `totalCount`, which is of the records themselves. */
  readonly field: Field | null;
  /** The one part that it is over; null where it is over the field's whole value. */
  readonly part: Part | null;
};

/** Of every field: they ask only whether there is a value, and whether it is the same. */
const OF_VALUES = {
  countUniqueValues: 'Int',
  countEmpty: 'Int',
  countNotEmpty: 'Int',
  percentageEmpty: 'Float',
  percentageNotEmpty: 'Float',
} as const;

/** Of those parts whose type names them (`Part.aggregates`). What is told of a number or a date is one again. */
const OF_PARTS = { min: null, max: null, sum: null, avg: null, countTrue: 'Int', countFalse: 'Int' } as const;

const TOTAL: Aggregate = { name: 'totalCount', kind: 'totalCount', scalar: 'Int', field: null, part: null };

/** All aggregates of an object, `totalCount` before those of its active fields. */
export function aggregatesOf({ fields }: Pick<ObjectType, 'fields'>): Aggregate[] {
  const taken = new Set<string>();
  return (
    [TOTAL, ...fields.filter(({ isActive }) => isActive).flatMap(aggregatesOfField)]
      // Money `x` and a number `xAmountMicros` would both have minXAmountMicros: the first keeps it.
      .filter(({ name }) => !taken.has(name) && taken.add(name))
  );
}

/**
 * A relation has none, for its target's records are told of by themselves; a target of a morph relation has the general
 * ones.
 */
function aggregatesOfField(field: Field): Aggregate[] {
  if (field.relation && (field.relation.morph === null || field.relation.kind === 'ONE_TO_MANY')) return [];
  const name = upperFirst(field.name);
  const general = (Object.entries(OF_VALUES) as [keyof typeof OF_VALUES, 'Int' | 'Float'][]).map(
    ([kind, scalar]): Aggregate => ({ name: `${kind}${name}`, kind, scalar, field, part: null }),
  );
  const special = (FIELD_TYPES[field.type].parts as readonly Part[]).flatMap((part) =>
    (part.aggregates ?? []).map(
      (kind): Aggregate => ({
        name: `${kind}${name}${upperFirst(part.name ?? '')}`,
        kind,
        scalar: OF_PARTS[kind] ?? scalarOver(part, field),
        field,
        part,
      }),
    ),
  );
  return [...general, ...special];
}

function scalarOver(part: Part, field: Field): Aggregate['scalar'] {
  switch (scalarOfPart(part, field)) {
    case 'BigFloat':
      return 'BigFloat';
    case 'Date':
    case 'DateTime':
      return 'DateTime';
    default:
      return 'Float';
  }
}
