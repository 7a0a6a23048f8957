/**
 * Adds to Query, for each object that has duplicate criteria:
 *
 *   companyDuplicates(ids: [UUID], data: [CompanyCreateInput]): [CompanyConnection!]
 *
 * One connection an input, in order; whatever their number, one statement finds the records and one counts them.
 * Contract: core.md 2.14.
 */

import { type PgSelectStep, pgSelect, TYPES } from 'postgraphile/@dataplan/pg';
import {
  access,
  ConnectionStep,
  constant,
  context,
  type FieldArgs,
  object,
  ExecutableStep as Step,
} from 'postgraphile/grafast';
import { type SQL, sql } from 'postgraphile/pg-sql2';
import { compiled } from '../../../db/sql.ts';
import { columnsFor, type ServedObject } from '../../catalog/to-model.ts';
import { refuse } from '../../errors.ts';
import { canonicalKey } from '../../model/keys.ts';
import { type Column, criteriaOf, may } from '../../model/model.ts';
import { type Input, rowsOf } from '../given-records.ts';
import { checkedKey, keyIn, keyList, selectedKey } from '../keys.ts';
import { MAX_PAGE } from './connections.ts';
import { recordCondition } from './filters.ts';
import { applyOrder } from './paging.ts';
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
            .map((served): [string, any] => [`${served.object.nameSingular}Duplicates`, duplicates(build, served)])
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
  return {
    type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(connection))),
    description: 'For each of the ids, or of the records given, those that look like the same.',
    args: {
      ids: { type: new GraphQLList(keyGraphQLType(build, served)) },
      ...(may(served.object, 'create') && { data: { type: new GraphQLList(build.getInputTypeByName(createInput)) } }),
    },
    plan: (_$root: unknown, args: FieldArgs) =>
      new EvidenceStep(
        build,
        served,
        criteriaColumns(served),
        object({ ids: args.getRaw('ids'), data: may(served.object, 'create') ? args.getRaw('data') : constant(null) }),
      ),
  };
}

/** What one input has of the criteria: a text for each of their columns, null where it says nothing. */
type Evidence = { readonly id: string | null; readonly values: readonly (string | null)[] };

/** What is known of each input; as a list, the connections of their duplicates. */
class EvidenceStep extends Step<readonly Evidence[]> {
  static $$export = { moduleName: 'plinth', exportName: 'EvidenceStep' };
  override isSyncAndSafe = false; // it reads the records of the ids
  readonly #build: GraphileBuild.Build;
  readonly #served: ServedObject;
  readonly #criteria: readonly Column[][];

  constructor(build: GraphileBuild.Build, served: ServedObject, criteria: readonly Column[][], $input: Step) {
    super();
    this.#build = build;
    this.#served = served;
    this.#criteria = criteria;
    this.addDependency($input);
    this.addDependency(context());
  }

  listItem($evidence: Step) {
    const { table, key } = this.#served;
    const $select = pgSelect({ resource: table, identifiers: [] }) as PgSelectStep;
    const { alias } = $select;
    let place = 0;
    const groups = this.#criteria.map((columns) => {
      const equal = columns.map(({ name }): SQL => {
        const value = $select.placeholder(access($evidence, ['values', place++]), TYPES.text as any);
        return sql`${alias}.${sql.identifier(name)} = ${value}::${table.codec.attributes[name].codec.sqlType}`;
      });
      return sql`(${sql.join(equal, ' and ')})`;
    });
    $select.where(sql`(${sql.join(groups, ' or ')})`);
    $select.where(
      sql`${keyIn(this.#served, alias)} is distinct from ${$select.placeholder(access($evidence, 'id'), key.codec as any)}`,
    );
    const hidden = recordCondition(this.#build, this.#served, alias, null);
    if (hidden) $select.where(hidden);
    applyOrder(this.#build, this.#served, $select, constant(null));
    const $all = new WholeConnection($select as any);
    $all.setFirst(MAX_PAGE);
    return $all;
  }

  override execute({ indexMap, values: [inputs, contexts] }: any) {
    return indexMap(async (i: number) => {
      const { withPgClient, maxRecords } = contexts.at(i);
      const given: Arguments = inputs.at(i);
      const { ids, data } = given;
      checkArguments(given, maxRecords);
      if (ids?.length === 0) return [];
      return withPgClient(null, (client: any) =>
        ids ? this.#ofIds(ids as string[], client) : this.#ofRecords(data as Input[], client),
      );
    });
  }

  /** An id that means no record has no duplicates. */
  async #ofIds(given: readonly string[], client: any): Promise<Evidence[]> {
    const { table, key } = this.#served;
    const ids = given.map((id) => checkedKey(this.#served, id));
    const columns = this.#criteria.flat();
    const record = sql.identifier(Symbol('record'));
    const texts = columns.map(({ name }) => sql`${record}.${sql.identifier(name)}::text`);
    const hidden = recordCondition(this.#build, this.#served, record, null);
    const { rows } = await client.query(
      compiled(sql`
        select ${selectedKey(this.#served, record)}, array[${sql.join(texts, ', ')}] as values
        from ${table.from as SQL} as ${record}
        where ${keyIn(this.#served, record)} = any (${keyList(this.#served, ids)})${hidden ? sql` and ${hidden}` : sql.blank}`),
    );
    const byId = new Map<string, (string | null)[]>(rows.map((row: any) => [row.id, row.values]));
    return ids.map((id) => ({
      id,
      values: columns.map((column, i) => telling(column, byId.get(canonicalKey(key.type, id))?.[i])),
    }));
  }

  async #ofRecords(records: readonly Input[], client: any): Promise<Evidence[]> {
    const rows = await rowsOf(this.#build, this.#served, records, true, client);
    return rows.map((row) => ({
      id: (row.get(this.#served.key.column) as string | undefined) ?? null,
      values: this.#criteria.flat().map((column) => telling(column, row.get(column.name))),
    }));
  }
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

/** The value as Postgres writes it, if it tells one record from others. */
function telling({ part }: Column, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return part.scalar === 'String' && text.length < MIN_TEXT_LENGTH ? null : text;
}

/** Has one page and no arguments to ask for another, so nothing says that more follows. Contract: core.md 2.14 */
class WholeConnection extends ConnectionStep<any, any, any, any, any> {
  static override $$export = { moduleName: 'plinth', exportName: 'WholeConnection' };

  override setNeedsHasMore(): void {
    // The page is fetched, without the one more record that would say so; the types call that private.
    (this as unknown as { setupSubplanWithPagination(): void }).setupSubplanWithPagination();
  }
}
