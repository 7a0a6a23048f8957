/**
 * Operations that were read before: clients send a few texts over and over. Bounded by the memory they take, for all
 * models together.
 */

import { LRUCache } from 'lru-cache';
import type { DocumentNode, OperationDefinitionNode } from 'postgraphile/grafast/graphql';
import { refuse } from '../errors.ts';
import { readDocument } from '../limits/document.ts';
import type { Limits } from '../limits/limits.ts';
import { checkCost } from './cost.ts';
import type { Served } from './schema-cache.ts';

export type Ready = {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** How many rows it may ask for depends on its variables. */
  readonly isLimitedByVariables: boolean;
  readonly selections: number;
  /** Keys of variables with which it was found to ask for few enough rows. */
  readonly affordable: Set<string>;
};

/** What is refused is not kept: nobody sends it over and over, and each could be another. */
export type Checked = Ready | { readonly refused: readonly unknown[] };

type Given = {
  readonly source: string;
  readonly operationName: string | undefined;
  /** Of our own making. */
  readonly isUnlimited: boolean;
};

// Some 10,000 operations of a page with its relations. One that is not in it is read and validated anew, in a few
// milliseconds.
const MAX_BYTES = 100_000_000;

// Measured: 850 bytes of a selection and its place in the text.
const BYTES_OF_SELECTION = 1_000;
const BYTES_OF_DOCUMENT = 5_000;

// A longer one is not kept: what makes a document long are values, which are others in the next.
const MAX_CHARACTERS = 50_000;

export function openDocumentCache(limits: Limits) {
  const known = new LRUCache<string, Ready>({ maxSize: MAX_BYTES, sizeCalculation: bytesOf });

  return {
    read(served: Served, { source, operationName, isUnlimited }: Given): Checked {
      const key = `${served.fingerprint} ${isUnlimited} ${operationName ?? ''}\n${source}`;
      const ready = known.get(key);
      if (ready) return ready;
      const checked = check(served, { source, operationName, isUnlimited });
      if (!('refused' in checked) && source.length <= MAX_CHARACTERS) known.set(key, checked);
      return checked;
    },
  };

  /** All that can be said of an operation's text, once. */
  function check({ schema }: Served, { source, operationName, isUnlimited }: Given): Checked {
    const read = readDocument(schema, { source, operationName }, isUnlimited ? null : limits);
    if ('refused' in read) return read;
    const { document, operation, selections } = read;
    try {
      if (operation.operation === 'subscription')
        throw refuse('BAD_REQUEST', 'Subscriptions require a WebSocket; see docs/streams.md');
      const { dependsOnVariables } = isUnlimited
        ? { dependsOnVariables: false }
        : checkCost(schema, document, operation, {}, limits);
      return { document, operation, selections, isLimitedByVariables: dependsOnVariables, affordable: new Set() };
    } catch (error) {
      return { refused: [error] };
    }
  }
}

function bytesOf({ selections }: Ready, key: string): number {
  return BYTES_OF_DOCUMENT + selections * BYTES_OF_SELECTION + 2 * key.length;
}
