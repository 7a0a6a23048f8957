/** The `filter` parameter: its grammar, and the GraphQL filter that it means. Contract: core.md 3.3 */

import { refuse } from '../errors.ts';
import { isNumeric } from '../model/field-types/checks.ts';
import type { Scalar } from '../model/field-types/field-type.ts';
import { checkedValue, invalidValue, type ValueType } from '../model/field-types/values.ts';
import { type Leaf, leafOf, type Resource } from './vocabulary.ts';

/** Positions count from 0 in the decoded parameter; messages count from 1. */
type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly items: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly item: FilterNode }
  | {
      readonly kind: 'predicate';
      readonly path: readonly string[];
      readonly comparator: Comparator;
      /** As written, without quotes; a list only for `in` and its like. */
      readonly value: string | readonly string[];
      readonly at: number;
      readonly valueAt: number;
    };

type FilterInput = { readonly [key: string]: unknown };

const COMPARATORS = [
  'eq',
  'neq',
  'in',
  'containsAny',
  'containsExactly',
  'is',
  'gt',
  'gte',
  'lt',
  'lte',
  'startsWith',
  'endsWith',
  'like',
  'ilike',
] as const;
type Comparator = (typeof COMPARATORS)[number];

const TAKES_LIST: ReadonlySet<string> = new Set(['in', 'containsAny', 'containsExactly']);

/** Deeper than anyone writes, and far from what the stack can hold. */
const MAX_NESTING = 20;

/**
 * The GraphQL filter of a `filter` parameter, its values turned into what their columns take.
 * @throws PlinthError INVALID_ARGS_FILTER that says what is wrong, and where
 */
export function filterInput(text: string, resource: Resource): FilterInput {
  return inputOf(parseFilter(text), resource);
}

/**
 * A recursive-descent reading of the grammar of core.md 3.3. More lenient than the reference in one thing: brackets
 * inside quotes are text and need no partner.
 */
function parseFilter(text: string): FilterNode {
  let at = 0;
  skipSpace();
  const items = parseItems(1);
  if (at < text.length)
    throw text[at] === ')' ? mistake(at, 'a closing bracket has no opening one') : expected(at, '","');
  const [only] = items;
  return items.length === 1 && only && only.kind !== 'predicate' ? only : { kind: 'and', items };

  function parseItems(level: number): FilterNode[] {
    const items = [parseItem(level)];
    while (text[at] === ',') {
      at++;
      items.push(parseItem(level));
    }
    return items;
  }

  function parseItem(level: number): FilterNode {
    skipSpace();
    const start = at;
    const word = parseWord();
    if (text[at] === '(') return parseGroup(word, start, level);
    return parsePredicate(word, start);
  }

  function parseGroup(word: string, start: number, level: number): FilterNode {
    if (word !== 'and' && word !== 'or' && word !== 'not') {
      throw mistake(start, `"${word}(" is no group: use and(…), or(…) or not(…)`);
    }
    if (level > MAX_NESTING) throw mistake(start, `groups may be nested ${MAX_NESTING} deep, not more`);
    at++;
    const items = parseItems(level + 1);
    if (text[at] !== ')') {
      throw at < text.length
        ? expected(at, '"," or ")"')
        : mistake(at, `${level} closing bracket${level === 1 ? ' is' : 's are'} missing`);
    }
    at++;
    skipSpace();
    if (word !== 'not') return { kind: word, items };
    const [item] = items;
    if (items.length !== 1 || !item) throw mistake(start, 'not(…) takes one condition; write not(and(…)) for several');
    return { kind: 'not', item };
  }

  function parsePredicate(first: string, start: number): FilterNode {
    const path = [first];
    while (text[at] === '.') {
      at++;
      path.push(parseWord());
    }
    if (text[at] !== '[') throw expected(at, `"[" and a comparator after "${path.join('.')}", as in ${EXAMPLE}`);
    const close = text.indexOf(']', at);
    if (close < 0) throw mistake(at, `this "[" is never closed; a condition looks like ${EXAMPLE}`);
    const comparator = text.slice(at + 1, close);
    if (!isComparator(comparator)) throw mistake(at + 1, `comparator ${comparator} not in ${COMPARATORS.join(', ')}`);
    at = close + 1;
    if (text[at] !== ':') throw expected(at, `":" and a value after "[${comparator}]", as in ${EXAMPLE}`);
    at++;
    skipSpace();
    const valueAt = at;
    const value = TAKES_LIST.has(comparator) ? parseList(comparator) : parseValue(',)');
    skipSpace();
    return { kind: 'predicate', path, comparator, value, at: start, valueAt };
  }

  function parseWord(): string {
    const start = at;
    while (at < text.length && isWordCharacter(text.charCodeAt(at))) at++;
    if (at === start) throw expected(at, `a field or a group, as in ${EXAMPLE}`);
    return text.slice(start, at);
  }

  function parseList(comparator: string): string[] {
    if (text[at] !== '[') throw expected(at, `a list in [ ] after [${comparator}], as in id[${comparator}]:["a","b"]`);
    const start = at;
    const values: string[] = [];
    do {
      at++;
      skipSpace();
      values.push(parseValue(',]'));
      skipSpace();
    } while (text[at] === ',');
    if (text[at] !== ']') throw mistake(start, 'this "[" is never closed');
    at++;
    return values;
  }

  /** A quoted or a bare value, up to one of the characters in `ends`. */
  function parseValue(ends: string): string {
    const quote = text[at];
    return quote === '"' || quote === "'" ? parseQuoted(quote, ends) : parseBare(ends);
  }

  /** There are no escapes: a quote closes only where the value can end, so `"6" pipe"` is the text `6" pipe`. */
  function parseQuoted(quote: string, ends: string): string {
    const start = at;
    for (let close = text.indexOf(quote, at + 1); close >= 0; close = text.indexOf(quote, close + 1)) {
      at = close + 1;
      skipSpace();
      if (at === text.length || ends.includes(text[at] as string)) return text.slice(start + 1, close);
    }
    throw mistake(start, `this ${quote} is never closed`);
  }

  /** Brackets may stand in a bare value when they have a partner in it. */
  function parseBare(ends: string): string {
    const start = at;
    let open = 0;
    for (; at < text.length; at++) {
      const character = text[at] as string;
      if (open === 0 && ends.includes(character)) break;
      if (character === '(') open++;
      else if (character === ')' && open > 0) open--;
    }
    const value = text.slice(start, at).trimEnd();
    if (value === '') throw expected(start, 'a value (for an empty text write "")');
    if (open > 0) throw mistake(at, `${open} closing bracket${open === 1 ? ' is' : 's are'} missing`);
    return value;
  }

  function skipSpace(): void {
    while (text[at] === ' ') at++;
  }

  function expected(position: number, what: string): Error {
    return mistake(position, `expected ${what}, found ${position < text.length ? `"${text[position]}"` : 'the end'}`);
  }
}

const EXAMPLE = 'name[eq]:"Acme"';

function mistake(position: number, why: string): Error {
  return refuse('INVALID_ARGS_FILTER', `filter, position ${position + 1}: ${why}`);
}

function isComparator(word: string): word is Comparator {
  return (COMPARATORS as readonly string[]).includes(word);
}

/** Letters, digits and underscores: what names are made of. */
function isWordCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

function inputOf(node: FilterNode, resource: Resource): FilterInput {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { [node.kind]: node.items.map((item) => inputOf(item, resource)) };
    case 'not':
      return { not: inputOf(node.item, resource) };
    case 'predicate': {
      const leaf = leafOf(resource, node.path, (why) => mistake(node.at, why));
      checkComparator(leaf, node.comparator, node.at);
      const path = node.path.join('.');
      const check = (text: string) =>
        checkedText(leaf, path, node.comparator, text, (why) => mistake(node.valueAt, why));
      const value = typeof node.value === 'string' ? check(node.value) : node.value.map(check);
      return node.path.reduceRight<FilterInput>((inner, name) => ({ [name]: inner }), { [node.comparator]: value });
    }
  }
}

const ORDERED: readonly Comparator[] = ['eq', 'neq', 'in', 'gt', 'gte', 'lt', 'lte', 'is'];
const CHOICES: readonly Comparator[] = ['eq', 'neq', 'in', 'containsAny', 'is'];

/** Those that REST has of core.md 2.8. */
const COMPARATORS_OF: Readonly<Record<Scalar, readonly Comparator[]>> = {
  ActorSource: ['eq', 'neq', 'in', 'is'],
  BigFloat: ORDERED,
  Boolean: ['eq', 'is'],
  Date: ORDERED,
  DateTime: ORDERED,
  Enum: CHOICES,
  Float: ORDERED,
  ID: ORDERED,
  Int: ORDERED,
  JSON: ['is', 'like'],
  Position: ORDERED,
  String: [...ORDERED, 'like', 'ilike', 'startsWith', 'endsWith'],
  TSVector: [],
  UUID: ORDERED,
};
const COMPARATORS_OF_LISTS: Partial<Record<Scalar, readonly Comparator[]>> = {
  Enum: ['containsAny', 'is'],
  String: ['is'],
};

function checkComparator({ part, scalar, path }: Leaf, comparator: Comparator, at: number): void {
  const isList = typeof part.sql === 'string' && part.sql.endsWith('[]');
  const allowed = isList ? COMPARATORS_OF_LISTS[scalar] : COMPARATORS_OF[scalar];
  if (allowed?.includes(comparator)) return;
  const usable = allowed?.length ? `; it takes ${allowed.join(', ')}` : '';
  throw mistake(at, `comparator ${comparator} cannot be used with field "${path.join('.')}"${usable}`);
}

/** A value arrives as text. Dates and numbers of any precision stay text, as the column's filter takes them. */
function checkedText(
  leaf: Leaf,
  path: string,
  comparator: Comparator,
  text: string,
  fail: (why: string) => Error,
): unknown {
  if (comparator === 'is') {
    if (text !== 'NULL' && text !== 'NOT_NULL') throw fail(invalidValue(path, text, 'NULL or NOT_NULL'));
    return text;
  }
  const value = readText(leaf.scalar, text);
  checkedValue(valueTypeOf(leaf), path, value, fail);
  return value;
}

/** What the text spells; the text itself where it spells nothing of that type, for `checkedValue` to refuse. */
function readText(scalar: Scalar, text: string): unknown {
  switch (scalar) {
    case 'Boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'Float':
    case 'Int':
    case 'Position':
      return isNumeric(text) ? Number(text) : text;
    case 'BigFloat':
      return text.trim(); // as text: a JavaScript number would lose digits that Postgres keeps
    default:
      return text;
  }
}

function valueTypeOf({ field, part, scalar }: Leaf): ValueType {
  const sqlType = typeof part.sql === 'function' ? part.sql(field.settings) : part.sql;
  return {
    scalar,
    isWhole: sqlType === 'bigint' || sqlType === 'integer',
    options: scalar === 'Enum' ? (field.options?.map(({ value }) => value) ?? null) : null,
  };
}
