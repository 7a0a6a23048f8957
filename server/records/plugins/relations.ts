/**
 * Adds the relation fields of records:
 *
 *   type Person { company: Company }
 *   type Company { people(first, last, offset, before, after, filter, orderBy): PersonConnection }
 *
 * Contract: core.md 2.4, 2.21; decisions.md, nested connections.
 */

import { type SQL, sql } from '../../../db/sql.ts';
import type { ServedObject, ServedRelation } from '../../catalog/served.ts';
import { andNotDeleted } from '../../catalog/table.ts';
import { type Json, orNull, textOf } from '../answers/json.ts';
import type { Selected } from '../answers/selection.ts';
import { connectionArgs } from './connections.ts';
import type { FieldConfig } from './field-config.ts';
import { targetOf } from './orders.ts';
import { DEFAULT_PAGE, pageJson } from './pages.ts';
import type { RecordRow } from './record-types.ts';
import { typeNames } from './served-objects.ts';

/** Page of the related records of a record that stands for its group, unless asked for more. Contract: core.md 2.13. */
export const RELATED_IN_SAMPLE = 5;

export const RelationsPlugin: GraphileConfig.Plugin = {
  name: 'RelationsPlugin',
  version: '1.0.0',
  description: 'Adds the relation fields of records',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { served } }) {
        if (!served) return fields;
        const own = Object.fromEntries(
          served.fields.flatMap((field): [string, FieldConfig][] => {
            const relation = served.relations.get(field.name);
            const target = targetOf(build, served, field.name);
            if (!relation || !target) return [];
            if (field.relation?.kind === 'MANY_TO_ONE') {
              return [
                [
                  field.name,
                  {
                    type: build.getOutputTypeByName(typeNames(target).record),
                    extensions: { answer: relatedOne(target, relation) },
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
                  extensions: {
                    answer: ({ row, isSample }: RecordRow, selected: Selected) =>
                      pageJson(build, target, selected, {
                        where: (other) => isRelated(relation, row, other),
                        defaultSize: isSample ? RELATED_IN_SAMPLE : DEFAULT_PAGE,
                      }),
                  },
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

function relatedOne(target: ServedObject, relation: ServedRelation) {
  return ({ row }: RecordRow, selected: Selected): Json => {
    const other = selected.scope.draft.alias(selected.name);
    return orNull(sql`(
      select ${textOf(selected.object({ row: other } satisfies RecordRow))}
      from ${target.table.from as SQL} as ${other}
      where ${isRelated(relation, row, other)}${andNotDeleted(target.table, other)})`);
  };
}

function isRelated({ localColumn, remoteColumn }: ServedRelation, row: SQL, other: SQL): SQL {
  return sql`${other}.${sql.identifier(remoteColumn)} = ${row}.${sql.identifier(localColumn)}`;
}
