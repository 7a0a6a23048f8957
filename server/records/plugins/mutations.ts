/**
 * Adds to Mutation, for each object:
 *
 *   createCompany(data, upsert): Company           createCompanies(data, upsert): [Company!]
 *   updateCompany(id, data): Company               updateCompanies(data, filter): [Company!]
 *   deleteCompany(id): Company                     deleteCompanies(filter): [Company!]      (soft)
 *   destroyCompany(id): Company                    destroyCompanies(filter): [Company!]
 *   restoreCompany(id): Company                    restoreCompanies(filter): [Company!]
 *
 * Contract: core.md 2.2, 2.3, 2.17–2.20. Each is a write step, then a read of what it wrote by the plans that queries use.
 */

import { listOfCodec, type PgClient, type PgSelectStep, pgSelect, TYPES } from 'postgraphile/@dataplan/pg';
import { access, context, type FieldArgs, object, ExecutableStep as Step } from 'postgraphile/grafast';
import { sql } from 'postgraphile/pg-sql2';
import type { ServedObject } from '../../catalog/to-model.ts';
import { may } from '../../model/model.ts';
import { upperFirst } from '../../model/names.ts';
import { keyIn } from '../keys.ts';
import { tellVersion } from '../version.ts';
import { type Write, type Written, write } from '../write.ts';
import { found } from './found.ts';
import { keyGraphQLType } from './record-types.ts';
import { typeNames } from './served-objects.ts';

export const MutationsPlugin: GraphileConfig.Plugin = {
  name: 'MutationsPlugin',
  version: '1.0.0',
  description: 'Adds create, update, delete, destroy and restore, of one record and of many',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { isRootMutation } }) {
        if (!isRootMutation) return fields;
        const own = Object.fromEntries(build.servedObjects.flatMap((served) => mutationsOf(build, served)));
        return build.extend(fields, own, 'MutationsPlugin adds the mutations');
      },
    },
  },
};

function mutationsOf(build: GraphileBuild.Build, served: ServedObject): [string, any][] {
  const { GraphQLNonNull, GraphQLList, GraphQLBoolean } = build.graphql;
  const names = typeNames(served);
  const required = (name: string) => new GraphQLNonNull(build.getInputTypeByName(name)) as any;
  const record = build.getOutputTypeByName(names.record);
  const records = new GraphQLList(new GraphQLNonNull(record));
  const one = upperFirst(served.object.nameSingular);
  const many = upperFirst(served.object.namePlural);
  const id = { type: new GraphQLNonNull(keyGraphQLType(build, served)) };
  const filter = { type: required(names.filterInput) };
  const upsert = { type: GraphQLBoolean };

  const field = (kind: Write['kind'], isMany: boolean, args: Record<string, { type: any }>) => ({
    type: isMany ? records : record,
    args,
    plan: (_$root: unknown, given: FieldArgs) => planWrite(build, served, kind, isMany, Object.keys(args), given),
  });
  const { object } = served;
  const canUpsert: Record<string, { type: any }> = may(object, 'update') ? { upsert } : {};
  return [
    ...(may(object, 'create')
      ? [
          [`create${one}`, field('create', false, { data: { type: required(names.createInput) }, ...canUpsert })],
          [
            `create${many}`,
            field('create', true, {
              data: { type: new GraphQLNonNull(new GraphQLList(required(names.createInput))) },
              ...canUpsert,
            }),
          ],
        ]
      : []),
    ...(may(object, 'update')
      ? [
          [`update${one}`, field('update', false, { id, data: { type: required(names.updateInput) } })],
          [`update${many}`, field('update', true, { data: { type: required(names.updateInput) }, filter })],
        ]
      : []),
    ...(['delete', 'destroy', 'restore'] as const)
      .filter((kind) => may(object, kind === 'restore' ? 'delete' : kind))
      .flatMap((kind) => [
        [`${kind}${one}`, field(kind, false, { id })],
        [`${kind}${many}`, field(kind, true, { filter })],
      ]),
  ] as [string, any][];
}

function planWrite(
  build: GraphileBuild.Build,
  served: ServedObject,
  kind: Write['kind'],
  isMany: boolean,
  names: string[],
  args: FieldArgs,
) {
  const $input = object(Object.fromEntries(names.map((name) => [name, args.getRaw(name)])));
  const $written = new WriteStep<Write>(
    (request, client) => write(build, served, { ...request, kind, isMany }, client),
    $input,
  );
  if (kind === 'destroy') return isMany ? readRows(served, $written) : found(readRows(served, $written));
  const $select = readWritten(served, $written);
  return isMany ? $select : tellVersion(served, found($select));
}

/** The records of the written ids, in their order: that of the input. */
function readWritten(served: ServedObject, $written: Step): PgSelectStep {
  const { table, key } = served;
  const $ids = access($written, 'ids');
  const $select = pgSelect({ resource: table, identifiers: [] }) as PgSelectStep;
  const ids = $select.placeholder($ids, listOfCodec(key.codec as any) as any);
  $select.where(sql`${keyIn(served, $select.alias)} = any (${ids})`);
  $select.orderBy({
    fragment: sql`array_position(${ids}, ${keyIn(served, $select.alias)})`,
    codec: TYPES.int,
    direction: 'ASC',
    nullable: false,
  } as any);
  return $select;
}

/** Records that no table has, from the rows that a write says they are, so that they can be selected like any others. */
export function readRows({ table }: ServedObject, $written: Step): PgSelectStep {
  const from = (rows: { placeholder: any }) =>
    sql`jsonb_populate_recordset(null::${table.codec.sqlType}, ${rows.placeholder}::jsonb)`;
  return pgSelect({
    resource: table,
    identifiers: [],
    args: [{ step: access($written, 'rows'), pgCodec: TYPES.text }],
    from: from as any,
  }) as PgSelectStep;
}

/** Runs a write once, with the arguments, the author and the limit of the request. */
export class WriteStep<Request> extends Step<Written> {
  static $$export = { moduleName: 'plinth', exportName: 'WriteStep' };
  readonly #run: (request: Request, client: PgClient) => Promise<Written>;

  constructor(run: (request: Request, client: PgClient) => Promise<Written>, $input: Step) {
    super();
    this.hasSideEffects = true;
    this.isSyncAndSafe = false; // it waits for the database
    this.#run = run;
    this.addDependency($input);
    this.addDependency(context());
  }

  override deduplicate() {
    return [];
  }

  override execute({ indexMap, values: [inputs, contexts] }: any) {
    return indexMap(async (i: number) => {
      const { withPgClient, author, maxRecords, versioning, onWritten } = contexts.at(i);
      const request = { ...inputs.at(i), author, maxRecords, versioning };
      const written: Written = await withPgClient(null, (client: PgClient) => this.#run(request, client));
      onWritten?.(written);
      return written;
    });
  }
}
