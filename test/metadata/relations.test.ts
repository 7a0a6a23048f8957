/** Relations, plain and morph: both ends made and gone together. Contract: metadata.md 2.6. */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import {
  CREATE_FIELD,
  changeField,
  changeObject,
  columnsOf,
  DELETE_FIELD,
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
let company: any;
let person: any;

beforeAll(async () => {
  space = await workspace();
  rocket = await makeObject(space);
  company = await objectNamed(space, 'company');
  person = await objectNamed(space, 'person');
});

const relation = (name: string, payload: object, more: object = {}) => ({
  objectMetadataId: rocket.id,
  type: 'RELATION',
  name,
  label: name,
  relationCreationPayload: payload,
  ...more,
});
const foreignKey = async (name: string) =>
  (
    await space.sql(
      'select pg_get_constraintdef(oid) as sql from pg_constraint where conname = $1 and connamespace = current_schema()::regnamespace',
      [name],
    )
  )[0]?.sql;
const columnNames = async (table: string) => (await columnsOf(space, table)).map(({ name }) => name);

describe('a plain relation', () => {
  test('many-to-one has a column, a foreign key, an index and an inverse', async () => {
    const made = await makeField(
      space,
      relation('operator', {
        type: 'MANY_TO_ONE',
        targetObjectMetadataId: company.id,
        targetFieldLabel: 'Flown rockets',
      }),
    );
    expect(made).toMatchObject({
      type: 'RELATION',
      settings: { relationType: 'MANY_TO_ONE', onDelete: 'SET_NULL', joinColumnName: 'operatorId' },
      relation: { type: 'MANY_TO_ONE', targetFieldMetadata: { name: 'flownRockets' } },
    });
    const inverse = fieldNamed(await objectNamed(space, 'company'), 'flownRockets');
    expect(inverse).toMatchObject({ type: 'RELATION', settings: { relationType: 'ONE_TO_MANY' } });
    expect(inverse.relation.targetFieldMetadata).toEqual({ id: made.id, name: 'operator' });
    expect(await columnNames('rockets')).toContain('operator_id');
    expect(await foreignKey('rockets_operator_id_fkey')).toContain('ON DELETE SET NULL');
    const indexes = await space.sql(
      "select indexname from pg_indexes where indexname = 'rockets_operator_id_idx' and schemaname = current_schema()",
    );
    expect(indexes).toHaveLength(1);
  });

  test('one-to-many puts the column on the other side, and goes with either end', async () => {
    const made = await makeField(
      space,
      relation('crew', { type: 'ONE_TO_MANY', targetObjectMetadataId: person.id, targetFieldLabel: 'Rocket' }),
    );
    expect(made.settings).toEqual({ relationType: 'ONE_TO_MANY' });
    expect(await columnNames('people')).toContain('rocket_id');
    await space.gql('mutation { createRocket(data: { name: "Soyuz" }) { id } }');
    await space.metadata(DELETE_FIELD, { id: fieldNamed(await objectNamed(space, 'person'), 'rocket').id });
    expect(await columnNames('people')).not.toContain('rocket_id');
    expect(fieldNamed(await objectNamed(space, 'rocket'), 'crew')).toBeUndefined();
  });

  test.each(['CASCADE', 'RESTRICT', 'SET_NULL', 'NO_ACTION'])('on delete is %s where it is said', async (onDelete) => {
    const name = `with${onDelete.replace('_', '')}`;
    const made = await makeField(
      space,
      relation(
        name,
        { type: 'MANY_TO_ONE', targetObjectMetadataId: company.id, targetFieldLabel: `Of ${name}` },
        { settings: { onDelete } },
      ),
    );
    const constraint = `rockets_${made.name.replace(/[A-Z]/g, (letter: string) => `_${letter.toLowerCase()}`)}_id_fkey`;
    const words = onDelete === 'NO_ACTION' ? '' : ` ON DELETE ${onDelete.replace('_', ' ')}`;
    expect(await foreignKey(constraint)).toMatch(new RegExp(`\\(id\\)${words}$`));
    const other = onDelete === 'CASCADE' ? 'RESTRICT' : 'CASCADE';
    expect((await changeField(space, made.id, { settings: { onDelete: other } })).settings).toMatchObject({
      onDelete: other,
      joinColumnName: `${name}Id`,
    });
    expect(await foreignKey(constraint)).toContain(`ON DELETE ${other}`);
    await space.metadata(DELETE_FIELD, { id: made.id });
  });

  test('to the object itself', async () => {
    await makeField(
      space,
      relation('successor', { type: 'MANY_TO_ONE', targetObjectMetadataId: rocket.id, targetFieldLabel: 'Ancestors' }),
    );
    await space.gql('mutation { createRocket(data: { name: "Ariane 6" }) { id } }');
    const { createRocket } = await space.gql(
      'mutation ($data: RocketCreateInput!) { createRocket(data: $data) { successor { name ancestors { totalCount } } } }',
      {
        data: {
          name: 'Ariane 5',
          successorId: (await space.sql("select id from rockets where name = 'Ariane 6'"))[0].id,
        },
      },
    );
    expect(createRocket.successor).toEqual({ name: 'Ariane 6', ancestors: { totalCount: 1 } });
  });
});

describe('refused, with nothing left behind', () => {
  const MALFORMED = 'FIELD_METADATA_RELATION_MALFORMED: Relation creation payload is invalid';
  const NOT_FOUND =
    'FIELD_METADATA_RELATION_MALFORMED: Object metadata relation target not found for relation creation payload';
  const taken = (name: string) =>
    `NOT_AVAILABLE: Name "${name}" is not available as it is already used by another field`;
  const invalid = (message: string) => `INVALID_FIELD_INPUT: ${message}`;
  const to = (more: object = {}) => ({
    type: 'MANY_TO_ONE',
    targetObjectMetadataId: company.id,
    targetFieldLabel: 'Things',
    ...more,
  });

  test.each<[string, () => object, string[]]>([
    ['no payload', () => relation('thing', undefined as never), [MALFORMED]],
    ['no type', () => relation('thing', to({ type: undefined })), [MALFORMED]],
    ['an unknown type', () => relation('thing', to({ type: 'MANY_TO_MANY' })), [MALFORMED]],
    ['a target that is no id', () => relation('thing', to({ targetObjectMetadataId: 'company' })), [MALFORMED]],
    ['an unknown target', () => relation('thing', to({ targetObjectMetadataId: randomUUID() })), [NOT_FOUND]],
    [
      'an empty inverse',
      () => relation('thing', to({ targetFieldLabel: '' })),
      [invalid('Name is too short'), invalid('Label is too short')],
    ],
    [
      'an inverse too long',
      () => relation('thing', to({ targetFieldLabel: 'T'.repeat(64) })),
      [invalid('Name is too long'), invalid('Label is too long')],
    ],
    [
      'an inverse that is no name',
      () => relation('thing', to({ targetFieldLabel: '2 things' })),
      [invalid('Name is not valid: it must start with lowercase letter and contain only alphanumeric letters')],
    ],
    ['a name that is taken', () => relation('name', to()), [taken('name')]],
    ['an inverse that is taken', () => relation('thing', to({ targetFieldLabel: 'Employees' })), [taken('employees')]],
    [
      'a join column that is taken there',
      () => relation('things', to({ type: 'ONE_TO_MANY', targetFieldLabel: 'Account owner' })),
      [taken('accountOwner')],
    ],
    [
      'a join column that meets the other side',
      () => relation('next', to({ targetObjectMetadataId: rocket.id, targetFieldLabel: 'Next id' })),
      [MALFORMED],
    ],
    [
      'several mistakes of both ends',
      () => relation('Thing', to({ targetFieldLabel: '' })),
      [
        invalid('Name is not valid: it must start with lowercase letter and contain only alphanumeric letters'),
        invalid('Name is too short'),
        invalid('Label is too short'),
      ],
    ],
    [
      'an unknown action on deletion',
      () => relation('thing', to(), { settings: { onDelete: 'EXPLODE' } }),
      [invalid('Setting "onDelete" must be one of CASCADE, RESTRICT, SET_NULL, NO_ACTION')],
    ],
    [
      'a default',
      () => relation('thing', to(), { defaultValue: 'uuid' }),
      [invalid('A field of type RELATION has no default value')],
    ],
  ])('%s', async (_, field, mistakes) => {
    const before = [await columnNames('rockets'), await columnNames('companies')];
    const error = await space.metadataRefused(CREATE_FIELD, { field: field() });
    expect(error.extensions.code).toBe('METADATA_VALIDATION_FAILED');
    expect(mistakesIn(error)).toEqual(mistakes);
    expect([await columnNames('rockets'), await columnNames('companies')]).toEqual(before);
    expect(fieldNamed(await objectNamed(space, 'company'), 'things')).toBeUndefined();
  });
});

describe('a morph relation', () => {
  const morph = (name: string, targets: [object: any, label: string][], more: object = {}) => ({
    objectMetadataId: rocket.id,
    type: 'MORPH_RELATION',
    name,
    label: 'Owner',
    morphRelationsCreationPayload: targets.map(([target, targetFieldLabel]) => ({
      type: 'MANY_TO_ONE',
      targetObjectMetadataId: target.id,
      targetFieldLabel,
    })),
    ...more,
  });

  test('is one field, with a column and an inverse per target', async () => {
    const made = await makeField(
      space,
      morph('owner', [
        [company, 'Owned rockets'],
        [person, 'Private rockets'],
      ]),
    );
    expect(made).toMatchObject({ name: 'owner', type: 'MORPH_RELATION', relation: null, morphId: made.id });
    expect(
      made.morphRelations.map((each: any) => [
        each.type,
        each.sourceFieldMetadata.name,
        each.targetObjectMetadata.nameSingular,
        each.targetFieldMetadata.name,
      ]),
    ).toEqual([
      ['MANY_TO_ONE', 'ownerCompany', 'company', 'ownedRockets'],
      ['MANY_TO_ONE', 'ownerPerson', 'person', 'privateRockets'],
    ]);
    const now = await objectNamed(space, 'rocket');
    expect(fieldNamed(now, 'owner').id).toBe(made.id);
    expect(fieldNamed(now, 'ownerCompany')).toBeUndefined();
    expect(await columnNames('rockets')).toEqual(expect.arrayContaining(['owner_company_id', 'owner_person_id']));
    expect(fieldNamed(await objectNamed(space, 'person'), 'privateRockets')).toMatchObject({
      type: 'RELATION',
      settings: { relationType: 'ONE_TO_MANY' },
      relation: { targetFieldMetadata: { name: 'ownerPerson' } },
    });
    const { field } = await space.metadata(
      'query ($id: UUID!) { field(id: $id) { name type morphId relation { targetObjectMetadata { nameSingular } } } }',
      { id: made.morphRelations[0].sourceFieldMetadata.id },
    );
    expect(field).toEqual({
      name: 'ownerCompany',
      type: 'MORPH_RELATION',
      morphId: made.id,
      relation: { targetObjectMetadata: { nameSingular: 'company' } },
    });
  });

  test('points to one record of one target', async () => {
    const { createCompany } = await space.gql('mutation { createCompany(data: { name: "ESA" }) { id } }');
    const { createPerson } = await space.gql('mutation { createPerson(data: { city: "Kourou" }) { id } }');
    const CREATE =
      'mutation ($data: RocketCreateInput!) { createRocket(data: $data) { ownerCompanyId ownerCompany { name } ownerPerson { id } } }';
    const { createRocket } = await space.gql(CREATE, { data: { ownerCompanyId: createCompany.id } });
    expect(createRocket).toEqual({
      ownerCompanyId: createCompany.id,
      ownerCompany: { name: 'ESA' },
      ownerPerson: null,
    });
    expect(
      await space.refused(CREATE, { data: { ownerCompanyId: createCompany.id, ownerPersonId: createPerson.id } }),
    ).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    const { companies } = await space.gql('{ companies { edges { node { ownedRockets { totalCount } } } } }');
    expect(companies.edges[0].node.ownedRockets.totalCount).toBe(1);
  });

  test('is renamed as a whole, and follows a target to its new name', async () => {
    const pad = await makeObject(space, {
      nameSingular: 'pad',
      namePlural: 'pads',
      labelSingular: 'Pad',
      labelPlural: 'Pads',
    });
    const made = await makeField(
      space,
      morph('place', [
        [pad, 'Placed rockets'],
        [company, 'Hosted rockets'],
      ]),
    );
    const changed = await changeField(space, made.id, { name: 'site', label: 'Site' });
    expect(changed.morphRelations.map((each: any) => each.sourceFieldMetadata.name)).toEqual([
      'sitePad',
      'siteCompany',
    ]);
    await changeObject(space, pad.id, { nameSingular: 'ramp', namePlural: 'ramps' });
    expect(await columnNames('rockets')).toEqual(expect.arrayContaining(['site_ramp_id', 'site_company_id']));
    const [{ constraints }] = await space.sql(
      "select array_agg(conname::text) as constraints from pg_constraint where conrelid = 'rockets'::regclass and contype = 'c'",
    );
    expect(constraints).toContain('rockets_site_check');
    await space.gql('{ rockets { edges { node { siteRamp { name } } } } }');
    await space.metadata('mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }', { id: pad.id });
    expect(fieldNamed(await objectNamed(space, 'rocket'), 'site').morphRelations).toHaveLength(1);
    await space.metadata(DELETE_FIELD, { id: made.id });
    expect(await columnNames('rockets')).not.toContain('site_company_id');
    expect(fieldNamed(await objectNamed(space, 'company'), 'hostedRockets')).toBeUndefined();
    expect(fieldNamed(await objectNamed(space, 'rocket'), 'site')).toBeUndefined();
  });

  test('takes more targets', async () => {
    const made = await makeField(space, morph('patron', [[company, 'Patronised rockets']]));
    const payload = (target: any, targetFieldLabel: string) => ({
      type: 'MANY_TO_ONE',
      targetObjectMetadataId: target.id,
      targetFieldLabel,
    });
    const update = { morphRelationsUpdatePayload: [payload(company, 'Passed over'), payload(person, 'Patron of')] };
    const changed = await changeField(space, made.id, update);
    expect(changed.morphRelations.map((each: any) => each.sourceFieldMetadata.name)).toEqual([
      'patronCompany',
      'patronPerson',
    ]);
    expect(await columnNames('rockets')).toContain('patron_person_id');
    expect(fieldNamed(await objectNamed(space, 'company'), 'passedOver')).toBeUndefined();
    const again = { morphRelationsUpdatePayload: [payload({ id: randomUUID() }, 'Nobody')] };
    expect(mistakesIn(await space.metadataRefused(UPDATE_FIELD, { id: made.id, update: again }))).toEqual([
      'FIELD_METADATA_RELATION_MALFORMED: Object metadata relation target not found for relation creation payload',
    ]);
  });

  test('of standard objects is one field, which new objects join', async () => {
    const target = fieldNamed(await objectNamed(space, 'noteTarget'), 'target');
    expect(target.type).toBe('MORPH_RELATION');
    expect(target.morphRelations.map((each: any) => each.targetObjectMetadata.nameSingular)).toEqual([
      'company',
      'person',
      'opportunity',
      'rocket',
    ]);
    expect(await space.metadataRefused(UPDATE_FIELD, { id: target.id, update: { label: 'X' } })).toMatchObject({
      extensions: { subCode: 'FIELD_MUTATION_NOT_ALLOWED' },
    });
  });

  test.each<[string, () => object, RegExp]>([
    ['no target', () => morph('thing', []), /Relation creation payload is invalid/],
    [
      'a target twice',
      () =>
        morph('thing', [
          [company, 'A'],
          [company, 'B'],
        ]),
      /each target may be named once/,
    ],
    [
      'an unknown target',
      () =>
        morph('thing', [
          [company, 'A'],
          [{ id: randomUUID() }, 'B'],
        ]),
      /Object metadata relation target not found/,
    ],
    [
      'one-to-many',
      () => ({
        ...morph('thing', []),
        morphRelationsCreationPayload: [
          { type: 'ONE_TO_MANY', targetObjectMetadataId: company.id, targetFieldLabel: 'A' },
        ],
      }),
      /a morph relation is many-to-one/,
    ],
    ['a name that is taken', () => morph('name', [[company, 'A']]), /Name "name" is not available/],
    ['a column that is taken', () => morph('owner', [[rocket, 'A']]), /Name "owner" is not available/],
    ['an inverse that is taken', () => morph('thing', [[company, 'Employees']]), /Name "employees" is not available/],
  ])('with %s is refused, and leaves nothing', async (_, field, message) => {
    const before = await columnNames('rockets');
    const error = await space.metadataRefused(CREATE_FIELD, { field: field() });
    expect(error.extensions.code).toBe('METADATA_VALIDATION_FAILED');
    expect(mistakesIn(error).join()).toMatch(message);
    expect(await columnNames('rockets')).toEqual(before);
  });
});
