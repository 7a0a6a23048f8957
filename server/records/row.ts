/** A record on its way into its table. */

import type { GivenFields } from '../given.ts';

/** As a client gives it. */
export type Input = GivenFields;

/** A record as its columns: only those that the client gave, or that we give for it. */
export type Row = Map<string, unknown>;
