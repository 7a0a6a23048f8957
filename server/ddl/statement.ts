/** One statement of a plan: what it does and why, what it locks, rewrites and destroys. Pure. */

import { ident } from '../../db/sql.ts';
import type { Later } from './later.ts';

export type Statement = {
  /** Names tables without a schema: it runs with the workspace's schema in the search path. */
  readonly sql: string;
  readonly why: string;
  /** What it keeps others from doing meanwhile with tables that are there already. */
  readonly locks: readonly Lock[];
  /** Writes every row of its table anew: that takes its time, and for a while twice the room. */
  readonly rewrites: boolean;
  readonly losses: readonly Loss[];
  /** A job's to do, once the change is committed: it takes time that nobody should have to wait for. */
  readonly later?: Later;
};

export type Lock = { readonly table: string; readonly blocks: 'writes' | 'all' };

/** What is gone for good, and the query that counts it, with the names from before the plan. */
export type Loss = {
  readonly what: string;
  readonly table: string;
  readonly column: string | null;
  readonly count: string;
};

export function statement(
  sql: string,
  why: string,
  more: Partial<Pick<Statement, 'locks' | 'rewrites' | 'losses'>> = {},
) {
  return { sql, why, locks: [], rewrites: false, losses: [], ...more } satisfies Statement;
}

/** Nobody else reads or writes these tables meanwhile. */
export function alone(...tables: readonly string[]): { locks: Lock[] } {
  return { locks: [...new Set(tables)].map((table) => ({ table, blocks: 'all' })) };
}

export function loss(what: string, table: string, column: string | null, where: string): Loss {
  return { what, table, column, count: `select count(*) from ${ident(table)}${where && ` where ${where}`}` };
}

export function later(what: Later, statements: readonly string[], why: string): Statement {
  return { ...statement(statements.join(';\n'), why), later: what };
}
