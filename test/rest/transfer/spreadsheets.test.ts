/** CSV as spreadsheets write it: other delimiters and line breaks, labels for names, rows that say nothing. */

import { beforeAll, beforeEach, expect, test } from 'vitest';
import { workspace } from '../../fixture.ts';
import { type Event, imported, refusedImport, type Space } from './files.ts';

let space: Space;

beforeAll(async () => {
  space = await workspace();
  const object = { nameSingular: 'ride', namePlural: 'rides', labelSingular: 'Ride', labelPlural: 'Rides' };
  const { body } = await space.rest('POST', '/rest/metadata/objects', object);
  const options = ['DONE', 'IN_PROGRESS', 'NEW'].map((value, position) => ({
    value,
    label: value.toLowerCase(),
    color: 'blue',
    position,
  }));
  for (const [name, label, type, more] of [
    ['isPaid', '已付款', 'BOOLEAN', { isNullable: true }],
    ['states', 'States', 'MULTI_SELECT', { options }],
    ['noteText', 'Note', 'TEXT', {}],
    ['price', 'Price', 'CURRENCY', {}],
  ] as const)
    await space.rest('POST', '/rest/metadata/fields', { objectMetadataId: body.id, name, label, type, ...more });
});

beforeEach(() => space.sql('delete from rides'));

async function rides(file: string | Buffer): Promise<{ done: Event; refused: Event[]; rows: any[] }> {
  const events = await imported(space, '/rest/rides/import', 'csv', file);
  const { body } = await space.rest('GET', '/rest/rides?depth=0&order_by=position');
  return {
    done: events.at(-1) as Event,
    refused: events.filter(({ event }) => event === 'refused'),
    rows: body.data.rides,
  };
}

test.each([
  ['commas', 'name,noteText\r\nA,"1,5"\r\nB,2\r\n'],
  ['semicolons', 'name;noteText\r\nA;"1,5"\r\nB;2\r\n'],
  ['tabs', 'name\tnoteText\r\nA\t1,5\r\nB\t2\r\n'],
  ['semicolons that the file states', 'sep=;\r\nname;noteText\r\nA;1,5\r\nB;2\r\n'],
  ['a byte order mark', '\ufeffname;noteText\nA;1,5\nB;2'],
  ['carriage returns alone', 'name,noteText\rA,"1,5"\rB,2\r'],
])('a file with %s', async (_name, file) => {
  const { done, rows } = await rides(file);
  expect(done).toMatchObject({ event: 'done', created: 2, refused: 0 });
  expect(rows.map(({ name, noteText }) => [name, noteText])).toEqual([
    ['A', '1,5'],
    ['B', '2'],
  ]);
});

test('a quoted cell behind another delimiter may hold line breaks', async () => {
  const { rows } = await rides('name;noteText\r\nA;"one\r\ntwo; three"\r\nB;2\r\n');
  expect(rows.map(({ noteText }) => noteText)).toEqual(['one\r\ntwo; three', '2']);
});

test('rows of empty cells are passed over, and empty columns at the end', async () => {
  const { done, rows } = await rides('name,noteText,,\nA,1,,\n,,,\n,\n\nB,2,,\n"",""\n');
  expect(done).toMatchObject({ created: 2, refused: 0 });
  expect(rows.map(({ name }) => name)).toEqual(['A', 'B']);
});

test('a cell under an empty column at the end is refused, not lost', async () => {
  const { done, refused } = await rides('name,,\nA,,x\n');
  expect([done.created, refused.map(({ line, message }) => [line, message])]).toEqual([
    0,
    [[2, 'The row has 3 cells, and the first line names 1 columns']],
  ]);
});

test('columns go by names and by labels, in any case', async () => {
  const { rows } = await rides('NAME;note;已付款;Price.amountMicros;PRICE.CURRENCYCODE\nA;b;是;1500000;EUR\n');
  expect(rows[0]).toMatchObject({
    name: 'A',
    noteText: 'b',
    isPaid: true,
    price: { amountMicros: 1_500_000, currencyCode: 'EUR' },
  });
  const refused = await refusedImport(
    space,
    '/rest/rides/import',
    { 'Content-Type': 'text/csv' },
    'name;Nota;NAME\nA;b;c\n',
  );
  expect(refused.body.messages[0]).toBe(
    'The first line names the columns: ride has no "Nota"; column "NAME" comes twice',
  );
});

test.each([
  ['true', true],
  ['Yes', true],
  ['1', true],
  ['是', true],
  ['FALSE', false],
  ['no', false],
  ['0', false],
  ['否', false],
])('a BOOLEAN cell %s is %s', async (cell, value) => {
  const { rows } = await rides(`name,isPaid\nA,${cell}\n`);
  expect(rows.map(({ isPaid }) => isPaid)).toEqual([value]);
});

test('a BOOLEAN cell of another word is refused by name', async () => {
  const { refused } = await rides('name,isPaid\nA,maybe\n');
  expect(refused[0]?.message).toContain('isPaid');
});

test.each([
  ['DONE', ['DONE']],
  ['"DONE,IN_PROGRESS"', ['DONE', 'IN_PROGRESS']],
  ['DONE; NEW', ['DONE', 'NEW']],
  ['"[""NEW"",""DONE""]"', ['NEW', 'DONE']],
])('a MULTI_SELECT cell %s', async (cell, states) => {
  const { rows } = await rides(`name,states\nA,${cell}\n`);
  expect(rows.map((ride) => ride.states)).toEqual([states]);
});

test('a MULTI_SELECT cell with an unknown option is refused, with the options', async () => {
  const { refused } = await rides('name,states\nA,"DONE,OLD"\n');
  expect(refused[0]?.message).toMatch(/states.*DONE, IN_PROGRESS, NEW/);
});
