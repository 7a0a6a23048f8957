/**
 * A description is text, whatever is in it: it changes nothing of what is served, and is read back as it was written.
 * docs/adoption.md
 */

import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { changeField, changeObject, makeField, makeObject } from '../metadata/asking.ts';
import { patiently, runs } from '../property-runs.ts';

const FIELDS = 12;
const names = Array.from({ length: FIELDS }, (_, i) => `f${i}`);

const PARTS = [
  ...[
    '@',
    '@inactive',
    '@name hijack',
    '@type JSON',
    '@singular x',
    '@description "x"',
    '@label',
    ' @inactive',
    '@alias y',
  ],
  ...[
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\\',
    '\\n',
    '"',
    "'",
    '--',
    '`',
    '$$',
    '\u0085',
    '\u00a0',
    '\u2003',
    '\u2028',
    '\u2029',
    '\ufeff',
  ],
  ...['text', 'Zwölf', '👩‍🚀', '{}', '"x"'],
];
const description = fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
const descriptions = fc.record({
  object: description,
  fields: fc.array(description, { minLength: FIELDS, maxLength: FIELDS }),
});

let space: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  space = await workspace();
});

const shown = (text: string) => text || null;

/** PostGraphile gives a type no description that is blank. */
const shownOfType = (text: string) => (text.trim() === '' ? null : text);

async function served() {
  const { __type } = await space.gql('{ __type(name: "Thing") { description fields { name description } } }');
  return {
    object: __type.description,
    fields: names.map((name) => __type.fields.find((field: any) => field.name === name)?.description),
  };
}

async function expectQuiet(): Promise<void> {
  expect((await space.rest('GET', '/rest/metadata/drift')).body.data).toEqual([]);
  const { body: document } = await space.rest('GET', '/rest/metadata/model');
  const { body: plan } = await space.rest('PUT', '/rest/metadata/model?dry_run=true', document);
  expect(plan.statements).toEqual([]);
}

test('of a model as code', patiently, async () => {
  const { body: standard } = await space.rest('GET', '/rest/metadata/model');
  await fc.assert(
    fc.asyncProperty(descriptions, async (given) => {
      const thing = {
        name: 'thing',
        plural: 'things',
        description: given.object,
        fields: [
          { name: 'name', type: 'TEXT' },
          ...names.map((name, i) => ({
            name,
            type: i % 3 === 0 ? 'FULL_NAME' : 'TEXT', // of several columns, the first has the description
            description: given.fields[i],
          })),
        ],
      };
      const put = await space.rest('PUT', '/rest/metadata/model', {
        ...standard,
        objects: [...standard.objects, thing],
      });
      expect(put.status).toBe(200);
      const { body } = await space.rest('GET', '/rest/metadata/model');
      const kept = body.objects.find(({ name }: any) => name === 'thing');
      expect(kept.description).toBe(given.object);
      expect(names.map((name) => kept.fields.find((field: any) => field.name === name).description)).toEqual(
        given.fields,
      );
      expect(await served()).toEqual({ object: shownOfType(given.object), fields: given.fields.map(shown) });
      expect((await space.rest('GET', '/rest/things')).status).toBe(200);
    }),
    runs(8),
  );
  await expectQuiet();
});

test('of objects and fields that are made and changed one by one', patiently, async () => {
  const object = await makeObject(space, {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
    description: '@inactive',
  });
  const field = await makeField(space, {
    objectMetadataId: object.id,
    type: 'TEXT',
    name: 'stage',
    label: 'Stage',
    description: '@name hijack',
  });
  const seen = () => space.gql('{ __type(name: "Rocket") { description fields { name description } } }');
  const descriptionsNow = async () => {
    const { __type } = await seen();
    return [__type.description, __type.fields.find(({ name }: any) => name === 'stage')?.description];
  };
  expect(await descriptionsNow()).toEqual(['@inactive', '@name hijack']);
  for (const text of [' @inactive', '@type JSON\nand more', '\\@x', 'plain', '\n@inactive', '@description "x"', ' ']) {
    await changeObject(space, object.id, { description: text });
    await changeField(space, field.id, { description: text });
    expect(await descriptionsNow()).toEqual([shownOfType(text), text]);
  }
  await expectQuiet();
});

test('comments of a DBA are smart tags as before, and descriptions behind them', async () => {
  await space.sql(`
    create table depots (id uuid primary key default gen_random_uuid(), str text, gone text, note text);
    comment on table depots is E'@plural warehouses\\nWhere things are.\\n@inactive is no tag here';
    comment on column depots.str is E'@name street\\nThe street';
    comment on column depots.gone is '@inactive';
    comment on column depots.note is E'@description of nothing\\nA note'`);
  await space.untilServed('warehouses');
  const { __type } = await space.gql('{ __type(name: "Depot") { description fields { name description } } }');
  expect(__type.description).toBe('Where things are.\n@inactive is no tag here');
  const known = Object.fromEntries(__type.fields.map((field: any) => [field.name, field.description]));
  expect(known).toMatchObject({ street: 'The street', note: 'A note' });
  expect(Object.keys(known)).not.toContain('gone');
});
