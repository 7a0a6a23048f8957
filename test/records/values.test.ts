/** Each value that SQL can store reads the same everywhere: GraphQL, REST, exports, events. Contract: core.md 2.5 */

import { beforeAll, expect, test, vi } from 'vitest';
import { parsedExactly } from '../../server/model/exact-json.ts';
import { crafts, type Space } from '../contract/crafts.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };
const ODD_TEXT = String.raw`'q" b\ ' || chr(1) || chr(9) || chr(10) || chr(8232) || chr(128640)`;

/** Table, column, field, value in SQL, the JSON of it. */
const VALUES: [string, string, string, string, string][] = [
  ['crafts', 'weight', 'weight', `'NaN'`, '"NaN"'],
  ['crafts', 'weight', 'weight', `'Infinity'`, '"Infinity"'],
  ['crafts', 'weight', 'weight', `'-Infinity'`, '"-Infinity"'],
  ['crafts', 'weight', 'weight', `'-0'`, '-0'],
  ['crafts', 'weight', 'weight', '1e308', '1e+308'],
  ['crafts', 'weight', 'weight', '5e-324', '5e-324'],
  ['crafts', 'distance', 'distance', '9007199254740991', '9007199254740991'],
  ['crafts', 'distance', 'distance', '9007199254740992', '"9007199254740992"'],
  ['crafts', 'distance', 'distance', '9223372036854775807', '"9223372036854775807"'],
  ['crafts', 'distance', 'distance', `'-9223372036854775808'`, '"-9223372036854775808"'],
  ['crafts', 'mass', 'mass', `'NaN'`, '"NaN"'],
  ['crafts', 'mass', 'mass', `'Infinity'`, '"Infinity"'],
  ['crafts', 'mass', 'mass', '1.50', '1.5'],
  ['crafts', 'mass', 'mass', '9007199254740992', '9007199254740992'],
  ['crafts', 'mass', 'mass', '1000000000000000000000', '"1000000000000000000000"'],
  ['crafts', 'mass', 'mass', '0.0000001', '"0.0000001"'],
  ['crafts', 'mass', 'mass', '12345678901234567890.123', '"12345678901234567890.123"'],
  ['crafts', 'moment', 'moment', `'infinity'`, '"infinity"'],
  ['crafts', 'moment', 'moment', `'-infinity'`, '"-infinity"'],
  ['crafts', 'moment', 'moment', `'0044-03-15 BC'`, '"0044-03-15T00:00:00+00:00 BC"'],
  ['crafts', 'moment', 'moment', `'0001-01-01 00:00:00+00'`, '"0001-01-01T00:00:00.000Z"'],
  ['crafts', 'moment', 'moment', `'0001-01-01 00:00:00+01'`, '"0001-12-31T23:00:00+00:00 BC"'],
  ['crafts', 'moment', 'moment', `'9999-12-31 23:59:59 America/New_York'`, '"10000-01-01T04:59:59+00:00"'],
  ['crafts', 'moment', 'moment', `'294276-12-31 23:59:59.5+00'`, '"294276-12-31T23:59:59.5+00:00"'],
  ['crafts', 'moment', 'moment', `'2026-03-01 09:00:00.123999+00'`, '"2026-03-01T09:00:00.123Z"'],
  ['crafts', 'moment', 'moment', `'1969-12-31 23:59:59.999999+00'`, '"1969-12-31T23:59:59.999Z"'],
  ['crafts', 'day', 'day', `'infinity'`, '"infinity"'],
  ['crafts', 'day', 'day', `'0044-03-15 BC'`, '"0044-03-15 BC"'],
  ['crafts', 'day', 'day', `'5874897-12-31'`, '"5874897-12-31"'],
  ['crafts', 'extra', 'extra', `'{"n":750727362669608961,"x":"\\n"}'`, String.raw`{"n":750727362669608961,"x":"\n"}`],
  ['crafts', 'extra', 'extra', `'[1e400]'`, `[1${'0'.repeat(400)}]`],
  ['crafts', 'title', 'title', ODD_TEXT, JSON.stringify('q" b\\ \u0001\t\n\u2028🚀')],
  ['crafts', 'title', 'title', 'null', '""'],
  ['crafts', 'words', 'words', `array['a', null, '"']`, String.raw`["a",null,"\""]`],
  ['crafts', 'words', 'words', `'{}'`, '[]'],
  ['crafts', 'words', 'words', `'{{a,b},{c,d}}'`, '[["a","b"],["c","d"]]'],
  ['crafts', 'colour', 'colour', `'RED'`, '"RED"'],
  ['crafts', 'colours', 'colours', `'{BLUE,RED}'`, '["BLUE","RED"]'],
  [
    'crafts',
    'price_amount_micros',
    'price',
    '9007199254740993',
    '{"amountMicros":"9007199254740993","currencyCode":null}',
  ],
  ['gauges', 'r', 'r', '0.1', '0.1'],
  ['gauges', 'r', 'r', `'NaN'`, '"NaN"'],
  ['gauges', 'small', 'small', `'-32768'`, '-32768'],
  ['gauges', 'code', 'code', `'a'`, '"a  "'],
  ['gauges', 'short', 'short', `'x"'`, String.raw`"x\""`],
  ['gauges', 'percent', 'percent', '99.5', '99.5'],
  ['gauges', 'local', 'local', `'2026-03-01 09:00:00.5'`, '"2026-03-01T09:00:00.500Z"'],
  ['gauges', 'local', 'local', `'0044-03-15 BC'`, '"0044-03-15T00:00:00 BC"'],
  ['gauges', 'j', 'j', `e'{"a":\\n 9007199254740993}'`, '{"a":9007199254740993}'],
];

const OBJECTS = {
  crafts: {
    select: 'weight distance mass moment day extra title words colour colours price { amountMicros currencyCode }',
    singular: 'craft',
  },
  gauges: { select: 'r small code short percent local j', singular: 'gauge' },
};
type Plural = keyof typeof OBJECTS;

let space: Space;
const ids: string[] = [];
/** What was told of each record, by its id: the text of JSON, which goes into payloads and streams as it is. */
let events: Map<string, Record<string, unknown>>;
let streamed: Map<string, Record<string, unknown>>;

async function textFrom(path: string, body?: object): Promise<string> {
  const answer = await fetch(space.url + path, {
    method: body ? 'POST' : 'GET',
    headers: { ...space.who, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return text;
}

const gqlText = (query: string) => textFrom('/graphql', { query });

beforeAll(async () => {
  space = await crafts();
  await space.sql('create domain percentage as numeric check (value <= 100)');
  await space.sql(`create table gauges (
    id uuid primary key default gen_random_uuid(),
    r real, small smallint, code char(3), short varchar(9), percent percentage, local timestamp, j json)`);
  await space.untilServed('crafts');
  await space.untilServed('gauges');
  const ending = new AbortController();
  let stream = '';
  async function read(path: string): Promise<void> {
    const { body } = await fetch(space.url + path, { headers: space.who, signal: ending.signal });
    let own = '';
    for await (const chunk of (body as any).pipeThrough(new TextDecoderStream())) {
      own += chunk;
      const end = own.lastIndexOf('\n\n') + 2;
      if (end < 2) continue;
      stream += own.slice(0, end);
      own = own.slice(end);
    }
  }
  const reading = Promise.allSettled(Object.keys(OBJECTS).map((plural) => read(`/rest/${plural}/changes`)));
  await vi.waitFor(() => expect(stream.match(/^event: ready/gm)).toHaveLength(2), PATIENCE);
  // As one who writes from far away does.
  for (const [table, column, , value] of VALUES) {
    const [{ id }] = await space.sql(
      `with zone as materialized (select set_config('timezone', 'America/New_York', false))
       insert into ${table} (${column}) select ${value}::${await typeOf(table, column)} from zone returning id`,
    );
    ids.push(id);
  }
  await vi.waitFor(() => expect(stream.match(/^event: (?!ready)/gm)).toHaveLength(VALUES.length), PATIENCE);
  ending.abort();
  await reading;
  // Not by a regular expression, for which U+2028 ends a line.
  const told = stream
    .split('\n')
    .flatMap((line) => (line.startsWith('data: ') ? [parsedExactly(line.slice(6)) as any] : []));
  streamed = new Map(told.filter(({ record }) => record).map(({ recordId, record }) => [recordId, record]));
  const rows = await space.sql(`select record_id, record::text from plinth_events where action = 'created'`);
  events = new Map(rows.map(({ record_id, record }) => [record_id, parsedExactly(record) as any]));
});

async function typeOf(table: string, column: string): Promise<string> {
  const [{ type }] = await space.sql(
    `select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = $1::regclass and attname = $2`,
    [table, column],
  );
  return type;
}

test.each(VALUES.map((value, place) => [...value, place] as const))(
  '%s.%s: %s of %s is %s',
  async (table, _column, field, _value, json, place) => {
    const plural = table as Plural;
    const { select, singular } = OBJECTS[plural];
    const id = ids[place] as string;
    const exact = (text: string) => parsedExactly(text) as any;
    const one = exact(await gqlText(`{ ${singular}(filter: { id: { eq: "${id}" } }) { ${select} } }`));
    const rest = exact(await textFrom(`/rest/${plural}/${id}`));
    const seen = {
      'GraphQL, find one': one.data[singular][field],
      'REST, find one': rest.data[singular][field],
      event: events.get(id)?.[field],
      stream: streamed.get(id)?.[field],
    };
    for (const [where, value] of Object.entries(seen)) expect(JSON.stringify(value), where).toBe(json);
  },
);

test.each(Object.keys(OBJECTS) as Plural[])('lists and exports of %s hold every value', async (plural) => {
  const { select } = OBJECTS[plural];
  const graphql = parsedExactly(
    await gqlText(`{ ${plural}(first: 200) { edges { cursor node { id ${select} } } } }`),
  ) as any;
  const rest = parsedExactly(await textFrom(`/rest/${plural}?limit=200`)) as any;
  // An export that has just ended may still be counted.
  const exported = (format: string) => vi.waitFor(() => textFrom(`/rest/${plural}/export?format=${format}`), PATIENCE);
  const lines = (await exported('ndjson')).trimEnd().split('\n');
  const csv = await exported('csv');
  const lists = {
    GraphQL: graphql.data[plural].edges.map(({ node }: any) => node),
    REST: rest.data[plural],
    NDJSON: lines.map((line) => parsedExactly(line) as any),
  };
  for (const [place, [table, , field, , json]] of VALUES.entries()) {
    if (table !== plural) continue;
    for (const [where, records] of Object.entries(lists)) {
      const record = records.find(({ id }: any) => id === ids[place]);
      expect(JSON.stringify(record[field]), `${field} of ${where}`).toBe(json);
    }
    expect(csv).toContain(ids[place]);
  }
});

test('an odd value breaks no aggregate, group, order or cursor', async () => {
  await space.sql('insert into crafts (weight) values (1e308), (1e308)');
  await space.sql(`insert into crafts (mass) values (1e-400)`);
  const aggregates =
    'minWeight maxWeight sumWeight avgWeight minMass maxMass avgMass minMoment maxMoment minDay maxDay sumDistance';
  const { data, errors } = parsedExactly(await gqlText(`{ crafts { ${aggregates} } }`)) as any;
  expect(data?.crafts, JSON.stringify(errors)).toMatchObject({
    minWeight: '-Infinity',
    maxWeight: 'NaN',
    sumWeight: 'NaN',
    avgWeight: 'NaN',
  });
  const finite = `{ crafts(filter: { weight: { gte: 1e307, lt: 1.5e308 } }) { sumWeight avgWeight } }`;
  expect((await space.gql(finite)).crafts).toEqual({ sumWeight: 'Infinity', avgWeight: 1e308 });
  const tiny = `{ crafts(filter: { mass: { gt: 0, lt: 0.00000001 } }) { avgMass totalCount } }`;
  expect((await space.gql(tiny)).crafts).toMatchObject({ totalCount: 1, avgMass: expect.stringMatching(/^0\.0+1/) });
  for (const field of ['moment', 'day'])
    for (const how of ['DAY', 'WEEK, weekStartDay: SUNDAY', 'MONTH', 'DAY_OF_THE_WEEK', 'NONE'])
      for (const zone of field === 'moment' ? ['America/New_York', 'Asia/Tokyo'] : ['UTC'])
        await space.gql(
          `{ craftsGroupBy(groupBy: [{ ${field}: { granularity: ${how}, timeZone: "${zone}" } }]) { groupByDimensionValues totalCount } }`,
        );
  for (const field of ['weight', 'distance', 'mass', 'title', 'colour', 'extra'])
    await space
      .gql(`{ craftsGroupBy(groupBy: [{ ${field}: true }]) { groupByDimensionValues sumWeight } }`)
      .catch((error) => {
        if (!/not defined by type/.test(error.message)) throw error;
      });
  for (const field of ['weight', 'mass', 'moment', 'day', 'title']) {
    const seen = new Set<string>();
    for (let after: string | null = null, more = true; more; ) {
      const { crafts }: any = await space.gql(
        `query ($after: String) { crafts(first: 7, after: $after, orderBy: [{ ${field}: DescNullsLast }]) {
          edges { node { id } } pageInfo { endCursor hasNextPage } totalCount } }`,
        { after },
      );
      for (const { node } of crafts.edges) seen.add(node.id);
      ({ endCursor: after, hasNextPage: more } = crafts.pageInfo);
      if (!more) expect(seen.size, field).toBe(crafts.totalCount);
    }
  }
});
