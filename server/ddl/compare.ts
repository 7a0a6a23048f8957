/**
 * Two shapes compared: what goes, what comes and what is kept, matched by keys, so that a rename is not a drop. Pure.
 */

import type { Column, Constraint, Enum, Index, Shape, Table } from './shape.ts';

export type Change = {
  readonly enums: Difference<Enum>;
  readonly tables: Difference<Table>;
  readonly kept: readonly TableChange[];
};

type TableChange = Pair<Table> & {
  readonly columns: Difference<Column>;
  readonly constraints: Difference<Constraint>;
  readonly indexes: Difference<Index>;
};

type Difference<T> = { readonly gone: readonly T[]; readonly come: readonly T[]; readonly kept: readonly Pair<T>[] };

export type Pair<T> = { readonly before: T; readonly after: T };

export function compare(before: Shape, after: Shape): Change {
  const tables = difference(before.tables, after.tables);
  return {
    enums: difference(before.enums, after.enums),
    tables,
    kept: tables.kept.map((pair) => ({
      ...pair,
      columns: remade(difference(pair.before.columns, pair.after.columns), sameColumn),
      constraints: remade(difference(pair.before.constraints, pair.after.constraints), sameMeaning),
      indexes: remade(difference(pair.before.indexes, pair.after.indexes), sameMeaning),
    })),
  };
}

function difference<T extends { readonly key: string }>(before: readonly T[], after: readonly T[]): Difference<T> {
  const old = new Map(before.map((each) => [each.key, each]));
  const now = new Set(after.map(({ key }) => key));
  return {
    gone: before.filter(({ key }) => !now.has(key)),
    come: after.filter(({ key }) => !old.has(key)),
    kept: after.flatMap((each) => {
      const same = old.get(each.key);
      return same ? [{ before: same, after: each }] : [];
    }),
  };
}

/** What can't be changed in place goes and comes again. */
function remade<T>({ gone, come, kept }: Difference<T>, isSame: (pair: Pair<T>) => boolean): Difference<T> {
  const changed = kept.filter((pair) => !isSame(pair));
  return {
    gone: [...gone, ...changed.map(({ before }) => before)],
    come: [...come, ...changed.map(({ after }) => after)],
    kept: kept.filter(isSame),
  };
}

function sameMeaning({ before, after }: Pair<{ readonly meaning: string }>): boolean {
  return before.meaning === after.meaning;
}

/** A generated column whose sources changed is made anew: before PostgreSQL 17 its expression can't be altered. */
function sameColumn({ before, after }: Pair<Column>): boolean {
  return before.generated?.meaning === after.generated?.meaning;
}

/** What becomes of things, for people to read: of what comes and goes both, that it is made anew. */
export function fates(
  [word, things]: readonly [word: string, things: readonly { readonly key: string; readonly name: string }[]],
  others: readonly { readonly key: string }[],
  table: string,
): string {
  const isAnew = ({ key }: { readonly key: string }) => others.some((each) => each.key === key);
  const say = (what: string, which: typeof things) =>
    which.length === 0 ? [] : [`${what} ${table}: ${which.map(({ name }) => name).join(', ')}`];
  return [
    ...say(
      word,
      things.filter((each) => !isAnew(each)),
    ),
    ...say('made anew in', things.filter(isAnew)),
  ].join('; ');
}

/** The primary key is part of its table, from its creation to its end. */
export function isOwn(constraint: Constraint): boolean {
  return constraint.kind !== 'primary key';
}

/** A table that nobody else can see yet. */
export function isNewIn(tables: Change['tables']): (name: string) => boolean {
  const names = new Set(tables.come.map(({ name }) => name));
  return (name) => names.has(name);
}
