/**
 * A page of a connection, as one part of a statement:
 *
 *   select "edges": […], "pageInfo": {…}, "totalCount": …
 *   from (select string_agg(page.edge), count(*) > size, … from (
 *          select the JSON of each record, its cursor from companies where … order by … limit size + 1) as page) as list,
 *        (select count(*), … from companies where …) as totals
 *
 * What nobody selects isn't there. Contract: core.md 2.3, 2.10–2.12
 */

import { type SQL, sql } from '../../../db/sql.ts';
import type { ServedObject } from '../../catalog/served.ts';
import { andNotDeleted } from '../../catalog/table.ts';
import { refuse } from '../../errors.ts';
import type { GivenFields } from '../../given.ts';
import { type Json, object, orNull, textOf } from '../answers/json.ts';
import type { Selected } from '../answers/selection.ts';
import type { Filling, Slot } from '../answers/statement.ts';
import { columnIn, cursorIn, isAfter, placeOf } from './cursors.ts';
import { recordCondition } from './filters.ts';
import { type OrderKey, orderKeys } from './orders.ts';
import type { RecordRow } from './record-types.ts';
import { isInRuns, runsOf } from './runs.ts';

export const DEFAULT_PAGE = 60;
export const MAX_PAGE = 200;

export type PageSource = {
  /** Which records of the object there are to page through; all, where nothing is said. */
  readonly where?: (record: SQL) => SQL;
  /** Where the arguments say none. */
  readonly defaultSize?: number;
  /** Are the records chosen already, with nothing left to filter? */
  readonly isFiltered?: boolean;
  /** Do the records stand for their group? */
  readonly isSample?: boolean;
  /** Is there one page alone, so that nothing says that more follows? */
  readonly isWhole?: boolean;
};

/** The connection that a field with the arguments of `connectionArgs` is. */
export function pageJson(
  build: GraphileBuild.Build,
  served: ServedObject,
  selected: Selected,
  source: PageSource = {},
): Json {
  return new Page(build, served, selected, windowOf(build, served, selected, source), source).json();
}

/** A statement that answers each record of a page by itself, as a row of text. */
export function pageRows(build: GraphileBuild.Build, served: ServedObject, selected: Selected): SQL {
  return new Page(build, served, selected, windowOf(build, served, selected, {}), {}).rows();
}

/** A window on an order: `size` records from a cursor on, in either direction. */
export type Window = {
  readonly size: number;
  readonly offset: number | null;
  readonly isBackward: boolean;
  /** Does it begin behind other records? */
  readonly isPast: boolean;
  /** In the direction in which it is walked. */
  readonly keys: readonly OrderKey[];
  /** Records of `record` that come in it. @param condition what the filter says of an alias */
  readonly begins: (record: SQL, condition: (alias: SQL) => SQL | null) => SQL | null;
};

function windowOf(
  build: GraphileBuild.Build,
  served: ServedObject,
  selected: Selected,
  { where, defaultSize = DEFAULT_PAGE }: PageSource,
): Slot<Window> {
  return selected.scope.draft.slot((filling) => {
    const args = selected.args(filling);
    const { size, offset, cursor, isBackward } = askedPage(args, defaultSize, filling.maxPage);
    const keys = orderKeys(build, served, args.orderBy).map((key) => (isBackward ? reversed(key) : key));
    const place = cursor === null ? null : placeOf(keys, cursor);
    const runs = where ? null : runsOf(served, keys, place);
    return {
      size,
      offset,
      isBackward,
      isPast: place !== null,
      keys,
      begins(record, condition) {
        // One more than the page: is there a next one?
        if (runs) return isInRuns(served, record, runs, condition, size + (offset ?? 0) + 1);
        return place && isAfter(keys, columnsIn(keys, record), place);
      },
    };
  });
}

type Asked = {
  readonly size: number;
  readonly offset: number | null;
  readonly cursor: string | null;
  readonly isBackward: boolean;
};

/** @throws PlinthError ARGS_CONFLICT, INVALID_ARGS_FIRST, INVALID_ARGS_LAST. Contract: core.md 2.11. */
function askedPage({ first, last, offset, before, after }: GivenFields, defaultSize: number, maxPage: number): Asked {
  if (first != null && last != null) throw refuse('ARGS_CONFLICT', 'first and last cannot be given together');
  if (before && after) throw refuse('ARGS_CONFLICT', 'before and after cannot be given together');
  if (before && first != null) throw refuse('ARGS_CONFLICT', 'before requires last, not first');
  if (after && last != null) throw refuse('ARGS_CONFLICT', 'after requires first, not last');
  if (first != null && first < 0) throw refuse('INVALID_ARGS_FIRST');
  if (last != null && last < 0) throw refuse('INVALID_ARGS_LAST');
  if (offset != null && offset < 0) throw refuse('INVALID_QUERY_INPUT', 'offset must not be negative');
  return {
    size: Math.min(first ?? last ?? defaultSize, maxPage),
    offset: offset ?? null,
    cursor: after || before || null, // an empty one is none
    isBackward: last != null || Boolean(before),
  };
}

function reversed(key: OrderKey): OrderKey {
  return { ...key, isAscending: !key.isAscending, isNullsFirst: !key.isNullsFirst };
}

/** What the fields of a connection are answered from; it gathers what they ask for. */
export class Page {
  readonly served: ServedObject;
  readonly #build: GraphileBuild.Build;
  readonly #selected: Selected;
  readonly #window: Slot<Window>;
  readonly #source: PageSource;
  readonly #record: SQL;
  readonly #page: SQL;
  readonly #list: SQL;
  readonly #all: SQL;
  readonly #totals: SQL;
  /** Told of each record, of the page, and of all records that match. */
  readonly #ofRecord: SQL[] = [];
  readonly #ofPage: (() => SQL)[] = []; // made when it is known what else is asked for
  readonly #ofAll: SQL[] = [];
  readonly #place: SQL = sql.identifier('place');
  #isNumbered: boolean;
  #asksForMore = false;
  #cursor: SQL | undefined;

  constructor(
    build: GraphileBuild.Build,
    served: ServedObject,
    selected: Selected,
    window: Slot<Window>,
    source: PageSource,
  ) {
    const { draft } = selected.scope;
    this.served = served;
    this.#build = build;
    this.#selected = selected;
    this.#window = window;
    this.#source = source;
    this.#record = draft.alias(served.object.nameSingular);
    this.#page = draft.alias('page');
    this.#list = draft.alias('list');
    this.#all = draft.alias('all');
    this.#totals = draft.alias('totals');
    this.#isNumbered = selected.hasArgument('last') || selected.hasArgument('before');
  }

  json(): Json {
    const { children, scope } = this.#selected;
    const entries = this.#selected.entries(this);
    const [only] = entries;
    // Of related records, REST shows nothing but the list.
    const isList = scope.form === 'lists' && entries.length === 1 && children[0]?.name === 'edges';
    return this.over(isList && only ? only[1] : object(entries));
  }

  /** Reads what `body` was made of. */
  over(body: Json): Json {
    const sources: SQL[] = [];
    if (this.#ofPage.length > 0) {
      const columns = this.#ofPage.map((make) => make());
      sources.push(sql`(select ${named(columns)} from ${this.#pageSql()}) as ${this.#list}`);
    }
    if (this.#ofAll.length > 0)
      sources.push(sql`(select ${named(this.#ofAll)} from ${this.#allSql()}) as ${this.#totals}`);
    // What is wrong with the arguments is wrong, whatever is asked of the page.
    const checked = this.#hole(() => sql.blank);
    if (sources.length === 0) return [sql`${textOf(body)}${checked}`];
    return [sql`(select ${textOf(body)} from ${sql.join(sources, ', ')}${checked})`];
  }

  rows(): SQL {
    const node = this.#selected.children[0]?.children[0];
    return this.#recordsSql([textOf((node as Selected).object({ row: this.#record } satisfies RecordRow))]);
  }

  edges(selected: Selected): Json {
    const record: RecordRow = { row: this.#record, ...(this.#source.isSample && { isSample: true }) };
    const node = selected.children.find(({ name }) => name === 'node');
    const each =
      selected.scope.form === 'lists' && node ? node.object(record) : selected.object({ page: this, record });
    const column = this.#eachRecord(textOf(each));
    return ['[', this.#overPage(() => sql`string_agg(${column}, ',')${this.#shown()}`), ']'];
  }

  /** The cursor of a record, in the select of its JSON. */
  cursor(): SQL {
    return this.#hole(({ keys }) => cursorIn(keys, columnsIn(keys, this.#record)));
  }

  hasNextPage(): Json {
    return this.#isThere((window, more) => (window.isBackward ? always(window.isPast) : more));
  }

  hasPreviousPage(): Json {
    return this.#isThere((window, more) => (window.isBackward ? more : always(window.isPast)));
  }

  startCursor(): Json {
    return this.#cursorAt('start');
  }

  endCursor(): Json {
    return this.#cursorAt('end');
  }

  /** An aggregate over all records that match. @param expression over the alias that it is given */
  total(expression: (record: SQL) => SQL): SQL {
    return columnOf(this.#totals, this.#ofAll, expression(this.#all));
  }

  // What is gathered -------------------------------------------------------------------------------------------------

  #eachRecord(expression: SQL): SQL {
    return columnOf(this.#page, this.#ofRecord, expression);
  }

  #overPage(make: () => SQL): SQL {
    this.#ofPage.push(make);
    return columnNumber(this.#list, this.#ofPage.length);
  }

  /** Of the records that were read, those that the page shows: the one more says that there are more. */
  #shown(): SQL {
    if (!this.#asksForMore) return sql.blank;
    const size = this.#hole((window) => sql.literal(window.size));
    return sql` filter (where ${this.#page}.${this.#place} <= ${size})`;
  }

  #isThere(tell: (window: Window, more: SQL) => SQL): Json {
    if (this.#source.isWhole) return ['false'];
    this.#asksForMore = true;
    this.#isNumbered = true;
    const value = this.#hole((window) => tell(window, sql`count(*) > ${sql.literal(window.size)}`));
    return [sql`${this.#overPage(() => value)}::text`];
  }

  #cursorAt(end: 'start' | 'end'): Json {
    this.#cursor ??= this.#eachRecord(this.cursor());
    const cursor = this.#cursor;
    const value = this.#overPage(() => {
      const place = end === 'start' ? sql`1` : sql`count(*)${this.#shown()}`;
      return sql`(array_agg(${cursor})${this.#shown()})[(${place})::int]`;
    });
    return orNull(value);
  }

  #hole(make: (window: Window) => SQL): SQL {
    return this.#selected.scope.draft.hole((filling) => make(this.#window(filling)));
  }

  // The selects ------------------------------------------------------------------------------------------------------

  #pageSql(): SQL {
    const records = this.#recordsSql(this.#ofRecord);
    if (!this.#isNumbered) return sql`(${records}) as ${this.#page}`;
    const read = sql.identifier('read');
    const forward = this.#hole(({ isBackward }) => (isBackward ? sql` order by ${this.#place} desc` : sql.blank));
    // Numbered as they come, which is in their order; and no aggregate of them has an order of its own, for that would
    // be the order of all of them.
    return sql`(select ${read}.*, row_number() over () as ${this.#place}
      from (${records}) as ${read}${forward}) as ${this.#page}`;
  }

  #recordsSql(columns: readonly SQL[]): SQL {
    const { draft } = this.#selected.scope;
    const record = this.#record;
    const joins = draft.hole((filling) => joinsOf(this.served, record, this.#window(filling).keys));
    const conditions = draft.hole((filling) => {
      const condition = (alias: SQL) => this.#condition(filling, alias);
      return all([
        this.#source.where?.(record) ?? null,
        condition(record),
        this.#window(filling).begins(record, condition),
      ]);
    });
    const order = draft.hole((filling) => orderSql(this.#window(filling).keys, record));
    const asksForMore = this.#asksForMore;
    const limit = draft.hole((filling) => {
      const { size, offset } = this.#window(filling);
      if (!Number.isFinite(size)) return sql.blank;
      return sql` limit ${sql.literal(asksForMore ? size + 1 : size)}${offset === null ? sql.blank : sql` offset ${sql.value(offset)}::int`}`;
    });
    return sql`select ${named(columns)} from ${this.served.table.from as SQL} as ${record}${joins} where ${conditions}
    order by ${order}${limit}`;
  }

  #allSql(): SQL {
    const conditions = this.#selected.scope.draft.hole((filling) =>
      all([this.#source.where?.(this.#all) ?? null, this.#condition(filling, this.#all)]),
    );
    return sql`${this.served.table.from as SQL} as ${this.#all} where ${conditions}`;
  }

  #condition(filling: Filling, alias: SQL): SQL | null {
    if (this.#source.isFiltered) return null;
    return recordCondition(this.#build, this.served, alias, this.#selected.args(filling).filter);
  }
}

/**
 * An aggregate like all else that is told of a page: a constant alone would be told once for each record, and never of
 * none.
 */
function always(value: boolean): SQL {
  return value ? sql`count(*) >= 0` : sql`count(*) < 0`;
}

/** Adds a column to a select. @returns it, as the select around that one reads it */
function columnOf(alias: SQL, columns: SQL[], expression: SQL): SQL {
  columns.push(expression);
  return columnNumber(alias, columns.length);
}

function columnNumber(alias: SQL, number: number): SQL {
  return sql`${alias}.${sql.identifier(`c${number}`)}`;
}

function named(columns: readonly SQL[]): SQL {
  return sql.join(
    columns.map((column, i) => sql`${column} as ${sql.identifier(`c${i + 1}`)}`),
    ', ',
  );
}

function all(conditions: readonly (SQL | null)[]): SQL {
  const given = conditions.filter((each) => each !== null);
  return given.length > 0 ? sql.join(given, ' and ') : sql`true`;
}

// Orders -------------------------------------------------------------------------------------------------------------

/** The columns of keys, those of related records by the names that `joinsOf` gives these. */
function columnsIn(keys: readonly OrderKey[], record: SQL): SQL[] {
  return keys.map((key) => columnIn(key.relation === null ? record : relatedBy(key.relation), key));
}

function relatedBy(relation: string): SQL {
  return sql.identifier(`by ${relation}`);
}

/** Joins the records that keys follow a relation to. */
function joinsOf(served: ServedObject, record: SQL, keys: readonly OrderKey[]): SQL {
  const names = new Set(keys.flatMap(({ relation }) => relation ?? []));
  const joins = [...served.relations.values()].flatMap(({ name, targetTable, localColumn, remoteColumn }) => {
    if (!names.delete(name)) return [];
    const other = relatedBy(name);
    return sql` left join ${targetTable.from as SQL} as ${other}
    on ${other}.${sql.identifier(remoteColumn)} = ${record}.${sql.identifier(localColumn)}${andNotDeleted(targetTable, other)}`;
  });
  return sql.join(joins, '');
}

export function orderSql(keys: readonly OrderKey[], record: SQL): SQL {
  const columns = columnsIn(keys, record);
  const directions = keys.map(({ isAscending, isNullable, isNullsFirst }, i) => {
    const nulls = isNullable ? (isNullsFirst ? sql` nulls first` : sql` nulls last`) : sql.blank;
    return sql`${columns[i] as SQL} ${isAscending ? sql`asc` : sql`desc`}${nulls}`;
  });
  return sql.join(directions, ', ');
}
