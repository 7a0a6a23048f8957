/** Statements that were compiled before. Bounded by the memory they take, for all models together. */

import { LRUCache } from 'lru-cache';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'postgraphile/grafast/graphql';
import type { Versioning } from '../version.ts';
import { type Compiled, choicesOf, compile, type Options } from './compile.ts';
import type { Form } from './selection.ts';

// Some 5,000 operations of a page with its relations.
const MAX_BYTES = 100_000_000;

type Ready = { readonly document: DocumentNode; readonly operation: OperationDefinitionNode };

type Asked = {
  readonly form?: Form;
  readonly isRows?: boolean;
  readonly versioning?: Versioning | undefined;
};

/** What is known of a document that is kept elsewhere: its name in the keys, and the variables that choose what is selected. */
type Known = { readonly number: number; readonly choices: readonly string[] };

export function openStatements() {
  const kept = new LRUCache<string, Compiled>({ maxSize: MAX_BYTES, sizeCalculation: ({ size }) => size });
  const documents = new WeakMap<Ready, Known>();
  let next = 1;

  function knownOf(ready: Ready): Known {
    let known = documents.get(ready);
    if (!known) {
      known = { number: next++, choices: choicesOf(ready.document) };
      documents.set(ready, known);
    }
    return known;
  }

  return {
    compiled(
      schema: GraphQLSchema,
      ready: Ready,
      variables: Readonly<Record<string, unknown>>,
      { form = 'connections', isRows = false, versioning }: Asked,
    ): Compiled {
      const { number, choices } = knownOf(ready);
      const isVersioned = versioning !== undefined;
      const chosen = choices.map((name) => variables[name]);
      const key = `${number} ${form} ${isRows} ${isVersioned} ${chosen}`;
      const known = kept.get(key);
      if (known) return known;
      const options: Options = {
        form,
        isRows,
        isVersioned,
        choices: Object.fromEntries(choices.map((name, i) => [name, chosen[i]])),
      };
      const compiled = compile(schema, ready.document, ready.operation, options);
      kept.set(key, compiled);
      return compiled;
    },
  };
}
