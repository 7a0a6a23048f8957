/** Indexes that users ask for. Contract: metadata.md 2.8. */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import {
  CREATE_INDEX,
  changeField,
  changeObject,
  fieldNamed,
  makeField,
  makeObject,
  mistakesIn,
  objectNamed,
  UPDATE_FIELD,
  type Workspace,
} from './asking.ts';

let space: Workspace;
let rocket: any;
const field: Record<string, any> = {};

const FIELDS = {
  mass: 'NUMBER',
  code: 'TEXT',
  tags: 'ARRAY',
  extra: 'RAW_JSON',
  price: 'CURRENCY',
  site: 'LINKS',
  kind: 'TEXT',
};

beforeAll(async () => {
  space = await workspace();
  rocket = await makeObject(space);
  const { createManyFields } = await space.metadata(
    'mutation ($inputs: [CreateOneFieldMetadataInput!]!) { createManyFields(inputs: $inputs) { id name } }',
    {
      inputs: Object.entries(FIELDS).map(([name, type]) => ({
        field: { objectMetadataId: rocket.id, type, name, label: name },
      })),
    },
  );
  for (const made of createManyFields) field[made.name] = made;
});

const index = (given: object) => ({ objectMetadataId: rocket.id, ...given });
const indexed = async (given: object) => (await space.metadata(CREATE_INDEX, { index: index(given) })).createOneIndex;
const definition = async (name: string) =>
  (
    await space.sql('select indexdef from pg_indexes where schemaname = current_schema() and indexname = $1', [name])
  )[0]?.indexdef.replace(`${space.schema}.`, '');

describe('an index', () => {
  test('is made from fields by id, in their order', async () => {
    const made = await indexed({ fieldMetadataIds: [field.mass.id, field.code.id] });
    expect(made).toMatchObject({
      name: 'rockets_mass_code_idx',
      isCustom: true,
      isUnique: false,
      indexType: 'BTREE',
      indexWhereClause: null,
      indexFieldMetadataList: [
        { fieldMetadataId: field.mass.id, order: 0, subFieldName: null },
        { fieldMetadataId: field.code.id, order: 1, subFieldName: null },
      ],
      objectMetadata: { edges: [{ node: { nameSingular: 'rocket' } }] },
    });
    expect(await definition('rockets_mass_code_idx')).toBe(
      'CREATE INDEX rockets_mass_code_idx ON rockets USING btree (mass, code)',
    );
  });

  test('is made from sub-fields, in the other generation of the input', async () => {
    await indexed({
      indexFieldMetadatas: [{ fieldMetadataId: field.price.id, subFieldName: 'currencyCode' }],
    });
    expect(await definition('rockets_price_currency_code_idx')).toContain('USING btree (price_currency_code)');
    await indexed({ fieldMetadataIds: [field.site.id] });
    expect(await definition('rockets_site_primary_link_url_idx')).toContain('(site_primary_link_url)');
  });

  test('looks into lists and JSON with GIN', async () => {
    await indexed({ fieldMetadataIds: [field.tags.id], indexType: 'GIN' });
    expect(await definition('rockets_tags_gin_idx')).toContain('USING gin (tags)');
  });

  test('holds that values are unique, and the API says so', async () => {
    const made = await indexed({ fieldMetadataIds: [field.kind.id, field.code.id], isUnique: true });
    expect(await definition(made.name)).toBe(
      'CREATE UNIQUE INDEX rockets_kind_code_unique_idx ON rockets USING btree (kind, code)',
    );
    await space.gql('mutation { createRocket(data: { kind: "a", code: "b" }) { id } }');
    expect(await space.refused('mutation { createRocket(data: { kind: "a", code: "b" }) { id } }')).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', subCode: 'DUPLICATE_ENTRY_DETECTED' },
    });
  });

  test('follows fields and objects to their new names, and goes with its fields', async () => {
    const extra = await makeField(space, { objectMetadataId: rocket.id, type: 'TEXT', name: 'motto', label: 'Motto' });
    await indexed({ fieldMetadataIds: [extra.id, field.mass.id] });
    await changeField(space, extra.id, { name: 'saying' });
    expect(await definition('rockets_saying_mass_idx')).toContain('(saying, mass)');
    await changeObject(space, rocket.id, { nameSingular: 'launcher', namePlural: 'launchers' });
    expect(await definition('launchers_saying_mass_idx')).toContain('(saying, mass)');
    await changeObject(space, rocket.id, { nameSingular: 'rocket', namePlural: 'rockets' });
    await space.rest('DELETE', `/rest/metadata/fields/${extra.id}`);
    expect(await definition('rockets_saying_mass_idx')).toBeUndefined();
    const names = (await objectNamed(space, 'rocket')).indexMetadataList.map(({ name }: any) => name);
    expect(names).toContain('rockets_mass_code_idx');
    expect(names).not.toContain('rockets_saying_mass_idx');
  });

  test('goes when it is asked to, over both APIs', async () => {
    const made = await space.rest('POST', '/rest/metadata/indexes', index({ fieldMetadataIds: [field.kind.id] }));
    expect(made).toMatchObject({ status: 201, body: { name: 'rockets_kind_idx', indexType: 'BTREE' } });
    expect((await space.rest('GET', `/rest/metadata/indexes/${made.body.id}`)).body).toEqual(made.body);
    expect((await space.rest('DELETE', `/rest/metadata/indexes/${made.body.id}`)).status).toBe(200);
    expect(await definition('rockets_kind_idx')).toBeUndefined();
    const again = await indexed({ fieldMetadataIds: [field.kind.id] });
    const { deleteOneIndex } = await space.metadata(
      'mutation ($id: UUID!) { deleteOneIndex(input: { id: $id }) { name } }',
      { id: again.id },
    );
    expect(deleteOneIndex.name).toBe('rockets_kind_idx');
    expect((await space.rest('GET', `/rest/metadata/indexes/${again.id}`)).status).toBe(404);
  });
});

describe('refused', () => {
  test.each<[string, () => object, string]>([
    ['no field', () => ({ fieldMetadataIds: [] }), 'An index needs at least one field'],
    ['the same again', () => ({ fieldMetadataIds: [field.mass.id, field.code.id] }), 'The same index exists already'],
    ['a column twice', () => ({ fieldMetadataIds: [field.mass.id, field.mass.id] }), 'An index has each column once'],
    ["another object's field", () => ({ fieldMetadataIds: [rocket.id] }), `Field ${'%'} is not a field of rocket`],
    [
      'BTREE of JSON',
      () => ({ fieldMetadataIds: [field.extra.id] }),
      'A BTREE index is not for field "extra" of type RAW_JSON',
    ],
    [
      'GIN of text',
      () => ({ fieldMetadataIds: [field.code.id], indexType: 'GIN' }),
      'A GIN index is not for field "code" of type TEXT',
    ],
    [
      'unique GIN',
      () => ({ fieldMetadataIds: [field.extra.id], indexType: 'GIN', isUnique: true }),
      'A GIN index cannot be unique',
    ],
    [
      'the many side of a relation',
      () => ({ fieldMetadataIds: [fieldNamed(rocket, 'attachments').id] }),
      'Field "attachments" has no column to index',
    ],
    [
      'an unknown sub-field',
      () => ({ indexFieldMetadatas: [{ fieldMetadataId: field.price.id, subFieldName: 'cents' }] }),
      'Field "price" has no column "cents" to index',
    ],
    [
      'what a field brings along',
      () => ({ fieldMetadataIds: [fieldNamed(rocket, 'position').id] }),
      'The same index exists already',
    ],
  ])('%s', async (_, given, message) => {
    const error = await space.metadataRefused(CREATE_INDEX, { index: index(given()) });
    expect(error.extensions).toMatchObject({ code: 'METADATA_VALIDATION_FAILED', summary: { index: 1 } });
    expect(mistakesIn(error)).toEqual([`INVALID_INDEX_INPUT: ${message.replace('%', rocket.id)}`]);
  });

  test('more than ten of one object', async () => {
    const { id } = await makeObject(space, {
      nameSingular: 'pad',
      namePlural: 'pads',
      labelSingular: 'Pad',
      labelPlural: 'Pads',
    });
    const { createManyFields } = await space.metadata(
      'mutation ($inputs: [CreateOneFieldMetadataInput!]!) { createManyFields(inputs: $inputs) { id } }',
      {
        inputs: Array.from({ length: 11 }, (_, i) => ({
          field: { objectMetadataId: id, type: 'NUMBER', name: `n${i}`, label: `N ${i}` },
        })),
      },
    );
    const make = (i: number) => ({ objectMetadataId: id, fieldMetadataIds: [createManyFields[i].id] });
    for (let i = 0; i < 10; i++) await space.metadata(CREATE_INDEX, { index: make(i) });
    expect(mistakesIn(await space.metadataRefused(CREATE_INDEX, { index: make(10) }))).toEqual([
      'INVALID_INDEX_INPUT: An object may have 10 custom indexes, not more',
    ]);
  });

  test('both generations of the input at once', async () => {
    expect(
      await space.metadataRefused(CREATE_INDEX, { index: index({ fieldMetadataIds: [], indexFieldMetadatas: [] }) }),
    ).toMatchObject({ extensions: { subCode: 'INVALID_INDEX_INPUT' } });
  });

  test("a unique index over values that repeat, or a field's uniqueness, and nothing changes", async () => {
    await space.gql('mutation { createRockets(data: [{ mass: 7, kind: "x" }, { mass: 7, kind: "x" }]) { id } }');
    for (const [query, variables] of [
      [CREATE_INDEX, { index: index({ fieldMetadataIds: [field.mass.id], isUnique: true }) }],
      [UPDATE_FIELD, { id: field.kind.id, update: { isUnique: true } }],
    ] as const) {
      const error = await space.metadataRefused(query, variables);
      expect(error.extensions.code).toBe('METADATA_VALIDATION_FAILED');
      expect(error.message).toContain('records have the same value where each must have its own');
    }
    expect((await objectNamed(space, 'rocket')).indexMetadataList.filter(({ isUnique }: any) => isUnique)).toHaveLength(
      2,
    );
    await space.gql('mutation { createRocket(data: { mass: 7, kind: "x" }) { id } }');
  });

  test('deletion of what comes with a field', async () => {
    expect(
      await space.metadataRefused('mutation ($id: UUID!) { deleteOneIndex(input: { id: $id }) { id } }', {
        id: fieldNamed(rocket, 'position').id,
      }),
    ).toMatchObject({ extensions: { subCode: 'INVALID_INDEX_INPUT' } });
  });
});

test('a unique field has its index', async () => {
  await changeField(space, field.site.id, { isUnique: true });
  expect((await objectNamed(space, 'rocket')).indexMetadataList).toContainEqual(
    expect.objectContaining({ name: 'rockets_site_key', isUnique: true, isCustom: false }),
  );
  await changeField(space, field.site.id, { isUnique: false });
  expect(await definition('rockets_site_key')).toBeUndefined();
});

test('a field that becomes unique takes the place of an index of its own: its values are indexed once', async () => {
  const note = await makeField(space, { objectMetadataId: rocket.id, name: 'note', label: 'Note', type: 'TEXT' });
  await indexed({ fieldMetadataIds: [note.id] });
  await changeField(space, note.id, { isUnique: true });
  const over = await space.sql(
    "select indexname from pg_indexes where schemaname = current_schema() and indexdef like '%(note)%'",
  );
  expect(over).toEqual([{ indexname: 'rockets_note_key' }]);
  const { indexMetadataList } = await objectNamed(space, 'rocket');
  expect(indexMetadataList.filter(({ name }: any) => name.startsWith('rockets_note'))).toHaveLength(1);
});
