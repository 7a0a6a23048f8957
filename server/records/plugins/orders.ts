/**
 * Adds the order-by inputs and applies them:
 *
 *   input CompanyOrderByInput { name: OrderByDirection, domainName: LinksOrderByInput, companyId: …, company: CompanyOrderByInput }
 *
 * Contract: core.md 2.10. An ascending id is always the last key, so every order is total and every cursor is a place.
 */

import { type PgSelectStep, TYPES } from 'postgraphile/@dataplan/pg';
import { lambda, type Step } from 'postgraphile/grafast';
import { type SQL, sql } from 'postgraphile/pg-sql2';
import { columnsFor, type ServedObject } from '../../catalog/to-model.ts';
import { refuse } from '../../errors.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { joinName } from '../../model/model.ts';
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

type Key = { readonly fragment: SQL; readonly codec: any; readonly isNullable: boolean; readonly direction: string };

/** Orders `$select` by the value of `orderBy`, then by id. */
export function applyOrder(
  build: GraphileBuild.Build,
  served: ServedObject,
  $select: PgSelectStep,
  $orderBy: Step,
): void {
  $select.apply(
    lambda(
      $orderBy,
      (orderBy: unknown) => (query: any) => {
        if (query.mode === 'aggregate') return;
        const keys = [orderBy ?? []].flat().flatMap((item) => keysOf(build, served, query, query.alias, item as Order));
        for (const { fragment, codec, isNullable, direction } of keys) {
          query.orderBy({
            fragment,
            codec,
            nullable: isNullable,
            direction: direction.startsWith('Asc') ? 'ASC' : 'DESC',
            ...(isNullable && { nulls: direction.endsWith('First') ? 'FIRST' : 'LAST' }),
          });
        }
        query.orderBy({ fragment: sql`${query.alias}.id`, codec: TYPES.uuid, nullable: false, direction: 'ASC' });
        query.setOrderIsUnique();
      },
      true,
    ) as any,
  );
}

type Order = { readonly [key: string]: string | Order | null };

function keysOf(build: GraphileBuild.Build, served: ServedObject, query: any, alias: SQL, order: Order | null): Key[] {
  return Object.entries(order ?? {}).flatMap(([name, value]) => {
    if (value === null) return [];
    for (const field of served.fields) {
      const columns = columnsFor(served, field);
      if (field.relation?.kind === 'MANY_TO_ONE') {
        const relation = served.relations.get(field.name);
        if (!relation) continue;
        if (name === joinName(field)) return [keyOf(served, alias, relation.localColumn, value as string)];
        if (name === field.name) {
          const target = targetOf(build, served, field.name) as ServedObject;
          if (query.alias !== alias)
            throw refuse('INVALID_QUERY_INPUT', `orderBy follows one relation, not two: "${name}"`);
          return keysOf(build, target, query, query.singleRelation(relation.name), value as Order).map((key) => ({
            ...key,
            isNullable: true,
          }));
        }
      } else if (name === field.name) {
        if (typeof value === 'string') return [keyOf(served, alias, columns[0]?.name as string, value)];
        return Object.entries(value).flatMap(([part, direction]) => {
          const column = columns.find((each) => each.part.name === part);
          return column && direction !== null ? [keyOf(served, alias, column.name, direction as string)] : [];
        });
      }
    }
    throw refuse('INVALID_QUERY_INPUT', `Object ${served.object.nameSingular} has no sortable field "${name}"`);
  });
}

function keyOf({ table }: ServedObject, alias: SQL, column: string, direction: string): Key {
  const { codec, notNull } = table.codec.attributes[column];
  return { fragment: sql`${alias}.${sql.identifier(column)}`, codec, isNullable: !notNull, direction };
}
