/**
 * Adds the order-by inputs and reads what they say:
 *
 *   input CompanyOrderByInput { name: OrderByDirection, domainName: LinksOrderByInput, companyId: …, company: CompanyOrderByInput }
 *
 * Contract: core.md 2.10. An ascending id is always the last key, so every order is total and every cursor is a place.
 */

import { type PgCodec, TYPES } from 'postgraphile/@dataplan/pg';
import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import { refuse } from '../../errors.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { type Column, type Field, joinName } from '../../model/model.ts';
import { upperFirst } from '../../model/names.ts';
import { inCurrentNames } from '../former-names.ts';
import { type ColumnType, columnTypeOf } from './column-values.ts';
import { typeNames } from './served-objects.ts';

export const OrdersPlugin: GraphileConfig.Plugin = {
  name: 'OrdersPlugin',
  version: '1.0.0',
  description: 'Adds the order-by inputs',
  schema: {
    hooks: {
      init(_, build) {
        const direction = () => ({ type: build.getInputTypeByName('OrderByDirection') });
        for (const { composite, parts } of Object.values(FIELD_TYPES)) {
          if (!composite) continue;
          build.registerInputObjectType(
            `${composite}OrderByInput`,
            {},
            () => ({ fields: () => Object.fromEntries(parts.map(({ name }) => [name, direction()])) }),
            `OrdersPlugin adds ${composite}OrderByInput`,
          );
        }
        for (const served of build.servedObjects) {
          const { orderByInput } = typeNames(served);
          build.registerInputObjectType(
            orderByInput,
            {},
            () => ({
              fields: () =>
                Object.fromEntries(
                  served.fields.flatMap((field) => {
                    const { composite } = FIELD_TYPES[field.type];
                    if (composite)
                      return [[field.name, { type: build.getInputTypeByName(`${composite}OrderByInput`) }]];
                    if (!field.relation) return [[field.name, direction()]];
                    const target = targetOf(build, served, field.name);
                    if (field.relation.kind === 'ONE_TO_MANY' || !target) return [];
                    return [
                      [joinName(field), direction()],
                      [field.name, { type: build.getInputTypeByName(typeNames(target).orderByInput) }],
                    ];
                  }),
                ),
            }),
            `OrdersPlugin adds ${orderByInput}`,
          );
        }
        return _;
      },
    },
  },
};

export function targetOf(build: GraphileBuild.Build, served: ServedObject, field: string): ServedObject | undefined {
  return build.servedByTable.get(served.relations.get(field)?.targetTable);
}

/** One thing to order by: a column of the object, or of the one that a relation leads to. */
export type OrderKey = {
  /** As cursors call it: `position`, `nameFirstName`, `company.name`. Contract: core.md 2.7 */
  readonly name: string;
  /** Name in PostGraphile's registry of the relation to follow. */
  readonly relation: string | null;
  readonly column: string;
  readonly codec: PgCodec;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  readonly isAscending: boolean;
  readonly isNullsFirst: boolean;
};

type Direction = 'AscNullsFirst' | 'AscNullsLast' | 'DescNullsFirst' | 'DescNullsLast';
type Order = { readonly [key: string]: Direction | Order | null };

/**
 * The keys of an `orderBy`, the id the last of them: nothing after it could change the order.
 * @throws PlinthError INVALID_QUERY_INPUT for what can't be ordered by
 */
export function orderKeys(build: GraphileBuild.Build, served: ServedObject, orderBy: unknown): OrderKey[] {
  const keys: OrderKey[] = [];
  for (const item of [orderBy ?? []].flat()) {
    for (const key of keysOf(build, served, item as Order | null)) {
      if (!keys.some(({ name }) => name === key.name)) keys.push(key);
      if (key.name === 'id') return keys;
    }
  }
  return [...keys, keyOrder(served)];
}

/** Ascending. Every table has a key, and with it the field `id`. */
function keyOrder(served: ServedObject): OrderKey {
  const field = served.object.fields.find(({ name }) => name === 'id') as Field;
  const [column] = columnsFor(served, field) as [Column];
  return keyOf(served, field, column, 'id', 'AscNullsFirst');
}

function keysOf(build: GraphileBuild.Build, served: ServedObject, order: Order | null, isOfTarget = false): OrderKey[] {
  return Object.entries(inCurrentNames(served, order ?? {})).flatMap(([name, value]): OrderKey[] => {
    if (value === null) return [];
    for (const field of served.fields) {
      const columns = columnsFor(served, field);
      if (field.relation?.kind === 'MANY_TO_ONE') {
        const relation = served.relations.get(field.name);
        if (!relation) continue;
        if (name === joinName(field)) return [keyOf(served, field, columns[0] as Column, name, value as Direction)];
        if (name === field.name) {
          if (isOfTarget) throw refuse('INVALID_QUERY_INPUT', `orderBy follows one relation, not two: "${name}"`);
          const target = targetOf(build, served, field.name) as ServedObject;
          return keysOf(build, target, value as Order, true).map((key) => ({
            ...key,
            name: `${name}.${key.name}`,
            relation: relation.name,
            isNullable: true,
          }));
        }
      } else if (name === field.name) {
        if (typeof value === 'string') return [keyOf(served, field, columns[0] as Column, name, value)];
        return Object.entries(value).flatMap(([part, direction]) => {
          const column = columns.find((each) => each.part.name === part);
          if (!column || direction === null) return [];
          return [keyOf(served, field, column, `${name}${upperFirst(part)}`, direction as Direction)];
        });
      }
    }
    throw refuse('INVALID_QUERY_INPUT', `Object ${served.object.nameSingular} has no sortable field "${name}"`);
  });
}

function keyOf(served: ServedObject, field: Field, column: Column, name: string, direction: Direction): OrderKey {
  const { codec, notNull } = served.table.codec.attributes[column.name];
  return {
    name,
    relation: null,
    column: column.name,
    // Postgres can't order `json`.
    codec: codec === TYPES.json ? TYPES.jsonb : codec,
    type: columnTypeOf(served, field, column),
    isNullable: !notNull,
    isAscending: direction.startsWith('Asc'),
    isNullsFirst: direction.endsWith('First'),
  };
}
