/** The `order_by` parameter of find many. Contract: core.md 3.4 */

import { refuse } from '../errors.ts';
import { leafOf, type Resource } from './vocabulary.ts';

type OrderInput = { readonly [key: string]: OrderInput | Direction };

const DIRECTIONS = ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'] as const;
type Direction = (typeof DIRECTIONS)[number];

const DEFAULT_DIRECTION: Direction = 'AscNullsFirst';

/**
 * `amount.amountMicros[DescNullsLast],name` → the list that GraphQL's `orderBy` takes.
 * @throws PlinthError INVALID_QUERY_INPUT that says what is wrong, and where
 */
export function orderInput(text: string, resource: Resource, parameter = 'order_by'): OrderInput[] {
  let start = 0;
  return text.split(',').map((written) => {
    const at = start + written.length - written.trimStart().length;
    start += written.length + 1;
    const fail = (why: string) => refuse('INVALID_QUERY_INPUT', `${parameter}, position ${at + 1}: ${why}`);
    const { path, direction } = parseItem(written.trim(), fail);
    const leaf = leafOf(resource, path, fail);
    return leaf.path.reduceRight<OrderInput | Direction>((inner, name) => ({ [name]: inner }), direction) as OrderInput;
  });
}

function parseItem(item: string, fail: (why: string) => Error): { path: string[]; direction: Direction } {
  const open = item.indexOf('[');
  const path = open < 0 ? item : item.slice(0, open).trimEnd();
  if (path === '') throw fail('a field is expected, as in name[DescNullsLast]');
  if (open < 0) return { path: path.split('.'), direction: DEFAULT_DIRECTION };
  if (!item.endsWith(']')) throw fail(`"[" after "${path}" is never closed`);
  const direction = item.slice(open + 1, -1);
  if (!isDirection(direction)) throw fail(`direction '${direction}' is none of ${DIRECTIONS.join(', ')}`);
  return { path: path.split('.'), direction };
}

function isDirection(word: string): word is Direction {
  return (DIRECTIONS as readonly string[]).includes(word);
}
