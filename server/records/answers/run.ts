/**
 * Runs a compiled operation: a query is one statement, of a mutation each root field is a write and the select of what
 * it wrote.
 */

import pg from 'pg';
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'postgraphile/grafast/graphql';
import type { Author } from '../../access/principal.ts';
import { PlinthError, refuse } from '../../errors.ts';
import { answerTooLarge } from '../../limits/answer.ts';
import type { RecordClient } from '../adaptor.ts';
import { withoutPrototypes } from '../prototype-names.ts';
import { type Versioning, withoutVersion } from '../version.ts';
import type { Written } from '../write.ts';
import type { Answer } from './answer.ts';
import { coercedVariables } from './coercion.ts';
import { type Compiled, type Root, TOO_LARGE } from './compile.ts';
import type { RootAnswer } from './roots.ts';
import type { Filling } from './statement.ts';

/** What an operation needs of its request; it travels as GraphQL's context. */
export type Running = {
  /** The operation, compiled for these values of the variables that decide what is selected. */
  readonly compiled: (variables: Variables) => Compiled;
  /** Runs `use` on a connection that is the caller's workspace and role. */
  readonly withClient: <T>(use: (client: RecordClient) => Promise<T>) => Promise<T>;
  /** `prototype-names.ts` */
  readonly hasPrototypeNames: boolean;
  readonly author: Author;
  readonly maxRecords: number;
  readonly maxPage: number;
  /** Of a query: tells its variables apart from others, where they are short. */
  readonly key?: string | undefined;
  readonly versioning?: Versioning | undefined;
  /** Told what a mutation has written, before it commits. */
  readonly onWritten?: ((written: Written) => void) | undefined;
};

type Variables = Readonly<Record<string, unknown>>;

export type Operation = {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Variables;
  readonly running: Running;
  /** Answers the fields of GraphQL's own: `__schema`, `__type`. */
  readonly introspect: (
    document: DocumentNode,
  ) => Promise<{ readonly data?: Readonly<Record<string, unknown>> | null }>;
};

// query_canceled, and what says that the connection or the database is gone: whoever else is asked says the same.
const OF_ALL = /^(57|08)/;

const NO_DEFINITIONS = Object.freeze([]);

export async function runOperation(asked: Operation): Promise<Answer> {
  const { schema, document, operation, running } = asked;
  const { coerced, errors } = coercedVariables(
    schema,
    operation.variableDefinitions ?? NO_DEFINITIONS,
    asked.variables,
  );
  if (errors) return { errors };
  const { maxPage, maxRecords, key } = running;
  const variables = running.hasPrototypeNames ? withoutPrototypes(coerced) : coerced;
  const filling: Filling = { variables, maxPage, maxRecords, key };
  const compiled = running.compiled(variables);
  const outcome = new Outcome(compiled);
  if (operation.operation === 'mutation') {
    for (const root of compiled.roots)
      await answerRoot(root, root.answer && (() => write(root, filling, running)), outcome);
  } else await answerQuery(compiled, filling, running, outcome);
  const introspected = compiled.roots.filter(({ answer, selected }) => !answer && selected.name !== '__typename');
  if (introspected.length > 0) {
    const nodes = introspected.flatMap((root) => root.nodes);
    const { data } = await asked.introspect(onlyThese(document, operation, nodes));
    for (const { key } of introspected) outcome.set(key, JSON.stringify(data?.[key] ?? null));
  }
  return outcome.answer();
}

/** Values of the root fields, and what is wrong with them. */
class Outcome {
  readonly #values: Map<string, string>;
  readonly #errors: GraphQLError[] = [];
  #rows: readonly string[] | undefined;

  constructor({ roots }: Compiled) {
    // All keys first: the order of the answer is that of the operation.
    this.#values = new Map(
      roots.map(({ key, selected, typeName }) => [
        key,
        selected.name === '__typename' ? JSON.stringify(typeName) : 'null',
      ]),
    );
  }

  set(key: string, json: string): void {
    this.#values.set(key, json);
  }

  setRows(rows: readonly string[]): void {
    this.#rows = rows;
  }

  refuse({ key, nodes }: Root, error: unknown): void {
    const cause = isTooLarge(error) ? answerTooLarge() : (error as Error);
    this.#errors.push(new GraphQLError(cause.message, { nodes, path: [key], originalError: cause }));
  }

  answer(): Answer {
    return {
      data: this.#values,
      ...(this.#errors.length > 0 && { errors: this.#errors }),
      ...(this.#rows && { rows: this.#rows }),
    };
  }
}

/** Texts of more than a gigabyte Postgres cannot make: program_limit_exceeded of a list, or no memory for a text. */
function isTooLarge(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  return error.routine === 'enlargeStringInfo' || error.message.startsWith('invalid memory alloc request size');
}

async function answerRoot(
  root: Root,
  ask: (() => Promise<string | null>) | undefined,
  outcome: Outcome,
): Promise<void> {
  if (!ask) return;
  try {
    outcome.set(root.key, shown(root, await ask()));
  } catch (error) {
    outcome.refuse(root, error);
  }
}

/** @throws PlinthError for nothing where there must be something, and for too much */
function shown({ answer }: Root, json: string | null): string {
  const { whenNone } = answer as RootAnswer;
  if (json === TOO_LARGE) throw answerTooLarge();
  if (json === null && whenNone) throw refuse(whenNone);
  return json ?? 'null';
}

async function answerQuery(compiled: Compiled, filling: Filling, running: Running, outcome: Outcome): Promise<void> {
  const { whole } = compiled;
  const roots = compiled.roots.filter(({ answer }) => answer);
  if (!whole) return;
  if (!roots.some(({ answer }) => answer?.prepare)) {
    try {
      const rows = await running.withClient((client) => client.ask(whole.fill(filling)));
      const [texts = []] = rows;
      if (roots.length === 1 && roots[0]?.answer?.rows) outcome.setRows(rows.map(([text]) => text as string));
      for (const [i, root] of roots.entries())
        await answerRoot(root, async () => versioned(texts[i] ?? null, running), outcome);
      return;
    } catch (error) {
      if (roots.length === 1 || isOfAll(error)) {
        for (const root of roots) outcome.refuse(root, error);
        return;
      }
      // Each answers for itself, so that what is wrong with one is no other's loss.
    }
  }
  for (const root of roots) await answerRoot(root, () => read(root, filling, running), outcome);
}

function isOfAll(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return OF_ALL.test(error.code ?? '');
  return !(error instanceof PlinthError);
}

async function read(root: Root, filling: Filling, running: Running): Promise<string | null> {
  const { prepare } = root.answer as RootAnswer;
  const prepared =
    prepare && (await running.withClient((client) => prepare(requestOf(root, filling, running), client)));
  const asked = prepare ? { ...filling, prepared, key: undefined } : filling;
  const [row] = await running.withClient((client) => client.ask(root.statement().fill(asked)));
  return versioned(row?.[0] ?? null, running);
}

async function write(root: Root, filling: Filling, running: Running): Promise<string | null> {
  const change = (root.answer as RootAnswer).write as NonNullable<RootAnswer['write']>;
  const request = requestOf(root, filling, running);
  const row = await running.withClient(async (client) => {
    const ask = (written: Written) => client.ask(root.statement().fill({ ...filling, written }));
    const tell = (written: Written) => running.onWritten?.(written);
    let asked: ReturnType<RecordClient['ask']> | undefined;
    /** The answer and the commit travel with the write. */
    const follow = async (written: Written) => {
      tell(written);
      asked = ask(written);
      client.commit?.();
      await asked;
    };
    const written = await change(request, client, client.commit && follow);
    if (!asked) tell(written);
    const [first] = await (asked ?? ask(written));
    return first;
  });
  return versioned(row?.[0] ?? null, running);
}

function requestOf({ selected }: Root, filling: Filling, { author, maxRecords, versioning }: Running) {
  return { args: selected.args(filling), author, maxRecords, versioning };
}

function versioned(text: string | null, { versioning }: Running): string | null {
  return text !== null && versioning ? withoutVersion(text, versioning) : text;
}

/** The document with an operation of these root fields alone. */
function onlyThese(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  selections: readonly FieldNode[],
): DocumentNode {
  const only = { ...operation, selectionSet: { kind: Kind.SELECTION_SET as const, selections } };
  return { ...document, definitions: document.definitions.map((each) => (each === operation ? only : each)) };
}
