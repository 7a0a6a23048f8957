/**
 * Adds to Query, for each object that has duplicate criteria:
 *
 *   companyDuplicates(ids: [UUID], data: [CompanyCreateInput]): [CompanyConnection!]
 *
 * One connection an input, in order; whatever their number, one statement.
 * Contract: core.md 2.14.
 */

import { type SQL, sql } from '../../../db/sql.ts';
import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import { refuse } from '../../errors.ts';
import { type Column, criteriaOf, may } from '../../model/model.ts';
import { textOf } from '../answers/json.ts';
import type { RootAnswer } from '../answers/roots.ts';
import type { Selected } from '../answers/selection.ts';
import type { Filling } from '../answers/statement.ts';
import { rowsOf } from '../given-records.ts';
import { checkedKey, keyIn, keyList, keyType } from '../keys.ts';
import type { Input, Row } from '../row.ts';
import type { FieldConfig } from './field-config.ts';
import { recordCondition } from './filters.ts';
import { orderKeys } from './orders.ts';
import { MAX_PAGE, Page } from './pages.ts';
import { keyGraphQLType } from './record-types.ts';
import { typeNames } from './served-objects.ts';

// Shorter texts say too little: half of all people would be duplicates by "J." alone. The number is the reference's.
const MIN_TEXT_LENGTH = 3;

export const DuplicatesPlugin: GraphileConfig.Plugin = {
  name: 'DuplicatesPlugin',
  version: '1.0.0',
  description: 'Adds find duplicates',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { isRootQuery } }) {
        if (!isRootQuery) return fields;
        const own = Object.fromEntries(
          build.servedObjects
            .filter(({ object }) => criteriaOf(object).length > 0)
            .map((served): [string, FieldConfig] => [
              `${served.object.nameSingular}Duplicates`,
              duplicates(build, served),
            ])
            // A table made by hand may be called company_duplicates: its records keep their name.
            .filter(([name]) => !(name in fields)),
        );
        return build.extend(fields, own, 'DuplicatesPlugin adds find duplicates');
      },
    },
  },
};

/** Groups of columns; records that agree on all of one group are duplicates. */
function criteriaColumns(served: ServedObject): Column[][] {
  return criteriaOf(served.object).map((group) =>
    group.map(({ field, part }) => {
      const columns = columnsFor(served, field);
      return columns.find((column) => part === null || column.part.name === part) as Column;
    }),
  );
}

function duplicates(build: GraphileBuild.Build, served: ServedObject) {
  const { GraphQLList, GraphQLNonNull } = build.graphql;
  const { connection, createInput } = typeNames(served);
  const root: RootAnswer = {
    async prepare({ args, maxRecords }, client) {
      const given: Arguments = args;
      checkArguments(given, maxRecords);
      return given.data ? rowsOf(build, served, given.data as Input[], true, client) : null;
    },
    select: (selected) => select(build, served, selected),
  };
  return {
    type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(connection))),
    description: 'For each of the ids, or of the records given, those that look like the same.',
    args: {
      ids: { type: new GraphQLList(keyGraphQLType(build, served)) },
      ...(may(served.object, 'create') && { data: { type: new GraphQLList(build.getInputTypeByName(createInput)) } }),
    },
    extensions: { root },
  };
}

/** Evidence of each input: its place, its id, and what it has of the criteria; null where it tells nothing. */
function select(build: GraphileBuild.Build, served: ServedObject, selected: Selected): SQL {
  const { draft } = selected.scope;
  const criteria = criteriaColumns(served);
  const columns = criteria.flat();
  const evidence = draft.alias('evidence');
  const condition = (record: SQL): SQL => {
    let place = 0;
    const groups = criteria.map((group) => {
      const equal = group.map(
        ({ name }) => sql`${record}.${sql.identifier(name)} = ${evidence}.${sql.identifier(`c${place++}`)}`,
      );
      return sql`(${sql.join(equal, ' and ')})`;
    });
    const hidden = recordCondition(build, served, record, null);
    return sql`(${sql.join(groups, ' or ')})
    and ${keyIn(served, record)} is distinct from ${evidence}.id${hidden ? sql` and ${hidden}` : sql.blank}`;
  };
  const keys = orderKeys(build, served, null);
  const window = draft.slot(() => ({
    size: MAX_PAGE,
    offset: null,
    isBackward: false,
    isPast: false,
    keys,
    begins: () => null,
  }));
  const page = new Page(build, served, selected, window, { where: condition, isFiltered: true, isWhole: true });
  const given = draft.hole((filling) => evidenceSql(build, served, columns, selected, filling));
  return sql`(select concat('[', string_agg(${textOf(page.json())}, ',' order by ${evidence}.place), ']')
    from (${given}) as ${evidence})`;
}

function evidenceSql(
  build: GraphileBuild.Build,
  served: ServedObject,
  columns: readonly Column[],
  selected: Selected,
  filling: Filling,
): SQL {
  const given: Arguments = selected.args(filling);
  checkArguments(given, filling.maxRecords);
  return given.ids
    ? ofIds(build, served, columns, given.ids as string[])
    : ofRecords(served, columns, filling.prepared as readonly Row[]);
}

/** An id that means no record has no duplicates. */
function ofIds(
  build: GraphileBuild.Build,
  served: ServedObject,
  columns: readonly Column[],
  given: readonly string[],
): SQL {
  const record = sql.identifier(Symbol('record'));
  const ids = given.map((id) => checkedKey(served, id));
  const hidden = recordCondition(build, served, record, null);
  const values = columns.map(
    (column, i) =>
      sql`${telling(served, column, sql`${record}.${sql.identifier(column.name)}`)} as ${sql.identifier(`c${i}`)}`,
  );
  return sql`
    select given.place, given.id, ${sql.join(values, ', ')}
    from unnest(${keyList(served, ids)}) with ordinality as given (id, place)
    left join ${served.table.from as SQL} as ${record} on ${keyIn(served, record)} = given.id${
      hidden
        ? sql`
    and ${hidden}`
        : sql.blank
    }`;
}

function ofRecords(served: ServedObject, columns: readonly Column[], rows: readonly Row[]): SQL {
  const typeOf = ({ name }: Column) => served.table.codec.attributes[name].codec.sqlType as SQL;
  const json = rows.map((row, place) => ({
    place,
    id: row.get(served.key.column) ?? null,
    ...Object.fromEntries(columns.map(({ name }, i) => [`c${i}`, row.get(name) ?? null])),
  }));
  const definitions = columns.map((column, i) => sql`${sql.identifier(`c${i}`)} ${typeOf(column)}`);
  const values = columns.map(
    (column, i) => sql`${telling(served, column, sql`given.${sql.identifier(`c${i}`)}`)} as ${sql.identifier(`c${i}`)}`,
  );
  return sql`
    select given.place, given.id, ${sql.join(values, ', ')}
    from jsonb_to_recordset(${sql.value(JSON.stringify(json))}::jsonb) as given (place int, id ${keyType(served)},
      ${sql.join(definitions, ', ')})`;
}

/** The value, if it tells one record from others. */
function telling({ table }: ServedObject, { name, part }: Column, value: SQL): SQL {
  if (part.scalar !== 'String') return value;
  const { sqlType } = table.codec.attributes[name].codec;
  return sql`case when length(${value}::text) >= ${sql.literal(MIN_TEXT_LENGTH)} then ${value} end::${sqlType as SQL}`;
}

type Arguments = {
  readonly ids?: readonly (string | null)[] | null;
  readonly data?: readonly (Input | null)[] | null;
};

/** @throws PlinthError unless there are either ids or records, and not too many */
function checkArguments({ ids, data }: Arguments, maxRecords: number): void {
  if (ids && data) throw refuse('ARGS_CONFLICT', 'ids and data cannot be given together');
  const inputs = ids ?? data;
  if (!inputs) throw refuse('INVALID_QUERY_INPUT', 'Either ids or data must be given');
  if (data?.length === 0) throw refuse('INVALID_ARGS_DATA', 'data must have at least one record');
  if (inputs.length > maxRecords)
    throw refuse(
      'TOO_MANY_RECORDS_TO_UPDATE',
      `A request takes at most ${maxRecords} records; ${inputs.length} were sent`,
    );
  const missing = inputs.indexOf(null);
  if (missing >= 0)
    throw refuse('INVALID_ARGS_DATA', {
      message: `Record ${missing}: ${ids ? 'an id' : 'a record'} must not be null`,
      recordIndex: missing,
    });
}
