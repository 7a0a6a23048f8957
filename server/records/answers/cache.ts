/**
 * Statements that were compiled before. Bounded by the memory they take, for all models together. They hold on to the
 * schema of their model, so they are kept with it: when a schema is dropped, its statements go too.
 */

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

/**
 * What is known of a document that is kept elsewhere: its name in the keys, and the variables that choose what is
 * selected.
 */
type Known = { readonly number: number; readonly choices: readonly string[] };

export function openStatements() {
  const bySchema = new WeakMap<GraphQLSchema, Map<string, Compiled>>();
  // Refers weakly to the maps above: this is a list of what was used when, and keeps no schema alive.
  const used = new LRUCache<string, WeakRef<Map<string, Compiled>>>({
    maxSize: MAX_BYTES,
    dispose: (statements, key) => statements.deref()?.delete(key),
  });
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
      let statements = bySchema.get(schema);
      if (!statements) {
        statements = new Map();
        bySchema.set(schema, statements);
      }
      const known = used.get(key) && statements.get(key);
      if (known) return known;
      const options: Options = {
        form,
        isRows,
        isVersioned,
        choices: Object.fromEntries(choices.map((name, i) => [name, chosen[i]])),
      };
      const compiled = compile(schema, ready.document, ready.operation, options);
      used.set(key, new WeakRef(statements), { size: compiled.size });
      statements.set(key, compiled);
      return compiled;
    },
  };
}
