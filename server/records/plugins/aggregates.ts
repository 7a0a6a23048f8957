/**
 * Adds to connections what is told of all their records at once, whatever the page:
 *
 *   type CompanyConnection { totalCount: Int, countEmptyDomainName: Int, sumEmployees: Float, maxCreatedAt: DateTime, … }
 *
 * All that an operation selects of one connection is one statement. Contract: core.md 2.12.
 */

import { type PgCodec, TYPES } from 'postgraphile/@dataplan/pg';
import { type SQL, sql } from '../../../db/sql.ts';
import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import { type Aggregate, aggregatesOf } from '../../model/aggregates.ts';
import type { Column } from '../../model/model.ts';
import { type Json, orNull } from '../answers/json.ts';
import type { Selected } from '../answers/selection.ts';
import { numberText, valueJson } from '../answers/values.ts';
import { farFromEnds } from '../buckets.ts';
import type { FieldConfig } from './field-config.ts';
import type { Page } from './pages.ts';
import { scalarType } from './record-types.ts';

export const AggregatesPlugin: GraphileConfig.Plugin = {
  name: 'AggregatesPlugin',
  version: '1.0.0',
  description: 'Adds the aggregates of connections',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope: { connectionOf } }) {
        if (!connectionOf) return fields;
        const own = aggregateFields(build, connectionOf, (page: Page, aggregate) =>
          page.total((record) => aggregateSql(connectionOf, aggregate, record)),
        );
        return build.extend(fields, own, `AggregatesPlugin adds the aggregates of ${connectionOf.object.namePlural}`);
      },
    },
  },
};

/** The fields of all aggregates of an object. @param read the aggregate's value, of its scalar's Postgres type */
export function aggregateFields<Parent>(
  build: GraphileBuild.Build,
  served: ServedObject,
  read: (parent: Parent, aggregate: Aggregate) => SQL,
): Record<string, FieldConfig> {
  const aggregates = aggregatesOf(served.object);
  const byName = new Map(aggregates.map((aggregate) => [aggregate.name, aggregate]));
  // They are more than half of all fields of a schema, so they share what they have in common: a tenth of its memory.
  const extensions = Object.assign(Object.create(null), {
    answer(parent: Parent, { name }: Selected) {
      const aggregate = byName.get(name) as Aggregate;
      return aggregateJson(aggregate, read(parent, aggregate));
    },
  });
  return Object.fromEntries(
    aggregates.map(({ name, scalar }) => [name, { type: scalarType(build, scalar, ''), extensions }]),
  );
}

/**
 * An average is a quotient, which Postgres writes to some twenty digits: as a number, it is as near as a number can be.
 * Only where its whole digits are more than a number has does it stay as it is.
 */
function aggregateJson({ kind, scalar }: Aggregate, value: SQL): Json {
  if (kind === 'avg' && scalar === 'BigFloat')
    return orNull(
      // A quotient smaller than a double can be would be out of range.
      sql`case when ${value} = 0 or abs(${value}) between 1e-300 and 9007199254740991
      then to_json(${value}::float8)::text else ${numberText(value, false)} end`,
    );
  return valueJson(value, { scalar, isArray: false, codec: CODECS[scalar], isNullable: true });
}

const CODECS: Readonly<Record<Aggregate['scalar'], PgCodec>> = {
  BigFloat: TYPES.numeric,
  DateTime: TYPES.timestamptz,
  Float: TYPES.float,
  Int: TYPES.int,
};

/** The columns that an aggregate reads; none for `totalCount`. */
export function columnsOver(served: ServedObject, { field, part }: Aggregate): readonly Column[] {
  const columns = field ? columnsFor(served, field) : [];
  return part ? columns.filter((column) => column.part === part) : columns;
}

/** The expression of an aggregate over `alias`, of its scalar's Postgres type. */
export function aggregateSql(served: ServedObject, aggregate: Aggregate, alias: SQL): SQL {
  const columns = columnsOver(served, aggregate);
  const [column] = columns;
  if (!column) return sql`count(*)::int`;
  const value = valueIn(served, column, alias);
  const { kind, scalar } = aggregate;
  switch (kind) {
    case 'countUniqueValues': {
      const values = columns.map((each) => valueIn(served, each, alias));
      if (values.length === 1) return sql`count(distinct ${value})::int`;
      return sql`count(distinct (${sql.join(values, ', ')})) filter (where not ${isEmpty(served, columns, alias)})::int`;
    }
    case 'countEmpty':
      return sql`count(*) filter (where ${isEmpty(served, columns, alias)})::int`;
    case 'countNotEmpty':
      return sql`count(*) filter (where not ${isEmpty(served, columns, alias)})::int`;
    case 'percentageEmpty':
      return sql`count(*) filter (where ${isEmpty(served, columns, alias)})::float8 / nullif(count(*), 0)`;
    case 'percentageNotEmpty':
      return sql`count(*) filter (where not ${isEmpty(served, columns, alias)})::float8 / nullif(count(*), 0)`;
    case 'countTrue':
      return sql`count(*) filter (where ${value})::int`;
    case 'countFalse':
      return sql`count(*) filter (where not ${value})::int`;
    case 'sum':
    case 'avg':
      if (isFloat(served, column)) return floatSum(value, kind);
      return sql`${sql.identifier(kind)}(${value})::${CODECS[scalar].sqlType}`;
    default: {
      const found = sql`${sql.identifier(kind)}(${value})`;
      const { codec } = served.table.codec.attributes[column.name];
      if (inner(codec) === TYPES.date) return sql`(${farFromEnds(found)})::timestamptz`;
      // By its text, a single-precision number is the one that records show.
      return sql`${inner(codec) === TYPES.float4 ? sql`${found}::text` : found}::${CODECS[scalar].sqlType}`;
    }
  }
}

function inner(codec: PgCodec): unknown {
  return codec.domainOfCodec ?? codec;
}

function isFloat({ table }: ServedObject, { name }: Column): boolean {
  const codec = inner(table.codec.attributes[name].codec);
  return codec === TYPES.float || codec === TYPES.float4;
}

/**
 * Postgres refuses a sum of doubles that overflows, and an average whose squares do. So the large ones are added as
 * numerics, which do not overflow; a sum beyond the doubles is infinite.
 */
function floatSum(value: SQL, kind: 'sum' | 'avg'): SQL {
  const isSmall = sql`abs(${value}) < 1e150::float8`;
  const small = sql`sum(${value}::float8) filter (where ${isSmall})`;
  const large = sql`sum(${value}::text::numeric) filter (where not ${isSmall})`;
  const all = sql`(coalesce(${small}, 0)::text::numeric + ${large})`;
  if (kind === 'avg')
    return sql`case when ${large} is null then avg(${value}::float8) filter (where ${isSmall})
    else (${all} / nullif(count(${value}), 0))::text::float8 end`;
  return sql`case
    when ${large} is null then ${small}
    when ${all} <> 'NaN' and abs(${all}) > ${LARGEST_DOUBLE} then sign(${all})::float8 * 'Infinity'::float8
    else ${all}::float8
  end`;
}

const LARGEST_DOUBLE = sql`1.7976931348623157e308`;

/** No value: of a composite, no part that would be one by itself. Never null. */
function isEmpty(served: ServedObject, columns: readonly Column[], alias: SQL): SQL {
  const values = columns.filter(({ part }) => !part.isQualifier).map((column) => valueIn(served, column, alias));
  return sql`(${sql.join(
    values.map((value) => sql`${value} is null`),
    ' and ',
  )})`;
}

/** A column's value, null where it is empty: an empty text says no more than null does. Contract: core.md 2.9 (11) */
export function valueIn({ table }: ServedObject, { name, part }: Column, alias: SQL): SQL {
  const { codec } = table.codec.attributes[name];
  const value = sql`${alias}.${sql.identifier(name)}`;
  // `json` keeps its text and so cannot be compared.
  if (codec === TYPES.json) return sql`${value}::jsonb`;
  return part.empty === undefined ? value : sql`nullif(${value}, ${sql.literal(part.empty)}::${codec.sqlType as SQL})`;
}
