/** Runs one GraphQL operation of the core API: the one path that GraphQL and REST share. */

import type { Logger } from 'pino';
import { execute as grafastExecute } from 'postgraphile/grafast';
import { type GraphQLError, getVariableValues, Kind, type OperationDefinitionNode } from 'postgraphile/grafast/graphql';
import type { Database } from '../../db/pool.ts';
import { FORGOTTEN } from '../../db/prepared.ts';
import type { Identity } from '../../db/workspace-pool.ts';
import type { Author } from '../access/principal.ts';
import type { Turns } from '../access/turns.ts';
import { refuse } from '../errors.ts';
import { asWireError } from '../graphql/wire-errors.ts';
import type { Limits } from '../limits/limits.ts';
import type { Lap } from '../server-timing.ts';
import { inTransaction, queryClient, type WithClient } from './adaptor.ts';
import type { Alongside } from './alongside.ts';
import type { Answer } from './answers/answer.ts';
import { openStatements } from './answers/cache.ts';
import type { Running } from './answers/run.ts';
import type { Form } from './answers/selection.ts';
import { checkCost } from './cost.ts';
import { type Checked, openDocumentCache } from './document-cache.ts';
import { MAX_PAGE } from './plugins/pages.ts';
import { withoutPrototypes } from './prototype-names.ts';
import { ModelChanged, type Served, Ungranted } from './schema-cache.ts';
import type { Versioning } from './version.ts';
import type { Written } from './write.ts';

type Operation = {
  readonly served: Served;
  /** What serves those who may do everything: what is refused here and taken there, is refused to the role. */
  readonly whole?: () => Promise<Served>;
  readonly who: Identity;
  readonly author: Author;
  readonly source: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
  /** GET requests may only read. */
  readonly isReadOnly?: boolean;
  /** REST's own grammar bounds what it asks for. */
  readonly isUnlimited?: boolean;
  /** Where tables turn out to be others than those of `served`, throw `ModelChanged` instead of answering. */
  readonly mayBeStale?: boolean;
  /** Ends it early: its reason is the answer, and a mutation is rolled back. */
  readonly signal?: AbortSignal | undefined;
  readonly lap?: Lap;
  /** Of an operation on one record. */
  readonly versioning?: Versioning | undefined;
  /** What else is written in the transaction of a mutation. */
  readonly alongside?: Alongside | undefined;
  /** Where a query reads, if not on any connection: `inSnapshot`. */
  readonly snapshot?: WithClient;
  /** Records of a page, where another maximum counts than the public one. */
  readonly maxPage?: number;
  /** Records of a write, likewise. */
  readonly maxRecords?: number;
  /** How lists of records are written. */
  readonly form?: Form;
  /** Of a query with one root field: each of its records by itself, in the answer's `rows`. */
  readonly isRows?: boolean;
  /** Told what a mutation has written, before it commits. */
  readonly onWritten?: (written: Written) => void;
};

export type Execute = (operation: Operation) => Promise<Answer>;

/** Who is told of what is written. */
export type Listening = {
  isListening(schema: string): boolean;
  /** A mutation has come to its end there. */
  wrote(schema: string): void;
};

export type ExecuteOptions = {
  readonly database: Database;
  readonly log: Logger;
  readonly maxRecords: number;
  readonly limits: Limits;
  readonly turns: Pick<Turns, 'take'>;
  readonly listening?: Listening;
};

// Postgres doesn't know a table, a column, a type or an option that the GraphQL schema has; or lets nobody to what it
// has; or a change of the model and this operation waited for each other, and Postgres chose the operation to give way;
// or a prepared statement is of another model.
const STALE = new Set(['42P01', '42703', '42704', '22P02', '42501', '40P01', ...FORGOTTEN]);

// Enough for the first pages of a list in several orders; keys are compared as a whole, so long ones would cost more
// than they save.
const MAX_REPEATED = 8;
const MAX_KEY_CHARACTERS = 250;

/** @returns a function whose errors have the contract's form already (`extensions.code` and so on). */
export function openExecute({ database, log, maxRecords, limits, turns, listening }: ExecuteOptions): Execute {
  const documents = openDocumentCache(limits);
  const statements = openStatements();

  function checked({ served, source, operationName, isUnlimited = false }: Operation): Checked {
    return documents.read(served, { source, operationName, isUnlimited });
  }

  /** Would somebody without restrictions be let to what this asks for? @throws Ungranted unless it is certain */
  async function isRoleRefused({ whole, ...asked }: Operation): Promise<boolean> {
    const served = await whole?.();
    if (!served || served === asked.served) return false;
    const ready = checked({ ...asked, served });
    if ('refused' in ready) return false;
    const { variableDefinitions = [] } = ready.operation;
    if (getVariableValues(served.schema, variableDefinitions, asked.variables ?? {}).errors) return false;
    if (asked.mayBeStale) throw new Ungranted();
    return true;
  }

  return async function execute(asked) {
    const { served, who, author, isReadOnly, mayBeStale, alongside, versioning, signal, lap } = asked;
    const given = asked.variables ?? {};
    const variables = served.hasPrototypeNames ? withoutPrototypes(given) : given;
    const answer = (errors: readonly unknown[]) => errors.map((error) => asWireError(error, served, log));
    await turns.take(who.schema);
    const ready = checked(asked);
    lap?.('parse');
    if ('refused' in ready)
      return { errors: answer((await isRoleRefused(asked)) ? [refuse('PERMISSION_DENIED')] : ready.refused) };
    const { document, operation } = ready;
    const isMutation = operation.operation === 'mutation';
    try {
      if (isReadOnly && isMutation) throw refuse('METHOD_NOT_ALLOWED', 'A mutation needs POST');
      // An export, the only one with a page of its own, is asked for once.
      const key = isMutation || asked.maxPage !== undefined ? undefined : keyOf(variables);
      if (ready.isLimitedByVariables && !(key !== undefined && ready.affordable.has(key))) {
        checkCost(served.schema, document, operation, variables, limits);
        if (ready.affordable.size === MAX_REPEATED) ready.affordable.clear();
        if (key !== undefined) ready.affordable.add(key);
      }

      const run = async (withClient: WithClient): Promise<Answer> => {
        await turns.take(who.schema);
        const running: Running = {
          compiled: (coerced) => statements.compiled(served.schema, ready, coerced, asked),
          withClient,
          hasPrototypeNames: served.hasPrototypeNames,
          author,
          maxRecords: asked.maxRecords ?? maxRecords,
          maxPage: asked.maxPage ?? MAX_PAGE,
          key,
          versioning,
          onWritten: asked.onWritten,
        };
        const result = (await grafastExecute({
          schema: served.schema,
          document,
          variableValues: variables,
          operationName: operation.name?.value ?? null,
          contextValue: running,
          resolvedPreset: served.resolvedPreset,
        } as never)) as Answer;
        if (result.errors) signal?.throwIfAborted(); // what was cancelled says why
        if (mayBeStale && result.errors?.some(isStale)) throw new ModelChanged();
        if (result.errors?.some(isOfVariable) && (await isRoleRefused(asked))) throw refuse('PERMISSION_DENIED');
        return result.errors ? { ...result, errors: answer(result.errors) } : result;
      };
      const isHeard = isMutation && listening?.isListening(who.schema) === true;
      const actor = actorOf(author); // always: who listens is known within a second, and who wrote could not be told later
      const result = isMutation
        ? await inTransaction(database, who, { rootFields: rootFieldsOf(operation), alongside, signal, actor }, run)
        : await run(asked.snapshot ?? queryClient(database, who, signal));
      if (isHeard) listening?.wrote(who.schema);
      return result;
    } catch (error) {
      if (error instanceof ModelChanged) throw error;
      return { errors: answer([signal?.aborted ? signal.reason : error]) };
    } finally {
      lap?.('execute');
    }
  };
}

/** The variables as text, if it is short: longer ones hold values, which are others in the next request. */
function keyOf(variables: Readonly<Record<string, unknown>>): string | undefined {
  const key = JSON.stringify(variables);
  return key.length <= MAX_KEY_CHARACTERS ? key : undefined;
}

/** A key is nobody that events name. Contract: metadata.md 5 */
function actorOf({ userId, workspaceMemberId }: Author): string | null {
  return userId === undefined ? null : JSON.stringify({ userId, workspaceMemberId });
}

function isOfVariable({ message }: GraphQLError): boolean {
  return message.startsWith('Variable "$');
}

function isStale(error: GraphQLError): boolean {
  return STALE.has(String((error.originalError as { code?: unknown } | null)?.code));
}

/** Fields at the root of a mutation; a fragment there counts as several. */
function rootFieldsOf({ selectionSet }: OperationDefinitionNode): number {
  return selectionSet.selections.every(({ kind }) => kind === Kind.FIELD)
    ? selectionSet.selections.length
    : Number.POSITIVE_INFINITY;
}
