/**
 * A table with a column of each kind, in boxes that stand in boxes; its rows in JavaScript, and what a filter means
 * there.
 */

import fc from 'fast-check';
import { workspace } from '../fixture.ts';

const TABLES = `
  create type hue as enum ('RED', 'GREEN', 'BLUE');
  create table boxes (
    id uuid primary key, name text, rank integer, deleted_at timestamptz,
    parent_id uuid,
    constraint boxes_parent_id_fkey foreign key (parent_id) references boxes
  );
  comment on constraint boxes_parent_id_fkey on boxes is E'@fieldName parent\\n@foreignFieldName children';
  create table things (
    id uuid primary key, title text, weight double precision, seats integer, mass bigint, size numeric,
    is_ready boolean,
    day date, moment timestamptz, code uuid, hue hue, hues hue[], words text[], extra jsonb,
    pilot_first_name text, pilot_last_name text, price_amount_micros bigint, price_currency_code text,
    rank integer not null, deleted_at timestamptz, box_id uuid,
    search_vector tsvector generated always as (to_tsvector('simple'::regconfig, coalesce(title, ''))) stored,
    constraint things_box_id_fkey foreign key (box_id) references boxes
  );
  comment on constraint things_box_id_fkey on things is E'@fieldName box\\n@foreignFieldName things';
  create index on things (title);
  create index on things (moment desc);
  create index on things (hue);
  create index on things (size desc nulls last);
  create index on things (price_amount_micros, rank);
  comment on column things.pilot_first_name is E'@part pilot.firstName\\n@type FULL_NAME';
  comment on column things.pilot_last_name is E'@part pilot.lastName\\n@type FULL_NAME';
  comment on column things.price_amount_micros is E'@part price.amountMicros\\n@type CURRENCY';
  comment on column things.price_currency_code is E'@part price.currencyCode\\n@type CURRENCY';`;

/** A value as a filter writes it; numbers that JavaScript can't hold and moments are text. */
type Value = string | number | boolean | null;
type Kind = 'text' | 'number' | 'big' | 'boolean' | 'moment' | 'plain' | 'enum' | 'enums' | 'texts' | 'json' | 'words';

type Column = {
  readonly column: string;
  readonly path: readonly string[];
  readonly kind: Kind;
  readonly values: readonly (Value | readonly string[])[];
};

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const TITLES = ['', 'a', 'A', 'ab', 'aB%', 'a_b', 'b\\', 'é', 'Zz top', 'top a-b', null, null];
const MOMENTS = ['00.000000', '00.000500', '00.001000', '00.001999', '00.002000'].map(
  (at) => `2026-01-01T00:00:${at}Z`,
);
const HUES = ['RED', 'GREEN', 'BLUE'];

const column = (path: string, kind: Kind, values: Column['values']): Column => ({
  column: path.replace('.', '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  path: path.split('.'),
  kind,
  values,
});

const COLUMNS: readonly Column[] = [
  column('title', 'text', TITLES),
  column('weight', 'number', [-1.5, 0, 0.1, 3e300, null]),
  column('seats', 'number', [-2147483648, -1, 0, 7, null]),
  column('mass', 'big', ['9007199254740993', '9007199254740992', '-5', '0', null]),
  column('size', 'big', ['0.1', '0.10', '12.5', '100000000000000000001', null]),
  column('isReady', 'boolean', [true, false, null]),
  column('day', 'plain', ['2026-01-01', '2025-12-31', '1999-06-15', null]),
  column('moment', 'moment', [...MOMENTS, '1969-12-31T23:59:59.999999Z', null]),
  column('code', 'plain', [uuid(901), uuid(902), null]),
  column('hue', 'enum', [...HUES, null]),
  column('hues', 'enums', [[], ['RED'], ['RED', 'BLUE'], ['GREEN', 'RED'], null]),
  column('words', 'texts', [[], ['a'], ['ab', 'B'], ['a_b'], null]),
  column('extra', 'json', ['{"a": 1}', '[]', '{"a": [1, 2]}', null]),
  column('pilot.firstName', 'text', ['Jo', 'jo', '', null]),
  column('pilot.lastName', 'text', ['Ko', '', null]),
  column('price.amountMicros', 'big', ['1000000', '-1', '0', null]),
  column('price.currencyCode', 'text', ['EUR', 'USD', '', null]),
  column('rank', 'number', [0, 1, 2]),
];
const BOX_COLUMNS = [column('name', 'text', ['Attic', 'cellar', '', null]), column('rank', 'number', [0, 1, null])];

export type Row = { readonly id: string; readonly deletedAt: string | null; readonly [column: string]: any };
type Box = Row & { readonly parent: Box | null; children: Box[]; things: Thing[] };
export type Thing = Row & { readonly box: Box | null };

/** The same pseudo-random numbers each time, so that a counterexample can be tried again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

/** The tables in a fresh workspace, with `count` things, some of them deleted; and the same rows in JavaScript. */
export async function thingsIn(count: number) {
  const space = await workspace();
  await space.sql(TABLES);
  const next = numbers(7);
  const valuesOf = (columns: readonly Column[]) =>
    Object.fromEntries(columns.map((each) => [each.column, each.values[next(each.values.length)] ?? null]));
  const boxes: Box[] = [];
  for (let n = 0; n < 8; n++) {
    const parent = n > 2 ? (boxes[next(n)] as Box) : null;
    const box: Box = {
      id: uuid(n),
      deletedAt: n === 5 ? (MOMENTS[0] as string) : null,
      ...valuesOf(BOX_COLUMNS),
      parent,
      children: [],
      things: [],
    };
    parent?.children.push(box);
    boxes.push(box);
  }
  const things = Array.from({ length: count }, (_, n): Thing => {
    const box = next(4) === 0 ? null : (boxes[next(boxes.length)] as Box);
    const thing: Thing = {
      id: uuid(100 + n),
      deletedAt: next(6) === 0 ? (MOMENTS[0] as string) : null,
      ...valuesOf(COLUMNS),
      box,
    };
    box?.things.push(thing);
    return thing;
  });
  await insert(space.sql, 'boxes', BOX_COLUMNS, boxes, ({ parent }) => [
    'parent_id',
    (parent as Box | null)?.id ?? null,
  ]);
  await insert(space.sql, 'things', COLUMNS, things, ({ box }) => ['box_id', (box as Box | null)?.id ?? null]);
  await space.untilServed('things');
  return { ...space, boxes, things };
}

async function insert(
  sql: (text: string, values?: unknown[]) => Promise<unknown>,
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
  joinOf: (row: Row) => [string, string | null],
) {
  for (const row of rows) {
    const [join, target] = joinOf(row);
    const names = ['id', 'deleted_at', ...columns.map((each) => each.column), join];
    const values = [row.id, row.deletedAt, ...columns.map((each) => row[each.column]), target];
    await sql(`insert into ${table} (${names.join()}) values (${names.map((_, i) => `$${i + 1}`).join()})`, values);
  }
}

// Filters ------------------------------------------------------------------------------------------------------------

export type Filter = { readonly [key: string]: any };

const OPERATORS: Record<Kind, readonly string[]> = {
  text: ['eq', 'neq', 'in', 'gt', 'gte', 'lt', 'lte', 'is', 'like', 'ilike', 'startsWith', 'endsWith'],
  number: ['eq', 'neq', 'in', 'gt', 'gte', 'lt', 'lte', 'is'],
  big: ['eq', 'neq', 'in', 'gt', 'gte', 'lt', 'lte', 'is'],
  plain: ['eq', 'neq', 'in', 'gt', 'gte', 'lt', 'lte', 'is'],
  moment: ['eq', 'neq', 'in', 'gt', 'gte', 'lt', 'lte', 'is'],
  boolean: ['eq', 'is'],
  enum: ['eq', 'neq', 'in', 'containsAny', 'is', 'isEmptyArray'],
  enums: ['containsAny', 'is', 'isEmptyArray'],
  texts: ['containsIlike', 'is', 'isEmptyArray'],
  json: ['is', 'like'],
  words: ['search'],
};
/** Those of REST. Contract: core.md 3.3 */
const ONLY_GRAPHQL = ['containsIlike', 'isEmptyArray', 'search'];
const PATTERNS = ['%', 'a%', '%b', 'A_', '%\\%', 'a\\_b', '%o%', '', 'é', '%1%', '[]'];

function leaf({ path, kind, values }: Column, isRest: boolean): fc.Arbitrary<Filter> {
  const given = values.filter((each): each is string => each !== null && !Array.isArray(each));
  const one = given.length > 0 ? fc.constantFrom(...given) : fc.constantFrom(...HUES);
  const some = fc.array(one, { minLength: 1, maxLength: 3 });
  const operandOf = (operator: string): fc.Arbitrary<unknown> => {
    switch (operator) {
      case 'is':
        return fc.constantFrom('NULL', 'NOT_NULL');
      case 'in':
      case 'containsAny':
        return some;
      case 'isEmptyArray':
        return fc.boolean();
      case 'like':
      case 'ilike':
      case 'containsIlike':
        return fc.constantFrom(...PATTERNS);
      case 'search':
        return fc.constantFrom('top', 'zz', 'a', 'a-b', 'TOP zz', 'b', '!', '');
      default:
        return one;
    }
  };
  const operator = fc.constantFrom(...OPERATORS[kind].filter((each) => !isRest || !ONLY_GRAPHQL.includes(each)));
  const condition = operator.chain((name) => operandOf(name).map((value) => ({ [name]: value })));
  const conditions = isRest
    ? condition
    : fc.array(condition, { minLength: 1, maxLength: 2 }).map((several) => Object.assign({}, ...several) as Filter);
  return conditions.map((operators) => path.reduceRight<Filter>((inner, key) => ({ [key]: inner }), operators));
}

const join = (name: string): Column => ({ column: name, path: [name], kind: 'plain', values: [0, 1, 4, 5].map(uuid) });
const DELETED: Column = { column: 'deletedAt', path: ['deletedAt'], kind: 'moment', values: [MOMENTS[0] as string] };
const WORDS: Column = { column: 'title', path: ['searchVector'], kind: 'words', values: [] };

/** Filters of things. @param isRest only what REST can write: no empty groups, one operator a leaf, no many sides */
export function filters(isRest: boolean): fc.Arbitrary<Filter> {
  const { thing } = fc.letrec<{ thing: Filter; box: Filter; thingLeaf: Filter; boxLeaf: Filter }>((tie) => {
    const leaves = (columns: readonly Column[]) => fc.oneof(...columns.map((each) => leaf(each, isRest)));
    const tree = (name: 'thing' | 'box', leafName: 'thingLeaf' | 'boxLeaf') => {
      const self = tie(name);
      const list = fc.array(self, { minLength: isRest ? 1 : 0, maxLength: 3 });
      return fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { weight: 4, arbitrary: tie(leafName) },
        { weight: 1, arbitrary: fc.record({ and: list }) },
        { weight: 2, arbitrary: fc.record({ or: list }) },
        { weight: 2, arbitrary: fc.record({ not: self }) },
        ...(isRest ? [] : [{ weight: 1, arbitrary: fc.tuple(self, tie(leafName)).map(([a, b]) => ({ ...a, ...b })) }]),
      );
    };
    const quantified = (name: 'thing' | 'box') =>
      fc
        .constantFrom('some', 'none', 'every')
        .chain((quantifier) => tie(name).map((inner) => ({ [quantifier]: inner })));
    // The many sides lead back: one of them a filter, for a filter follows three relations at the most.
    const many = (key: string, arbitrary: fc.Arbitrary<Filter>) => arbitrary.map((inner) => ({ [key]: inner }));
    return {
      thing: tree('thing', 'thingLeaf'),
      box: tree('box', 'boxLeaf'),
      thingLeaf: fc.oneof(
        { weight: 8, arbitrary: leaves([...COLUMNS, join('boxId'), DELETED, ...(isRest ? [] : [WORDS])]) },
        { weight: 2, arbitrary: many('box', isRest ? leaves(BOX_COLUMNS) : tie('box')) },
      ),
      boxLeaf: fc.oneof(
        { depthSize: 'small' },
        { weight: 6, arbitrary: leaves([...BOX_COLUMNS, join('parentId')]) },
        { weight: 1, arbitrary: many('parent', tie('box')) },
        { weight: 1, arbitrary: many('things', quantified('thing')) },
        { weight: 1, arbitrary: many('children', quantified('box')) },
      ),
    } as any;
  });
  return thing.filter((filter) => hopsOf(filter) <= 3);
}

function hopsOf(filter: unknown): number {
  if (typeof filter !== 'object' || filter === null) return 0;
  return Math.max(
    0,
    ...Object.entries(filter).map(
      ([key, inner]) => hopsOf(inner) + Number(['box', 'parent', 'things', 'children'].includes(key)),
    ),
  );
}

/** Paths of a filter's leaves, some through relations. */
export const leafPaths: readonly (readonly string[])[] = [
  ...COLUMNS.map(({ path }) => path),
  ...BOX_COLUMNS.map(({ path }) => ['box', ...path]),
  ...COLUMNS.map(({ path }) => ['box', 'things', 'some', ...path]),
  ...['id', 'boxId', 'deletedAt', 'searchVector', 'pilot', 'box', 'wings', '__proto__'].map((name) => [name]),
];

// What a filter means ------------------------------------------------------------------------------------------------

type Truth = boolean | null;
const and = (all: Truth[]): Truth => (all.includes(false) ? false : all.includes(null) ? null : true);
const or = (all: Truth[]): Truth => (all.includes(true) ? true : all.includes(null) ? null : false);
const not = (truth: Truth): Truth => (truth === null ? null : !truth);

/** What a query answers: the rows that match, and are not deleted unless the filter speaks of that. */
export function matching(things: readonly Thing[], filter: Filter): Thing[] {
  return things.filter((thing) => isShown(thing, filter) && truthOf(thing, filter, COLUMNS) === true);
}

function isShown(row: Row, filter: Filter): boolean {
  return row.deletedAt === null || mentionsDeleted(filter);
}

function mentionsDeleted(filter: Filter): boolean {
  return (
    'deletedAt' in filter ||
    [...(filter.and ?? []), ...(filter.or ?? []), ...(filter.not ? [filter.not] : [])].some(mentionsDeleted)
  );
}

function truthOf(row: Row, filter: Filter, columns: readonly Column[]): Truth {
  return and(
    Object.entries(filter).map(([key, value]): Truth => {
      switch (key) {
        case 'and':
          return and(value.map((each: Filter) => truthOf(row, each, columns)));
        case 'or':
          return value.length === 0 || or(value.map((each: Filter) => truthOf(row, each, columns)));
        case 'not':
          return not(truthOf(row, value, columns));
        case 'box':
        case 'parent':
          // A deleted record is not the related one.
          return row[key]?.deletedAt === null && truthOf(row[key], value, BOX_COLUMNS) === true;
        case 'boxId':
        case 'parentId':
          return leafTruth(row[key.slice(0, -2)]?.id ?? null, 'plain', value);
        case 'things':
        case 'children':
          return isQuantified(row[key], value, key === 'things' ? COLUMNS : BOX_COLUMNS);
        case 'deletedAt':
          return leafTruth(row.deletedAt, 'moment', value);
        case 'searchVector':
          return leafTruth(row.title, 'words', value);
        default:
          return and(
            columns
              .filter(({ path }) => path[0] === key)
              .flatMap(({ path, column, kind }) => {
                const operators = path.length === 1 ? value : value[path[1] as string];
                return operators ? [leafTruth(row[column], kind, operators)] : [];
              }),
          );
      }
    }),
  );
}

function isQuantified(rows: readonly Row[], quantified: Filter, columns: readonly Column[]): boolean {
  return Object.entries(quantified).every(([quantifier, filter]) => {
    const isOne = (row: Row) => isShown(row, filter) && truthOf(row, filter, columns) === true;
    if (quantifier === 'some') return rows.some(isOne);
    if (quantifier === 'none') return !rows.some(isOne);
    return rows.filter(({ deletedAt }) => deletedAt === null).every((row) => truthOf(row, filter, columns) === true);
  });
}

function leafTruth(stored: any, kind: Kind, operators: Filter): Truth {
  return and(Object.entries(operators).map(([operator, value]) => compared(stored, kind, operator, value)));
}

const EMPTY: Partial<Record<Kind, string>> = { text: '""', enums: '[]', texts: '[]' };

function compared(stored: any, kind: Kind, operator: string, value: any): Truth {
  const isEmpty = stored === null || JSON.stringify(stored) === EMPTY[kind];
  const is = (test: boolean): Truth => (stored === null ? null : test);
  switch (operator) {
    case 'is':
      return (value === 'NULL') === isEmpty;
    case 'isEmptyArray':
      return value === isEmpty;
    case 'in':
      return or(value.map((each: unknown) => compared(stored, kind, 'eq', each)));
    case 'containsAny':
      return kind === 'enum'
        ? is(value.includes(stored))
        : stored !== null && stored.some((each: string) => value.includes(each));
    case 'containsIlike':
      return stored !== null && stored.some((each: string) => isLike(each, value, 'i'));
    case 'like':
      return is(isLike(stored, value, ''));
    case 'ilike':
      return is(isLike(stored, value, 'i'));
    case 'startsWith':
      return is(String(stored).startsWith(value));
    case 'endsWith':
      return is(String(stored).endsWith(value));
    case 'search': {
      const words = (text: string | null) => (text ?? '').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
      return (
        words(value).length > 0 && words(value).every((word) => words(stored).some((each) => each.startsWith(word)))
      );
    }
    case 'eq':
      return value === '' && kind === 'text' ? isEmpty : is(order(stored, value, kind) === 0);
    case 'neq':
      return value === '' && kind === 'text' ? !isEmpty : is(order(stored, value, kind) !== 0);
    case 'gt':
      return is(order(stored, value, kind) > 0);
    case 'gte':
      return is(order(stored, value, kind) >= 0);
    case 'lt':
      return is(order(stored, value, kind) < 0);
    case 'lte':
      return is(order(stored, value, kind) <= 0);
    default:
      throw new Error(operator);
  }
}

/** As Postgres reads patterns. */
function isLike(text: string, pattern: string, flags: string): boolean {
  const source = pattern.replace(/\\(.)|[%_]|[^\\%_]/gsu, (sign, escaped) =>
    sign === '%' ? '.*' : sign === '_' ? '.' : (escaped ?? sign).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  );
  return new RegExp(`^${source}$`, `su${flags}`).test(text);
}

/** Negative, zero or positive. Moments are a millisecond wide in a filter, and what was given has no finer. */
function order(stored: any, value: any, kind: Kind): number {
  if (stored === null) return Number.NaN;
  if (kind === 'big') return scaled(stored) < scaled(value) ? -1 : Number(scaled(stored) > scaled(value));
  const [a, b] = kind === 'moment' ? [Date.parse(stored), Date.parse(value)] : [stored, value];
  return a < b ? -1 : Number(a > b);
}

/** A decimal text, in hundredths. */
function scaled(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(2, '0').slice(0, 2));
}

// Orders -------------------------------------------------------------------------------------------------------------

const DIRECTIONS = ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'] as const;

type Key = { readonly path: readonly string[]; readonly direction: (typeof DIRECTIONS)[number]; readonly of: Column };

const KEYS: readonly Pick<Key, 'path' | 'of'>[] = [
  ...COLUMNS.map((of) => ({ path: of.path, of })),
  ...BOX_COLUMNS.map((of) => ({ path: ['box', ...of.path], of })),
  { path: ['boxId'], of: column('boxId', 'plain', []) },
  { path: ['id'], of: column('id', 'plain', []) },
  { path: ['deletedAt'], of: column('deletedAt', 'moment', []) },
];

export const orders: fc.Arbitrary<Key[]> = fc.array(
  fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...DIRECTIONS)).map(([key, direction]) => ({ ...key, direction })),
  { maxLength: 4 },
);

export function orderBy(keys: readonly Key[]): object[] {
  return keys.map(({ path, direction }) => path.reduceRight<any>((inner, name) => ({ [name]: inner }), direction));
}

/** What a cursor of these keys names, the id last. */
export function cursorNames(keys: readonly Key[]): string[] {
  const names = keys.map(({ path }) => {
    const [own, part] = path[0] === 'box' ? [path[1] as string, undefined] : [path[0] as string, path[1]];
    const name = part === undefined ? own : own + part.charAt(0).toUpperCase() + part.slice(1);
    return path[0] === 'box' ? `box.${name}` : name;
  });
  const distinct = [...new Set([...names, 'id'])];
  return distinct.slice(0, distinct.indexOf('id') + 1);
}

/** Things in the order of the keys, then by id; null for keys that are JSON, whose order is Postgres' own. */
export function ordered(things: readonly Thing[], keys: readonly Key[]): Thing[] | null {
  if (keys.some(({ of }) => of.kind === 'json')) return null;
  return things.toSorted((a, b) => {
    for (const key of keys) {
      const difference = orderOf(valueAt(a, key), valueAt(b, key), key);
      if (difference !== 0) return difference;
    }
    return a.id < b.id ? -1 : 1;
  });
}

function valueAt(thing: Thing, { path, of }: Key): any {
  if (path[0] === 'boxId') return thing.box?.id ?? null;
  const box = thing.box?.deletedAt === null ? thing.box : null;
  const row = path[0] === 'box' ? box : thing;
  return row?.[path[0] === 'id' || path[0] === 'deletedAt' ? (path[0] as string) : of.column] ?? null;
}

function orderOf(a: any, b: any, { direction, of }: Key): number {
  if (a === null || b === null) {
    if (a === b) return 0;
    return (a === null) === direction.endsWith('First') ? -1 : 1;
  }
  const up = orderOfValues(a, b, of.kind);
  return direction.startsWith('Asc') ? up : -up;
}

function orderOfValues(a: any, b: any, kind: Kind): number {
  switch (kind) {
    case 'big':
      return order(a, b, kind);
    case 'enum':
      return Math.sign(HUES.indexOf(a) - HUES.indexOf(b));
    case 'enums':
    case 'texts':
      for (let i = 0; i < Math.min(a.length, b.length); i++) {
        const difference = orderOfValues(a[i], b[i], kind === 'enums' ? 'enum' : 'text');
        if (difference !== 0) return difference;
      }
      return Math.sign(a.length - b.length);
    default:
      return a < b ? -1 : Number(a > b);
  }
}
