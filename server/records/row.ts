/** A record on its way into its table. */

/** As a client gives it. */
export type Input = Readonly<Record<string, any>>;

/** A record as its columns: only those that the client gave, or that we give for it. */
export type Row = Map<string, unknown>;
