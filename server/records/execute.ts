/** Runs one GraphQL operation of the core API: the one path that GraphQL and REST share. */

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { execute as grafastExecute } from 'postgraphile/grafast';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'postgraphile/grafast/graphql';
import type { Database, Identity } from '../../db/pool.ts';
import { refuse } from '../errors.ts';
import { inTransaction, queryClient } from './adaptor.ts';
import type { Served } from './schema-cache.ts';
import { asWireError } from './wire-errors.ts';

/** Who writes, as far as records show it (`createdBy`). */
export type Author = { readonly source: string; readonly name: string; readonly workspaceMemberId: string | null };

type Operation = {
  readonly served: Served;
  readonly who: Identity;
  readonly author: Author;
  readonly source: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
  /** GET requests may only read. */
  readonly isReadOnly?: boolean;
};

export type Execute = (operation: Operation) => Promise<ExecutionResult>;

export type ExecuteOptions = { readonly database: Database; readonly log: Logger; readonly maxRecords: number };

// Parsed and validated operations kept for each GraphQL schema; clients send a few texts over and over.
const MAX_DOCUMENTS = 500;

type Checked = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

/** @returns a function whose errors have the contract's form already (`extensions.code` and so on). */
export function openExecute({ database, log, maxRecords }: ExecuteOptions): Execute {
  const documents = new WeakMap<Served, LRUCache<string, Checked>>();

  function checked(served: Served, source: string): Checked {
    let known = documents.get(served);
    if (!known) {
      known = new LRUCache({ max: MAX_DOCUMENTS });
      documents.set(served, known);
    }
    let result = known.get(source);
    if (!result) {
      result = check(served, source);
      known.set(source, result);
    }
    return result;
  }

  return async function execute({ served, who, author, source, variables, operationName, isReadOnly }) {
    const ready = checked(served, source);
    if ('errors' in ready) return { errors: ready.errors.map((error) => asWireError(error, served, log)) };
    const operation = getOperationAST(ready.document, operationName);
    if (!operation)
      return {
        errors: [
          asWireError(
            refuse(
              'BAD_REQUEST',
              operationName
                ? `There is no operation named "${operationName}"`
                : 'Several operations: say which one with operationName',
            ),
            served,
            log,
          ),
        ],
      };
    if (isReadOnly && operation.operation !== 'query') throw refuse('METHOD_NOT_ALLOWED', 'A mutation needs POST');

    const run = async (withPgClient: unknown) =>
      (await grafastExecute({
        schema: served.schema,
        document: ready.document,
        variableValues: variables ?? {},
        operationName: operationName ?? null,
        contextValue: { withPgClient, pgSettings: null, author, maxRecords },
        resolvedPreset: served.resolvedPreset,
      } as any)) as ExecutionResult;

    try {
      const result =
        operation.operation === 'mutation'
          ? await inTransaction(database, who, rootFieldsOf(operation), run)
          : await run(queryClient(database, who));
      if (!result.errors) return result;
      return { ...result, errors: result.errors.map((error) => asWireError(error, served, log)) };
    } catch (error) {
      return { errors: [asWireError(error, served, log)] };
    }
  };
}

/** Fields at the root of a mutation; a fragment there counts as several. */
function rootFieldsOf({ selectionSet }: OperationDefinitionNode): number {
  return selectionSet.selections.every(({ kind }) => kind === Kind.FIELD)
    ? selectionSet.selections.length
    : Number.POSITIVE_INFINITY;
}

function check({ schema }: Served, source: string): Checked {
  let document: DocumentNode;
  try {
    document = parse(source, { maxTokens: 20_000 });
  } catch (error) {
    return { errors: [error as GraphQLError] };
  }
  const errors = validate(schema, document);
  return errors.length > 0 ? { errors } : { document };
}
