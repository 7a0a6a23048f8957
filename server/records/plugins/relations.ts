/**
 * Adds the relation fields of records:
 *
 *   type Person { company: Company }
 *   type Company { people(first, last, offset, before, after, filter, orderBy): PersonConnection }
 *
 * Contract: core.md 2.4, 2.21; decisions.md (nested connections honour their arguments).
 */

import type { PgSelectSingleStep, PgSelectStep } from 'postgraphile/@dataplan/pg';
import type { FieldArgs } from 'postgraphile/grafast';
import { connectionArgs, DEFAULT_PAGE, planConnection } from './connections.ts';
import { targetOf } from './orders.ts';
import { typeNames } from './served-objects.ts';

/** Page of the related records of a record that stands for its group, unless asked for more. Contract: core.md 2.13. */
export const RELATED_IN_SAMPLE = 5;

const samples = new WeakSet<PgSelectStep>();

/** Says that the records of `$select` stand for their groups. */
export function markSample($select: PgSelectStep): void {
  samples.add($select);
}

export const RelationsPlugin: GraphileConfig.Plugin = {
  name: 'RelationsPlugin',
  version: '1.0.0',
  description: 'Adds the relation fields of records',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { served } }) {
        if (!served) return fields;
        const own = Object.fromEntries(
          served.fields.flatMap((field): [string, any][] => {
            const relation = served.relations.get(field.name);
            const target = targetOf(build, served, field.name);
            if (!relation || !target) return [];
            if (field.relation?.kind === 'MANY_TO_ONE') {
              return [
                [
                  field.name,
                  {
                    type: build.getOutputTypeByName(typeNames(target).record),
                    plan: ($record: PgSelectSingleStep) => $record.singleRelation(relation.name),
                  },
                ],
              ];
            }
            return [
              [
                field.name,
                {
                  type: build.getOutputTypeByName(typeNames(target).connection),
                  args: connectionArgs(build, target),
                  plan: ($record: PgSelectSingleStep, args: FieldArgs) =>
                    planConnection(build, target, $record.manyRelation(relation.name) as PgSelectStep, args, {
                      defaultSize: samples.has($record.getClassStep()) ? RELATED_IN_SAMPLE : DEFAULT_PAGE,
                    }),
                },
              ],
            ];
          }),
        );
        return build.extend(fields, own, `RelationsPlugin adds the relations of ${served.object.nameSingular}`);
      },
    },
  },
};
