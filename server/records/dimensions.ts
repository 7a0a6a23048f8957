/**
 * What records are grouped by: the elements of `groupBy`, as expressions over the records and what they point at.
 * Contract: core.md 2.13.
 */

import { type SQL, sql } from '../../db/sql.ts';
import type { ServedObject } from '../catalog/served.ts';
import { andNotDeleted } from '../catalog/table.ts';
import { refuse } from '../errors.ts';
import type { Column, Field } from '../model/model.ts';
import { textOf } from './answers/json.ts';
import { valueJson } from './answers/values.ts';
import { type Bucket, type BucketInput, bucketOf, DEFAULT_GRANULARITY, type Granularity } from './buckets.ts';
import { inCurrentNames } from './former-names.ts';
import { valueIn } from './plugins/aggregates.ts';
import { type Groupable, groupablesOf } from './plugins/group-by-inputs.ts';
import { scalarOf } from './plugins/record-types.ts';

/** More than charts and tables have; each is a column of the answer. */
const MAX_DIMENSIONS = 10;
/** Many-to-one relations that one element may follow, as filters may. */
const MAX_HOPS = 3;

export type Element = { readonly [name: string]: true | false | null | BucketInput | Element };

export type Dimension = Bucket & {
  /** Column of the inner select. */
  readonly name: SQL;
  /** As `orderBy` names it too: `amount.currencyCode`. */
  readonly path: string;
  /** Of a date. */
  readonly granularity: Granularity | null;
};

export type Fail = (why: string) => Error;
type At = { readonly served: ServedObject; readonly alias: SQL; readonly path: readonly string[] };

/** @throws PlinthError INVALID_QUERY_INPUT that names the element, INVALID_TIMEZONE */
export function dimensionsOf(source: Source, elements: readonly Element[]): Dimension[] {
  if (elements.length === 0 || elements.length > MAX_DIMENSIONS)
    throw refuse('INVALID_QUERY_INPUT', `groupBy: it has 1 to ${MAX_DIMENSIONS} elements, not ${elements.length}`);
  return elements.map((element, place) => {
    const fail: Fail = (why) => refuse('INVALID_QUERY_INPUT', `groupBy, element ${place + 1}: ${why}`);
    return dimensionOf(source, element, { served: source.served, alias: source.alias, path: [] }, fail);
  });
}

function dimensionOf(source: Source, element: Element, at: At, fail: Fail): Dimension {
  const [name, value] = onlyEntry(inCurrentNames(at.served, element), at, fail);
  const groupable = groupablesOf(source.build, at.served).find((each) => each.name === name) as Groupable;
  const path = [...at.path, name];
  switch (groupable.kind) {
    case 'column':
      return columnDimension(at, groupable.field, groupable.column, path);
    case 'date': {
      const input = value as BucketInput;
      const { column, field } = groupable;
      const isMoment = scalarOf(field, column) === 'DateTime';
      const bucket = bucketOf(sql`${at.alias}.${sql.identifier(column.name)}`, isMoment, input);
      return {
        ...bucket,
        ...named(path),
        granularity: input.granularity ?? DEFAULT_GRANULARITY,
      };
    }
    case 'composite': {
      const [part] = onlyEntry(value as Element, { ...at, path }, fail);
      const column = groupable.columns.find((each) => each.part.name === part) as Column;
      return columnDimension(at, groupable.field, column, [...path, part]);
    }
    case 'relation':
      if (at.path.length >= MAX_HOPS) throw fail(`it follows more than ${MAX_HOPS} relations`);
      return dimensionOf(
        source,
        value as Element,
        { served: groupable.target, alias: source.follow(at, name), path },
        fail,
      );
  }
}

function onlyEntry(element: Element, { served, path }: At, fail: Fail): [string, Element[string]] {
  const entries = Object.entries(element).filter(([, value]) => value !== null && value !== false);
  const [only] = entries;
  if (only && entries.length === 1) return only;
  const of = path.length > 0 ? ` of "${path.join('.')}"` : ` of ${served.object.nameSingular}`;
  const names = entries.map(([name]) => `"${name}"`).join(' and ');
  throw fail(only ? `it names ${names}${of}; each element names exactly one field` : `it names no field${of}`);
}

function columnDimension({ served, alias }: At, field: Field, column: Column, path: readonly string[]): Dimension {
  const { codec } = served.table.codec.attributes[column.name];
  const shown = { scalar: scalarOf(field, column), isArray: column.isArray, codec, isNullable: false };
  return {
    ...named(path),
    granularity: null,
    key: valueIn(served, column, alias),
    json: (key) => textOf(valueJson(key, shown)),
  };
}

function named(path: readonly string[]): Pick<Dimension, 'name' | 'path'> {
  return { name: sql.identifier(Symbol(path.join('_'))), path: path.join('.') };
}

/**
 * The records, and those that they point at by many-to-one relations: joined once, when something of them is asked for.
 */
export class Source {
  readonly alias = sql.identifier(Symbol('record'));
  readonly build: GraphileBuild.Build;
  readonly served: ServedObject;
  readonly #joined = new Map<string, { readonly alias: SQL; readonly join: SQL }>();

  constructor(build: GraphileBuild.Build, served: ServedObject) {
    this.build = build;
    this.served = served;
  }

  get joins(): SQL {
    return sql.join(
      [...this.#joined.values()].map(({ join }) => join),
      '',
    );
  }

  follow({ served, alias, path }: At, name: string): SQL {
    const whole = [...path, name].join('.');
    const known = this.#joined.get(whole);
    if (known) return known.alias;
    const { targetTable, localColumn, remoteColumn } = served.relations.get(name) as NonNullable<
      ReturnType<ServedObject['relations']['get']>
    >;
    const target = sql.identifier(Symbol(name));
    const join = sql`
        left join ${targetTable.from as SQL} as ${target}
        on ${target}.${sql.identifier(remoteColumn)} = ${alias}.${sql.identifier(localColumn)}${andNotDeleted(targetTable, target)}`;
    this.#joined.set(whole, { alias: target, join });
    return target;
  }

  /** By the name that the registry has for the relation. */
  singleRelation(registryName: string): SQL {
    const [name] = [...this.served.relations].find(([, relation]) => relation.name === registryName) as [
      string,
      unknown,
    ];
    return this.follow({ served: this.served, alias: this.alias, path: [] }, name);
  }
}
