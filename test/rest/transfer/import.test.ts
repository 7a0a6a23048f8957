/** What an import writes, refuses and says of it, line by line; and where it goes on. */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../../fixture.ts';
import { type Event, exported, type Format, imported, open, refusedImport, type Space, send, TYPES } from './files.ts';

let space: Space;
beforeAll(async () => {
  space = await workspace();
});

const names = async (): Promise<string[]> =>
  (await space.sql('select name from companies order by position, id')).map(({ name }) => name);
const clear = () => space.sql('delete from companies');
const lines = (...records: object[]) => records.map((record) => JSON.stringify(record)).join('\n');

/** `[line, message]` of each refused record. */
const refusals = (events: readonly Event[]) =>
  events.filter(({ event }) => event === 'refused').map(({ line, message }) => [line, message]);

async function companies(format: Format, file: string | Buffer, query = '') {
  await clear();
  const events = await imported(space, `/rest/companies/import${query}`, format, file);
  return { events, done: events.at(-1) as Event, refused: refusals(events), names: await names() };
}

describe('NDJSON', () => {
  test('writes what can be written, and says of the rest which line it is, and why', async () => {
    const file = [
      '{"name":"a"}',
      '{"name":5}',
      '{"name":"b",}',
      '',
      '["c"]',
      '{"nam":"d"}',
      '{"name":"e","domainName":{"primaryLinkUrl":"e.test"}}',
      '{"name":"f","domainName":{"primaryLinkUrl":"e.test"}}',
      '{"name":"g","accountOwnerId":"20202020-1c25-4d02-bf25-6aeccf7ea419"}',
      '{"name":"h","employees":"many"}\r',
      '{"name":"i","createdAt":"never"}',
      '{"name":"j"}',
    ];
    const { done, refused, names: written } = await companies('ndjson', file.join('\n'));
    expect(written).toEqual(['a', 'e', 'j']);
    expect(refused).toEqual([
      [2, expect.stringContaining('"name" of company')],
      [3, 'The line is not valid JSON'],
      [5, 'The line must be a JSON object with the fields of one record'],
      [6, 'Object company doesn\'t have any "nam" field.'],
      [8, 'A duplicate entry was detected on domainName'],
      [9, 'The record referred to on accountOwnerId does not exist'],
      [10, expect.stringContaining('"employees"')],
      [11, expect.stringContaining('"createdAt"')],
    ]);
    expect(done).toMatchObject({ event: 'done', line: 12, created: 3, updated: 0, refused: 8, untold: 0 });
  });

  test('is by IMPORT, unless a line says otherwise', async () => {
    await companies('ndjson', lines({ name: 'a' }, { name: 'b', createdBy: { source: 'EMAIL' } }));
    const sources = await space.sql('select created_by_source as source from companies order by name');
    expect(sources).toEqual([{ source: 'IMPORT' }, { source: 'EMAIL' }]);
  });

  test('a record that the database refuses without saying which is found', async () => {
    await space.sql(`alter table companies add constraint no_ghosts check (name <> 'ghost')`);
    const file = Array.from({ length: 300 }, (_, i) => ({ name: i === 123 || i === 250 ? 'ghost' : `c${i}` }));
    const { refused, done } = await companies('ndjson', lines(...file));
    await space.sql('alter table companies drop constraint no_ghosts');
    expect(refused).toEqual([
      [124, 'The record breaks the rule no_ghosts'],
      [251, 'The record breaks the rule no_ghosts'],
    ]);
    expect(done).toMatchObject({ created: 298, refused: 2, line: 300 });
  });

  test('of a file of nothing but mistakes each is told, up to a bound', async () => {
    const file = Array.from({ length: 1_200 }, (_, i) => (i % 100 ? { name: 5 } : { createdAt: 'never' }));
    const { refused, done } = await companies('ndjson', lines(...file));
    expect(refused.map(([line]) => line)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
    expect(done).toMatchObject({ created: 0, refused: 1_200, untold: 200, line: 1_200 });
  });

  test('an upsert writes the same record as often as it comes', async () => {
    const at = (domain: string) => ({ domainName: { primaryLinkUrl: domain } });
    const file = [
      { name: 'a', ...at('a.test') },
      { name: 'b', ...at('b.test') },
      { name: 'a again', ...at('a.test') },
      { name: 'a at last', ...at('a.test') },
      { name: 'c' },
    ];
    const { done, names: written } = await companies('ndjson', lines(...file), '?upsert=true');
    expect(written.sort()).toEqual(['a at last', 'b', 'c']);
    expect(done).toMatchObject({ created: 3, updated: 2, refused: 0, line: 5 });
  });

  test('a record that means several is refused, the others are not', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await clear();
    await space.sql(
      `insert into companies (id, name, domain_name_primary_link_url)
      values ($1, 'one', 'one.test'), ($2, 'other', 'other.test')`,
      [one, other],
    );
    const file = lines(
      { name: 'new' },
      { id: one, domainName: { primaryLinkUrl: 'other.test' } },
      { id: other, name: 'o' },
    );
    const events = await imported(space, '/rest/companies/import?upsert=true', 'ndjson', file);
    expect(refusals(events)).toEqual([
      [2, 'The record matches several of companies: multiple records found by different unique keys'],
    ]);
    expect(events.at(-1)).toMatchObject({ created: 1, updated: 1, refused: 1 });
  });

  test('batches end in the middle of nothing', async () => {
    const file = Array.from({ length: 1_234 }, (_, i) => ({ name: `c${i}`, position: i }));
    const { events, names: written } = await companies('ndjson', lines(...file));
    expect(written).toEqual(file.map(({ name }) => name));
    expect(events.map(({ event, line, created }) => [event, line, created])).toEqual([
      ['started', 0, undefined],
      ['progress', 500, 500],
      ['progress', 1_000, 1_000],
      ['progress', 1_234, 1_234],
      ['done', 1_234, 1_234],
    ]);
  });

  test('nothing is a file too', async () => {
    expect((await companies('ndjson', '\n\n')).done).toMatchObject({ event: 'done', line: 0, created: 0, refused: 0 });
  });
});

describe('CSV', () => {
  test('reads cells by the types of their columns', async () => {
    const file = [
      'name,employees,idealCustomerProfile,annualRecurringRevenue.amountMicros,domainName.secondaryLinks,address.addressLat',
      'a,12,TRUE,9007199254740993,"[{""url"":""https://x.test"",""label"":""X""}]",-1.5e1',
      'b,,,,,',
    ];
    await companies('csv', file.join('\r\n'));
    const found = await space.rest('GET', '/rest/companies?order_by=name');
    const [a, b] = found.body.data.companies;
    expect(a).toMatchObject({
      employees: 12,
      idealCustomerProfile: true,
      annualRecurringRevenue: { amountMicros: '9007199254740993', currencyCode: null },
      domainName: { secondaryLinks: [{ url: 'x.test', label: 'X' }] },
      address: { addressLat: -15 },
    });
    expect(b).toMatchObject({ employees: null, idealCustomerProfile: false, domainName: { secondaryLinks: [] } });
  });

  test('names the line on which a refused row begins, whatever is in the rows before', async () => {
    const file = [
      'name,employees,address.addressStreet1',
      'a,1,"street\r\nand ""house"""',
      'b,many,',
      '',
      'c,1',
      'd"d",1,',
      '"e"e,1,',
      '"f\nf",true,x',
      'g,2,',
      'h,3,"never closed',
      'i,4,',
    ];
    const { refused, names: written, done } = await companies('csv', file.join('\r\n'));
    expect(written).toEqual(['a', 'g']);
    expect(refused).toEqual([
      [4, expect.stringContaining('"employees"')],
      [6, 'The row has 2 cells, and the first line names 3 columns'],
      [7, 'The row is not valid CSV: a quote stands in a cell that does not begin with one'],
      [8, 'The row is not valid CSV: something follows a closing quote'],
      [9, expect.stringContaining('"employees"')],
      [12, 'The row is not valid CSV: a quote is never closed'],
    ]);
    expect(done).toMatchObject({ created: 2, refused: 6, line: 13 });
  });

  test('an empty cell leaves alone what an upsert finds, and a new record its default', async () => {
    await companies('csv', 'name,domainName.primaryLinkUrl,employees\na,a.test,5\n');
    const again = 'name,domainName.primaryLinkUrl,employees\n,a.test,\n';
    const events = await imported(space, '/rest/companies/import?upsert=true', 'csv', again);
    expect(events.at(-1)).toMatchObject({ created: 0, updated: 1 });
    expect(await space.sql('select name, employees from companies')).toEqual([{ name: 'a', employees: 5 }]);
  });

  test('bytes that are no UTF-8 are a mistake of their row', async () => {
    const file = Buffer.concat([Buffer.from('\ufeffname\na\n'), Buffer.from([0xe9, 0x0a]), Buffer.from('b\n')]);
    const { refused, names: written } = await companies('csv', file);
    expect(written).toEqual(['a', 'b']);
    expect(refused).toEqual([[3, 'The record is not in UTF-8']]);
  });
});

describe('is refused as a whole', () => {
  const csv = { 'Content-Type': 'text/csv' };
  test.each<[string, string, Record<string, string>, string, number, string]>([
    [
      'a type that is none of ours',
      '',
      { 'Content-Type': 'application/json' },
      '{}',
      415,
      'application/x-ndjson or text/csv',
    ],
    ['another encoding', '', { 'Content-Type': 'text/csv; charset=latin1' }, 'name', 415, 'UTF-8, not latin1'],
    ['a compressed file', '', { ...csv, 'Content-Encoding': 'gzip' }, 'name', 415, 'not compressed'],
    ['an empty file', '', csv, '', 400, 'its first line must name the columns'],
    ['a file without names', '', csv, '\nname\nAcme\n', 400, 'must name the columns, and is empty'],
    ['a first line that is no CSV', '', csv, 'name,"employees\nAcme,1\n', 400, 'a quote is never closed'],
    ['unknown columns', '', csv, 'nam,company', 400, 'company has no "nam"; company has no "company"'],
    ['a composite as a column', '', csv, 'domainName', 400, 'domainName.primaryLinkUrl'],
    ['a relation as a column', '', csv, 'accountOwner', 400, 'but accountOwnerId'],
    ['a column that comes twice', '', csv, 'name,name', 400, 'column "name" comes twice'],
    ['an id that is none', '?import=5', csv, 'name', 400, "import '5' is not a valid UUID"],
  ])('%s', async (_name, query, headers, body, status, message) => {
    const answer = await refusedImport(space, `/rest/companies/import${query}`, headers, body);
    expect(answer).toMatchObject({ status, body: { messages: [expect.stringContaining(message)] } });
  });

  test('an object that there isn’t, a method that there isn’t, a key that there isn’t', async () => {
    const post = { method: 'POST', headers: { 'Content-Type': TYPES.csv }, body: 'name\n' };
    expect((await open(space, '/rest/compaies/import', post)).status).toBe(400);
    expect((await open(space, '/rest/companies/import')).status).toBe(400);
    expect((await open(space, '/rest/companies/import', { method: 'DELETE' })).status).toBe(405);
    expect((await open({ ...space, key: 'x' }, '/rest/companies/import', post)).status).toBe(401);
  });
});

describe('sent again with the same id', () => {
  const file = (count: number, mark = '') =>
    lines(...Array.from({ length: count }, (_, i) => ({ name: i === 700 ? 5 : `c${i}${mark}`, position: i })));
  const path = (id: string) => `/rest/companies/import?import=${id}`;

  /** Sends the file up to the line, and cuts the connection when the batch before it has been told. */
  async function cutOff(id: string, text: string, toldUpTo: number) {
    const cut = new AbortController();
    async function* body() {
      yield Buffer.from(text.slice(0, -20));
      await new Promise(() => undefined); // never ends by itself
    }
    const response = await send(space, path(id), 'ndjson', body(), cut.signal);
    let said = '';
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        said += Buffer.from(chunk).toString();
        if (said.includes(`"progress","line":${toldUpTo},`)) cut.abort();
      }
    } catch {
      // cut off, by us
    }
  }

  test('it goes on after what is there, and each line is written once', async () => {
    await clear();
    const id = randomUUID();
    await cutOff(id, file(1_400), 1_000);
    const state = await space.rest('GET', path(id));
    expect(state.body.data.import).toMatchObject({ id, line: 1_000, created: 999, refused: 1, isDone: false });
    expect(await space.sql('select count(*)::int from companies')).toEqual([{ count: 999 }]);

    const events = await imported(space, path(id), 'ndjson', file(1_400));
    expect(events[0]).toEqual({ event: 'started', import: id, line: 1_000 });
    expect(events.at(-1)).toMatchObject({ event: 'done', line: 1_400, created: 1_399, refused: 1 });
    expect(await names()).toEqual(Array.from({ length: 1_400 }, (_, i) => `c${i}`).filter((name) => name !== 'c700'));

    const again = await imported(space, path(id), 'ndjson', file(1_400));
    expect(again.map(({ event }) => event)).toEqual(['started', 'done']);
    expect((await space.rest('GET', path(id))).body.data.import).toMatchObject({ isDone: true });
    expect(await space.sql('select count(*)::int from companies')).toEqual([{ count: 1_399 }]);
  });

  test('as another file it is refused, and nothing is written', async () => {
    await clear();
    const id = randomUUID();
    await imported(space, path(id), 'ndjson', file(600));
    for (const other of [file(1_200, 'x'), file(599)]) {
      const events = await imported(space, path(id), 'ndjson', other);
      expect(events.at(-1)).toMatchObject({
        event: 'failed',
        statusCode: 409,
        message: 'This is not the file that was imported up to line 600',
      });
    }
    expect(await space.sql('select count(*)::int from companies')).toEqual([{ count: 600 }]);
    // The same file with more at its end is the same up to there.
    const longer = await imported(space, path(id), 'ndjson', `${file(600)}\n{"name":"more"}`);
    expect(longer.at(-1)).toMatchObject({ event: 'failed' }); // its line 600 has a line break now
  });

  test('as another object, format or way it is refused', async () => {
    const id = randomUUID();
    await imported(space, path(id), 'ndjson', '{"name":"a"}');
    const ways: [string, string][] = [
      [`/rest/people/import?import=${id}`, TYPES.ndjson],
      [path(id), TYPES.csv],
      [`${path(id)}&upsert=true`, TYPES.ndjson],
    ];
    for (const [to, type] of ways) {
      const answer = await refusedImport(space, to, { 'Content-Type': type }, 'id\n');
      expect(answer).toMatchObject({ status: 409, body: { messages: [expect.stringContaining(id)] } });
    }
  });

  test('in another workspace it is another import', async () => {
    const id = randomUUID();
    await imported(space, path(id), 'ndjson', '{"name":"a"}');
    const other = await workspace();
    expect((await other.rest('GET', path(id))).status).toBe(404);
    const events = await imported(other, path(id), 'ndjson', '{"name":"b"}');
    expect(events[0]).toMatchObject({ event: 'started', line: 0 });
    expect(events.at(-1)).toMatchObject({ event: 'done', created: 1 });
    expect((await space.rest('GET', `/rest/people/import?import=${id}`)).status).toBe(404);
  });

  test('by two at once, each line is written once', async () => {
    await clear();
    const id = randomUUID();
    const answers = await Promise.all([1, 2].map(() => imported(space, path(id), 'ndjson', file(1_100))));
    const last = answers.map((events) => events.at(-1) as Event);
    expect(last.map(({ event }) => event)).toContain('done');
    for (const { event, statusCode } of last) if (event === 'failed') expect(statusCode).toBe(409);
    expect(await space.sql('select count(*)::int, count(distinct name)::int as names from companies')).toEqual([
      { count: 1_099, names: 1_099 },
    ]);
  });

  test('old ones are forgotten when another begins', async () => {
    const id = randomUUID();
    await imported(space, path(id), 'ndjson', '{"name":"a"}');
    await space.sql(`update plinth.imports set updated_at = now() - interval '8 days' where id = $1`, [id]);
    await imported(space, '/rest/companies/import', 'ndjson', '{"name":"b"}');
    expect((await space.rest('GET', path(id))).status).toBe(404);
  });
});

test('a model that changes in the middle is followed', async () => {
  await clear();
  const { promise: isChanged, resolve: go } = Promise.withResolvers<void>();
  async function* body() {
    for (let i = 0; i < 500; i++) yield Buffer.from(`{"name":"c${i}"}\n`);
    await isChanged;
    yield Buffer.from('{"name":"last","motto":"new"}\n');
  }
  const response = await send(space, '/rest/companies/import', 'ndjson', body());
  let said = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    said += Buffer.from(chunk).toString();
    if (!said.includes('progress')) continue;
    await space.sql('alter table companies add column if not exists motto text');
    await expect.poll(async () => (await space.rest('GET', '/rest/companies?fields=motto')).status).toBe(200);
    go();
  }
  expect(said).toContain('"created":501,"updated":0,"refused":0,"untold":0');
  expect(await exported(space, '/rest/companies/export?filter=name[eq]:last&fields=motto')).toContain('"motto":"new"');
});
