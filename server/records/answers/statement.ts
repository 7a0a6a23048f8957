/**
 * A statement that is made once and filled often: text that is always the same, and holes for what depends on the
 * values of a request, such as its filter, its order and where its page begins.
 */

import { compiled, quoted, type SQL, sql } from '../../../db/sql.ts';

/** What a request fills a statement with. */
export type Filling = {
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Records of a page at most. */
  readonly maxPage: number;
  /** Records that a request may give. */
  readonly maxRecords: number;
  /** Tells requests apart that are filled in differently; of a request that will hardly be repeated, undefined. */
  readonly key?: string | undefined;
  /** What a query's root field has looked up beforehand. */
  readonly prepared?: unknown;
  /** What a mutation has written, for the statement that reads it back. */
  readonly written?: { readonly ids: readonly string[]; readonly rows: string } | undefined;
};

/** A value that is computed once for each filling, however many holes ask for it. */
export type Slot<T> = (filling: Filling) => T;

// Forms of one operation that are asked for over and over: with a cursor and without, with this filter or that.
const MAX_WHOLES = 8;

// The first pages of lists, and what an application shows of a record or two.
const MAX_REPEATED = 8;

// Sets holes apart from text in which it cannot be.
const MARK = '\0';

export class Draft {
  /** Does a hole depend on more than the text of the operation? */
  isConstant = true;
  readonly #holes: Slot<SQL>[] = [];
  readonly #marks = new Map<symbol, SQL>();
  #aliases = 0;

  /** A name that no other part of the statement has: holes are made apart from it, and cannot count. */
  alias(name: string): SQL {
    return sql.identifier(`${name} ${++this.#aliases}`);
  }

  slot<T>(make: Slot<T>): Slot<T> {
    const known = new WeakMap<Filling, { readonly value: T }>();
    return (filling) => {
      let made = known.get(filling);
      if (!made) {
        made = { value: make(filling) };
        known.set(filling, made);
      }
      return made.value;
    };
  }

  hole(make: Slot<SQL>): SQL {
    const symbol = Symbol('hole');
    this.#marks.set(symbol, quoted(`${MARK}${this.#holes.length}${MARK}`));
    this.#holes.push(make);
    return sql.placeholder(symbol);
  }

  finish(statement: SQL): Statement {
    const { text, values } = compiled(statement, this.#marks);
    const parts = text.split(MARK);
    return new Statement(
      parts.filter((_, i) => i % 2 === 0),
      parts.flatMap((part, i) => (i % 2 === 1 ? [this.#holes[Number(part)] as Slot<SQL>] : [])),
      values,
      this.isConstant,
    );
  }
}

export type Filled = { readonly text: string; readonly values: readonly unknown[] };

export class Statement {
  readonly #texts: readonly string[];
  readonly #holes: readonly Slot<SQL>[];
  readonly #values: readonly unknown[];
  readonly #isConstant: boolean;
  /** By the key of the filling. */
  readonly #repeated = new Map<string, Filled>();
  /** Whole texts, by those of the holes: as one string each, whose hash is reckoned once. */
  readonly #wholes = new Map<string, string>();

  constructor(texts: readonly string[], holes: readonly Slot<SQL>[], values: readonly unknown[], isConstant: boolean) {
    this.#texts = texts;
    this.#holes = holes;
    this.#values = values;
    this.#isConstant = isConstant;
  }

  /** About as much memory as it takes, in bytes. */
  get size(): number {
    return (
      this.#texts.reduce((sum, text) => sum + text.length, 0) * (this.#isConstant ? 2 : 1) + 500 * this.#holes.length
    );
  }

  /** @throws PlinthError what is wrong with the arguments */
  fill(filling: Filling): Filled {
    const key = this.#isConstant ? '' : filling.key;
    if (key === undefined) return this.#fill(filling);
    let filled = this.#repeated.get(key);
    if (!filled) {
      filled = this.#fill(filling);
      if (this.#repeated.size === MAX_REPEATED) this.#repeated.clear();
      this.#repeated.set(key, filled);
    }
    return filled;
  }

  #fill(filling: Filling): Filled {
    // Values of the text come first, so that those of the holes are numbered after them.
    const before = this.#values.map((value) => sql.value(value));
    const { text, values } = compiled(
      sql.join([sql.join(before, ''), ...this.#holes.map((hole) => hole(filling))], MARK),
    );
    return { text: this.#wholeOf(text), values };
  }

  #wholeOf(holes: string): string {
    const known = this.#wholes.get(holes);
    if (known !== undefined) return known;
    if (this.#wholes.size === MAX_WHOLES) this.#wholes.clear();
    const parts = holes.split(MARK).slice(1);
    const whole = [this.#texts[0], ...parts.flatMap((part, i) => [part, this.#texts[i + 1]])].join('');
    this.#wholes.set(holes, whole);
    return whole;
  }
}
