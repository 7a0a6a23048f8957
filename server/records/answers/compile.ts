/**
 * An operation as statements: one for all that a query asks, one for each root field of a mutation. Compiled once,
 * filled often.
 */

import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'postgraphile/grafast/graphql';
import { type SQL, sql } from '../../../db/sql.ts';
import { MAX_ANSWER_CHARACTERS } from '../../limits/limits.ts';
import type { RootAnswer } from './roots.ts';
import { type Form, fragmentsOf, type Scope, type Selected, selectedIn } from './selection.ts';
import { Draft, type Statement } from './statement.ts';

export type Options = {
  readonly form: Form;
  /** Puts the version of the record before its JSON, and a line break between them. */
  readonly isVersioned: boolean;
  /** Each record by itself, a row of text. */
  readonly isRows: boolean;
  /** Values of the variables that decide what is selected. */
  readonly choices: Readonly<Record<string, unknown>>;
};

/** A root field, with the statement of its own. */
export type Root = {
  readonly key: string;
  readonly nodes: readonly FieldNode[];
  readonly selected: Selected;
  /** What plugins say of it; of `__typename` and introspection, which have no SQL, undefined. */
  readonly answer: RootAnswer | undefined;
  readonly typeName: string;
  /** Compiled when it is first asked for: of a query with several root fields that is seldom. */
  readonly statement: () => Statement;
};

export type Compiled = {
  readonly roots: readonly Root[];
  /** A query's columns are those of its root fields that have SQL, in their order; null where there is none. */
  readonly whole: Statement | null;
  /** About as much memory as it takes, in bytes. */
  readonly size: number;
};

/** What Postgres sends in place of a text that is too large for an answer; no JSON begins so. */
export const TOO_LARGE = '!';

// Of a mutation the statements are made later, when it is first run.
const BYTES_OF_MUTATION = 20_000;
const BYTES_OF_ROOT = 2_000;

export function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  options: Options,
): Compiled {
  const type = schema.getRootType(operation.operation);
  if (!type) throw new Error(`There is no ${operation.operation} in the schema`);
  const fragments = fragmentsOf(document);
  const rootsIn = (draft: Draft): Selected[] => {
    const { form, isVersioned, choices } = options;
    const scope: Scope = { draft, fragments, choices, form, isVersioned };
    const roots = selectedIn(scope, [operation.selectionSet], type);
    // What was written or looked up is another each time, also where the text says all of its values.
    if (roots.some(({ definition }) => definition?.extensions.root?.write ?? definition?.extensions.root?.prepare))
      draft.isConstant = false;
    return roots;
  };
  const rootOf = (selected: Selected, place: number): Root => ({
    key: selected.key,
    nodes: selected.nodes,
    selected,
    answer: selected.definition?.extensions.root,
    typeName: type.name,
    statement: once(() => {
      const draft = new Draft();
      return draft.finish(statementOf([rootsIn(draft)[place] as Selected], options));
    }),
  });
  const draft = new Draft();
  const selected = rootsIn(draft);
  const answered = selected.filter(({ definition }) => definition?.extensions.root);
  const isQuery = operation.operation === 'query';
  const whole = isQuery && answered.length > 0 ? draft.finish(statementOf(answered, options)) : null;
  return {
    roots: selected.map(rootOf),
    whole,
    size: (whole?.size ?? BYTES_OF_MUTATION) + BYTES_OF_ROOT * selected.length,
  };
}

function statementOf(roots: readonly Selected[], { isRows }: Options): SQL {
  const answerOf = ({ definition }: Selected) => definition?.extensions.root as RootAnswer;
  const [first] = roots as [Selected];
  const { rows } = answerOf(first);
  if (isRows && rows) return rows(first);
  const columns = roots.map((root, i) => sql`${answerOf(root).select(root)} as ${sql.identifier(`f${i}`)}`);
  const lengths = roots.map((_, i) => sql`coalesce(octet_length(${sql.identifier(`f${i}`)}), 0)`);
  const bounded = roots.map((_, i) => {
    const text = sql.identifier(`f${i}`);
    return sql`case when ${sql.join(lengths, ' + ')} <= ${sql.literal(MAX_ANSWER_CHARACTERS)} then ${text}
    else ${sql.literal(TOO_LARGE)} end`;
  });
  // `offset 0` keeps Postgres from computing the texts once more for their lengths.
  return sql`select ${sql.join(bounded, ', ')} from (select ${sql.join(columns, ', ')} offset 0) as answer`;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Names of the variables that `@include` and `@skip` of an operation ask for. */
export function choicesOf({ definitions }: DocumentNode): string[] {
  const names = new Set<string>();
  const look = (selections: readonly SelectionNode[]) => {
    for (const selection of selections) {
      for (const directive of selection.directives ?? []) {
        for (const { value } of directive.arguments ?? [])
          if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) look(selection.selectionSet.selections);
    }
  };
  for (const definition of definitions) if ('selectionSet' in definition) look(definition.selectionSet.selections);
  return [...names].sort();
}
