/** How a root field is answered: by a select of its own, after a write of its own where it is a mutation. */

import type { PgClient } from 'postgraphile/@dataplan/pg';
import type { SQL } from '../../../db/sql.ts';
import type { Author } from '../../access/principal.ts';
import type { ErrorCode } from '../../errors.ts';
import type { GivenFields } from '../../given.ts';
import type { Versioning } from '../version.ts';
import type { Follow, Written } from '../write.ts';
import type { Selected } from './selection.ts';

export type RootAnswer = {
  /** An expression: the text of the field's JSON, null where there is nothing. */
  readonly select: (selected: Selected) => SQL;
  /** What the field refuses with where there is nothing; without it, null is its value. */
  readonly whenNone?: ErrorCode;
  /** A statement that gives the text of each record by itself, for what is too much to be held. */
  readonly rows?: (selected: Selected) => SQL;
  /** Of a mutation: comes before the select, which reads what was written. */
  readonly write?: (request: WriteRequest, client: PgClient, follow?: Follow) => Promise<Written>;
  /** Of a query that must look something up before its select can be filled. */
  readonly prepare?: (request: WriteRequest, client: PgClient) => Promise<unknown>;
};

/** The arguments of a root field, and what of its request counts for it. */
type WriteRequest = {
  readonly args: GivenFields;
  readonly author: Author;
  readonly maxRecords: number;
  readonly versioning?: Versioning | undefined;
};

declare module 'graphql' {
  // biome-ignore lint/suspicious/noExplicitAny: as graphql-js declares it
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs = any> {
    root?: RootAnswer;
  }
}
