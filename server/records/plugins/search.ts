/**
 * Adds to Query the search of all objects:
 *
 *   search(searchInput: String!, limit: Int!, after: String, includedObjectNameSingulars: [String!],
 *          excludedObjectNameSingulars: [String!], filter: ObjectRecordFilterInput): SearchResultConnection
 *
 * One statement, whatever the number of objects: the best of each, then the best of them all. Contract: core.md 2.16.
 */

import type { GraphQLOutputType } from 'postgraphile/grafast/graphql';
import { type SQL, sql } from '../../../db/sql.ts';
import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import { refuse } from '../../errors.ts';
import { parseJson } from '../../limits/json.ts';
import { isPlainObject, isUuid } from '../../model/field-types/checks.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { type Column, wordColumns } from '../../model/model.ts';
import { type Json, orNull, textOf } from '../answers/json.ts';
import type { RootAnswer } from '../answers/roots.ts';
import type { Selected } from '../answers/selection.ts';
import { keyIn } from '../keys.ts';
import { type FilterValue, recordCondition } from './filters.ts';
import { MAX_PAGE } from './pages.ts';
import { searchFor } from './search-condition.ts';

/** Fields of any record that the search may be restricted by, and the inputs that do so. */
const FILTERED: Readonly<Record<string, string>> = {
  id: 'UUIDFilter',
  createdAt: 'DateTimeFilter',
  updatedAt: 'DateTimeFilter',
  deletedAt: 'DateTimeFilter',
};

/** Fields that hold the address of a picture of the record; the first that an object has counts. */
const PICTURES = ['avatarUrl', 'logoUrl', 'pictureUrl', 'imageUrl', 'photoUrl'];

export const SearchPlugin: GraphileConfig.Plugin = {
  name: 'SearchPlugin',
  version: '1.0.0',
  description: 'Adds the search of all objects',
  schema: {
    hooks: {
      init(_, build) {
        registerFilter(build);
        registerResults(build);
        return _;
      },
      GraphQLObjectType_fields(fields, build, { scope: { isRootQuery } }) {
        // A table made by hand may be called search: its records keep their name.
        if (!isRootQuery || 'search' in fields) return fields;
        return build.extend(fields, { search: search(build) }, 'SearchPlugin adds search');
      },
    },
  },
};

function registerFilter(build: GraphileBuild.Build): void {
  const { GraphQLList, GraphQLNonNull } = build.graphql;
  const name = 'ObjectRecordFilterInput';
  build.registerInputObjectType(
    name,
    {},
    () => ({
      description: 'By the fields that records of all objects have.',
      fields: () => {
        const self = build.getInputTypeByName(name);
        const list = new GraphQLList(new GraphQLNonNull(self));
        return {
          and: { type: list },
          or: { type: list },
          not: { type: self },
          ...Object.fromEntries(
            Object.entries(FILTERED).map(([field, input]) => [field, { type: build.getInputTypeByName(input) }]),
          ),
        };
      },
    }),
    `SearchPlugin adds ${name}`,
  );
}

function registerResults(build: GraphileBuild.Build): void {
  const { GraphQLList, GraphQLNonNull, GraphQLString, GraphQLFloat, GraphQLBoolean } = build.graphql;
  const types: Record<
    string,
    () => Record<string, { readonly type: GraphQLOutputType; readonly answer: FieldOf<Hits> }>
  > = {
    SearchRecord: () => ({
      recordId: { type: build.getOutputTypeByName('UUID'), answer: (hits) => hits.text('recordId') },
      objectNameSingular: { type: GraphQLString, answer: (hits) => hits.text('objectNameSingular') },
      objectLabelSingular: { type: GraphQLString, answer: (hits) => hits.text('objectLabelSingular') },
      label: { type: GraphQLString, answer: (hits) => hits.text('label') },
      imageUrl: { type: GraphQLString, answer: (hits) => hits.text('imageUrl') },
      tsRankCD: { type: GraphQLFloat, answer: (hits) => hits.text('tsRankCD') },
      tsRank: { type: GraphQLFloat, answer: (hits) => hits.text('tsRank') },
    }),
    SearchResultEdge: () => ({
      node: { type: build.getOutputTypeByName('SearchRecord'), answer: (hits, selected) => selected.object(hits) },
      cursor: { type: GraphQLString, answer: (hits) => [sql`'"' || ${hits.cursor()} || '"'`] },
    }),
    SearchResultPageInfo: () => ({
      endCursor: { type: GraphQLString, answer: (hits) => hits.endCursor() },
      hasNextPage: { type: GraphQLBoolean, answer: (hits) => hits.hasNextPage() },
    }),
    SearchResultConnection: () => ({
      edges: {
        type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName('SearchResultEdge'))),
        answer: (hits, selected) => hits.edges(selected),
      },
      pageInfo: {
        type: build.getOutputTypeByName('SearchResultPageInfo'),
        answer: (hits, selected) => selected.object(hits),
      },
    }),
  };
  for (const [name, fieldsOf] of Object.entries(types)) {
    const fields = () =>
      Object.fromEntries(
        Object.entries(fieldsOf()).map(([key, { type, answer }]) => [key, { type, extensions: { answer } }]),
      );
    build.registerObjectType(name, {}, () => ({ fields }), `SearchPlugin adds ${name}`);
  }
}

type FieldOf<Parent> = (parent: Parent, selected: Selected) => Json;

function search(build: GraphileBuild.Build) {
  const { GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString } = build.graphql;
  const names = { type: new GraphQLList(new GraphQLNonNull(GraphQLString)) };
  const args = {
    searchInput: {
      type: new GraphQLNonNull(GraphQLString),
      description:
        'Words; records that have all of them, each from its beginning, are found. All records where it is empty.',
    },
    limit: { type: new GraphQLNonNull(GraphQLInt) },
    after: { type: GraphQLString },
    includedObjectNameSingulars: names,
    excludedObjectNameSingulars: names,
    filter: { type: build.getInputTypeByName('ObjectRecordFilterInput') },
  };
  const root: RootAnswer = { select: (selected) => new Hits(build, selected).select() };
  return {
    type: build.getOutputTypeByName('SearchResultConnection'),
    description: 'The records of all searchable objects that words find, the best first.',
    args,
    extensions: { root },
  };
}

type Asked = {
  readonly searchInput: string;
  readonly limit: number;
  readonly after?: string | null;
  readonly includedObjectNameSingulars?: readonly string[] | null;
  readonly excludedObjectNameSingulars?: readonly string[] | null;
  readonly filter?: FilterValue | null;
};

/** What the results are answered from. */
class Hits {
  readonly #build: GraphileBuild.Build;
  readonly #selected: Selected;
  readonly #hit: SQL;
  /** Told of all hits of the page. */
  readonly #columns: SQL[] = [];

  constructor(build: GraphileBuild.Build, selected: Selected) {
    this.#build = build;
    this.#selected = selected;
    this.#hit = selected.scope.draft.alias('hit');
  }

  select(): SQL {
    const body = textOf(this.#selected.object(this));
    if (this.#columns.length === 0) return sql`(select ${body})`;
    const columns = this.#columns.map((column, i) => sql`${column} as ${sql.identifier(`c${i + 1}`)}`);
    // The one more says that there is another page.
    const hits = this.#selected.scope.draft.hole((filling) => {
      const asked = this.#selected.args(filling) as Asked;
      return hitsOf(this.#build, asked, sizeOf(asked) + 1);
    });
    const found = sql.identifier('found');
    return sql`(
      select ${body}
      from (
        select ${sql.join(columns, ', ')}
        from (select ${found}.*, row_number() over () as place from (${hits}) as ${found}) as ${this.#hit}
      ) as list)`;
  }

  text(column: string): Json {
    return orNull(sql`to_json(${this.#in(column)})`);
  }

  edges(selected: Selected): Json {
    return ['[', this.#ofPage(sql`string_agg(${textOf(selected.object(this))}, ',')${this.#shown()}`), ']'];
  }

  hasNextPage(): Json {
    const more = this.#selected.scope.draft.hole(
      (filling) => sql`count(*) > ${sql.value(sizeOf(this.#selected.args(filling) as Asked))}::int`,
    );
    return [sql`${this.#ofPage(more)}::text`];
  }

  endCursor(): Json {
    return orNull(
      sql`'"' || ${this.#ofPage(sql`(array_agg(${this.cursor()})${this.#shown()})[(count(*)${this.#shown()})::int]`)} || '"'`,
    );
  }

  /** How well the hit was found, and which it is; `placeOf` reads it. */
  cursor(): SQL {
    const place = textOf([
      '{"lastRanks":{"tsRankCD":',
      sql`to_json(${this.#in('tsRankCD')})`,
      ',"tsRank":',
      sql`to_json(${this.#in('tsRank')})`,
      '},"lastRecordIdsPerObject":{',
      sql`to_json(${this.#in('objectNameSingular')})`,
      ':',
      sql`to_json(${this.#in('recordId')})`,
      '}}',
    ]);
    return sql`translate(encode(convert_to(${place}, 'UTF8'), 'base64'), E'\n', '')`;
  }

  #in(column: string): SQL {
    return sql`${this.#hit}.${sql.identifier(column)}`;
  }

  #shown(): SQL {
    const size = this.#selected.scope.draft.hole(
      (filling) => sql`${sql.value(sizeOf(this.#selected.args(filling) as Asked))}::int`,
    );
    return sql` filter (where ${this.#hit}.place <= ${size})`;
  }

  #ofPage(column: SQL): SQL {
    this.#columns.push(column);
    return sql`list.${sql.identifier(`c${this.#columns.length}`)}`;
  }
}

/** @throws PlinthError INVALID_QUERY_INPUT */
function sizeOf({ limit }: Asked): number {
  if (limit < 0) throw refuse('INVALID_QUERY_INPUT', 'limit must not be negative');
  return Math.min(limit, MAX_PAGE);
}

// Objects ------------------------------------------------------------------------------------------------------------

/** An object with words, and where it stands among those that find a record equally well. */
type Searchable = { readonly served: ServedObject; readonly vector: Column; readonly place: number };

/** The only list of what is searched: the objects of people's work before the system's, by name. */
function searchables(build: GraphileBuild.Build): Searchable[] {
  return build.servedObjects
    .flatMap((served) => {
      const field = served.fields.find(({ type }) => FIELD_TYPES[type].isGenerated);
      const [vector] = field ? columnsFor(served, field) : [];
      // Hits of all objects are one list, and their ids of one type.
      return served.object.isSearchable && served.key.type === 'uuid' && vector ? [{ served, vector }] : [];
    })
    .sort((one, other) => Number(one.served.object.isSystem) - Number(other.served.object.isSystem))
    .map((each, place) => ({ ...each, place }));
}

/** @throws PlinthError INVALID_QUERY_INPUT for names that no object has */
function chosen(build: GraphileBuild.Build, all: readonly Searchable[], asked: Asked): Searchable[] {
  const included = asked.includedObjectNameSingulars;
  const excluded = asked.excludedObjectNameSingulars ?? [];
  const known = new Set(build.servedObjects.map(({ object }) => object.nameSingular));
  const unknown = [...(included ?? []), ...excluded].find((name) => !known.has(name));
  if (unknown !== undefined) {
    const names = all.map(({ served }) => served.object.nameSingular).join(', ');
    throw refuse(
      'INVALID_QUERY_INPUT',
      `There is no object "${unknown.slice(0, 80)}"; these can be searched: ${names}`,
    );
  }
  const fields = fieldsIn(asked.filter);
  return all.filter(({ served: { object, fields: own } }) => {
    const { nameSingular } = object;
    if ((included && !included.includes(nameSingular)) || excluded.includes(nameSingular)) return false;
    // What an object doesn't have is null in all its records, which no operator but `is` finds.
    return fields.every((name) => own.some((field) => field.name === name));
  });
}

function fieldsIn(filter: FilterValue | null | undefined): string[] {
  return Object.entries(filter ?? {}).flatMap(([key, value]) =>
    key in FILTERED ? [key] : [value ?? []].flat().flatMap(fieldsIn),
  );
}

// The statement ------------------------------------------------------------------------------------------------------

/** The best hits after the cursor. */
function hitsOf(build: GraphileBuild.Build, asked: Asked, count: number): SQL {
  const all = searchables(build);
  const last = asked.after ? placeOf(asked.after, all) : null;
  const limit = sql`limit ${sql.value(count)}::int`;
  const parts = chosen(build, all, asked).map(
    (searchable) => sql`(
      select hit.*
      from (${hitsIn(build, searchable, asked)}) as hit
      ${last ? sql`where ${isAfter(searchable, last)}` : sql.blank}
      order by hit."tsRankCD" desc, hit."tsRank" desc, hit."recordId"
      ${limit})`,
  );
  if (parts.length === 0) return NO_HITS;
  return sql`
    select hit."recordId", hit."objectNameSingular", hit."objectLabelSingular", hit.label, hit."imageUrl",
      hit."tsRankCD", hit."tsRank"
    from (${sql.join(parts, ' union all ')}) as hit
    order by hit."tsRankCD" desc, hit."tsRank" desc, hit.place, hit."recordId"
    ${limit}`;
}

/** Where no object is searched. */
const NO_HITS = sql`
    select null::uuid as "recordId", null::text as "objectNameSingular", null::text as "objectLabelSingular",
      null::text as label,
      null::text as "imageUrl", null::real as "tsRankCD", null::real as "tsRank"
    where false`;

/** What no words find: every record, equally well. */
const EVERYTHING: ReturnType<typeof searchFor> = {
  matches: (vector) => sql`${vector} is not null`,
  nearness: () => sql`0::real`,
  share: () => sql`0::real`,
};

function hitsIn(build: GraphileBuild.Build, { served, vector, place }: Searchable, asked: Asked): SQL {
  const record = sql.identifier('record');
  const words = sql`${record}.${sql.identifier(vector.name)}`;
  const { matches, nearness, share } = asked.searchInput.trim() === '' ? EVERYTHING : searchFor(asked.searchInput);
  const condition = recordCondition(build, served, record, asked.filter);
  const { nameSingular, labelSingular } = served.object;
  return sql`
        select
          ${keyIn(served, record)} as "recordId", ${sql.literal(nameSingular)}::text as "objectNameSingular",
          ${sql.value(labelSingular)}::text as "objectLabelSingular", ${labelIn(served, record)} as label,
          ${pictureIn(served, record)} as "imageUrl", ${sql.literal(place)} as place,
          ${nearness(words)} as "tsRankCD", ${share(words)} as "tsRank"
        from ${served.table.from as SQL} as ${record}
        where ${matches(words)}${condition ? sql` and ${condition}` : sql.blank}`;
}

/** What a person knows the record by; of a name all its parts. */
function labelIn(served: ServedObject, record: SQL): SQL {
  const field = served.fields.find(({ name }) => name === served.object.labelIdentifier);
  const columns = field ? columnsFor(served, field) : [];
  const words = wordColumns(columns);
  const texts = (words.length > 0 ? words : columns.slice(0, 1)).map(
    ({ name }) => sql`nullif(${record}.${sql.identifier(name)}::text, '')`,
  );
  return texts.length > 0 ? sql`concat_ws(' ', ${sql.join(texts, ', ')})` : sql`${keyIn(served, record)}::text`;
}

function pictureIn(served: ServedObject, record: SQL): SQL {
  const field = PICTURES.flatMap((name) => served.fields.find((each) => each.name === name) ?? [])[0];
  const [column] = field ? wordColumns(columnsFor(served, field)) : [];
  return column ? sql`nullif(${record}.${sql.identifier(column.name)}, '')` : sql`null::text`;
}

// Cursors ------------------------------------------------------------------------------------------------------------

/** A hit's place among all: how well it was found, its object's place, its id. */
type Place = { readonly tsRankCD: number; readonly tsRank: number; readonly place: number; readonly id: string };

/** @throws PlinthError INVALID_CURSOR */
function placeOf(cursor: string, all: readonly Searchable[]): Place {
  const { lastRanks, lastRecordIdsPerObject } = decoded(cursor);
  const { tsRankCD, tsRank } = isPlainObject(lastRanks) ? lastRanks : {};
  const [[name, id] = [], another] = isPlainObject(lastRecordIdsPerObject)
    ? Object.entries(lastRecordIdsPerObject)
    : [];
  const place = all.find(({ served }) => served.object.nameSingular === name)?.place;
  if (another || place === undefined || !isUuid(id) || !isRank(tsRankCD) || !isRank(tsRank))
    throw refuse('INVALID_CURSOR');
  return { tsRankCD, tsRank, place, id };
}

function decoded(cursor: string): Record<string, unknown> {
  try {
    const value: unknown = parseJson(Buffer.from(cursor, 'base64').toString('utf8'));
    return isPlainObject(value) ? value : {};
  } catch {
    return {}; // refused like any cursor that isn't ours
  }
}

/** What Postgres keeps as `real`. */
function isRank(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

function isAfter({ place }: Searchable, last: Place): SQL {
  const ranks = sql`(hit."tsRankCD", hit."tsRank")`;
  const lastRanks = sql`(${sql.value(last.tsRankCD)}::real, ${sql.value(last.tsRank)}::real)`;
  if (place < last.place) return sql`${ranks} < ${lastRanks}`;
  if (place > last.place) return sql`${ranks} <= ${lastRanks}`;
  return sql`(${ranks} < ${lastRanks} or (${ranks} = ${lastRanks} and hit."recordId" > ${sql.value(last.id)}::uuid))`;
}
