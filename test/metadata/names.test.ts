/** Names and labels: each row of the contract's table. Contract: metadata.md 2.2, 2.3. */

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import {
  CREATE_FIELD,
  CREATE_OBJECT,
  changeField,
  changeObject,
  fieldNamed,
  makeField,
  makeObject,
  mistakesIn,
  objectNamed,
  UPDATE_FIELD,
  UPDATE_OBJECT,
  type Workspace,
} from './asking.ts';

const NOT_VALID = 'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters';
const RESERVED = 'This name is reserved. Use a different name or the system will add "Custom" suffix.';

let space: Workspace;
let rocket: any;

beforeAll(async () => {
  space = await workspace();
  rocket = await makeObject(space);
});

describe('objects', () => {
  const launcher = {
    nameSingular: 'launcher',
    namePlural: 'launchers',
    labelSingular: 'Launcher',
    labelPlural: 'Launchers',
  };

  test.each([
    [{ nameSingular: 'Launcher' }, [`INVALID_OBJECT_INPUT: ${NOT_VALID}`]],
    [{ nameSingular: 'my launcher' }, [`INVALID_OBJECT_INPUT: ${NOT_VALID}`]],
    [{ nameSingular: '2launch' }, [`INVALID_OBJECT_INPUT: ${NOT_VALID}`]],
    [{ nameSingular: 'läuncher' }, [`INVALID_OBJECT_INPUT: ${NOT_VALID}`]],
    [{ namePlural: 'drop_table' }, [`INVALID_OBJECT_INPUT: ${NOT_VALID}`]],
    [{ nameSingular: 'l'.repeat(64) }, ['INVALID_OBJECT_INPUT: Name is too long']],
    [{ namePlural: 'l'.repeat(64) }, ['INVALID_OBJECT_INPUT: Name is too long']],
    [{ nameSingular: '   ' }, ['INVALID_OBJECT_INPUT: Name is too short']],
    [
      { namePlural: ' launcher ' },
      ['INVALID_OBJECT_INPUT: The singular and plural names cannot be the same for an object'],
    ],
    [{ labelSingular: 'L'.repeat(64) }, ['INVALID_OBJECT_INPUT: Object label is too long']],
    [{ labelPlural: '   ' }, ['INVALID_OBJECT_INPUT: Object label is too short']],
    [
      { nameSingular: 'rocket' },
      ['NOT_AVAILABLE: Name "rocket" is not available as it is already used by another object'],
    ],
    [
      { namePlural: 'rocket' },
      ['NOT_AVAILABLE: Name "rocket" is not available as it is already used by another object'],
    ],
    [
      { isLabelSyncedWithName: true, labelSingular: 'Big Launcher' },
      ['NAME_NOT_SYNCED_WITH_LABEL: Name is not synced with label'],
    ],
    [
      { nameSingular: 'My', namePlural: 'events', labelPlural: ' ' },
      [
        `INVALID_OBJECT_INPUT: ${NOT_VALID}`,
        `INVALID_OBJECT_INPUT: ${RESERVED}`,
        'INVALID_OBJECT_INPUT: Object label is too short',
      ],
    ],
  ])('%j is refused', async (given, mistakes) => {
    const error = await space.metadataRefused(CREATE_OBJECT, { object: { ...launcher, ...given } });
    expect(error.extensions.code).toBe('METADATA_VALIDATION_FAILED');
    expect(mistakesIn(error)).toEqual(mistakes);
    const { status, body } = await space.rest('POST', '/rest/metadata/objects', { ...launcher, ...given });
    expect(status).toBe(400);
    expect(body.messages).toEqual([mistakes.map((mistake) => mistake.replace(/^[A-Z_]+: /, '')).join(', ')]);
  });

  test.each(['nameSingular', 'namePlural', 'labelSingular', 'labelPlural'])('an empty %s is refused', async (key) => {
    const error = await space.metadataRefused(CREATE_OBJECT, { object: { ...launcher, [key]: '' } });
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
    expect(error.message).toContain(`${key} should not be empty`);
    const { status, body } = await space.rest('POST', '/rest/metadata/objects', { ...launcher, [key]: undefined });
    expect([status, body.messages]).toEqual([400, [`${key} should not be empty`]]);
  });

  test.each(
    `user users workspace workspaces role roles job jobs featureFlag featureFlags keyValuePair keyValuePairs appToken appTokens
    plan plans event events field fields link links currency currencies fullNames address addresses type types object objects
    index relation relations aggregate pageLayout pageLayouts userWorkspace userWorkspaces`.split(/\s+/),
  )('%s is reserved', async (name) => {
    const error = await space.metadataRefused(CREATE_OBJECT, { object: { ...launcher, nameSingular: name } });
    expect(mistakesIn(error)).toContain(`INVALID_OBJECT_INPUT: ${RESERVED}`);
  });

  test('white space around a name is no part of it', async () => {
    const made = await makeObject(space, {
      nameSingular: ' probe ',
      namePlural: ' probes',
      labelSingular: 'Probe ',
      labelPlural: 'Probes',
      isLabelSyncedWithName: true,
    });
    expect(made).toMatchObject({ nameSingular: 'probe', namePlural: 'probes' });
  });

  test('an update is checked as a creation is', async () => {
    const { id } = rocket;
    const refused = async (update: object) => mistakesIn(await space.metadataRefused(UPDATE_OBJECT, { id, update }));
    expect(await refused({ nameSingular: 'Not Valid' })).toEqual([`INVALID_OBJECT_INPUT: ${NOT_VALID}`]);
    expect(await refused({ nameSingular: 'company' })).toEqual([
      'NOT_AVAILABLE: Name "company" is not available as it is already used by another object',
    ]);
    expect(await refused({ labelSingular: 'Shuttle', isLabelSyncedWithName: true })).toEqual([
      'FIELD_MUTATION_NOT_ALLOWED: Name is not synced with label',
    ]);
  });

  test('several objects change at once, or none', async () => {
    const { id } = rocket;
    const other = await makeObject(space, {
      nameSingular: 'pad',
      namePlural: 'pads',
      labelSingular: 'Pad',
      labelPlural: 'Pads',
    });
    const MANY =
      'mutation ($inputs: [UpdateOneObjectInput!]!) { updateManyObjects(inputs: $inputs) { id description } }';
    const error = await space.metadataRefused(MANY, {
      inputs: [
        { id, update: { description: 'It flies' } },
        { id: other.id, update: { nameSingular: 'users' } },
      ],
    });
    expect(mistakesIn(error)).toEqual([`INVALID_OBJECT_INPUT: ${RESERVED}`]);
    const { object } = await space.metadata('query ($id: UUID!) { object(id: $id) { description } }', { id });
    expect(object.description).toBeNull();
    const { updateManyObjects } = await space.metadata(MANY, {
      inputs: [
        { id, update: { description: 'It flies' } },
        { id: other.id, update: { description: 'It stands' } },
      ],
    });
    expect(updateManyObjects.map(({ description }: any) => description)).toEqual(['It flies', 'It stands']);
  });
});

describe('standard objects and fields', () => {
  test.each([
    [{ namePlural: 'firms' }, 'namePlural'],
    [{ nameSingular: 'firm', namePlural: 'firms' }, 'nameSingular, namePlural'],
    [{ isLabelSyncedWithName: false }, 'isLabelSyncedWithName'],
    [{ labelIdentifierFieldMetadataId: randomUUID() }, 'labelIdentifierFieldMetadataId'],
  ])('an object keeps %j', async (update, properties) => {
    const { id } = await objectNamed(space, 'company');
    expect(await space.metadataRefused(UPDATE_OBJECT, { id, update })).toMatchObject({
      message: `Cannot edit standard object metadata properties: ${properties}`,
      extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_OBJECT_INPUT' },
    });
  });

  test('a label is kept as an override', async () => {
    const company = await objectNamed(space, 'company');
    expect(await changeObject(space, company.id, { labelSingular: 'Account', icon: 'IconBuilding' })).toMatchObject({
      labelSingular: 'Account',
      nameSingular: 'company',
      standardOverrides: { labelSingular: 'Account', labelPlural: null, description: null, icon: 'IconBuilding' },
    });
    const field = fieldNamed(company, 'employees');
    expect(await changeField(space, field.id, { label: 'Headcount' })).toMatchObject({
      name: 'employees',
      label: 'Headcount',
      standardOverrides: { label: 'Headcount', description: null, icon: null },
    });
    const custom = fieldNamed(await objectNamed(space, 'rocket'), 'name');
    expect(await changeField(space, custom.id, { label: 'Title' })).toMatchObject({ standardOverrides: null });
  });

  test.each([
    [{ name: 'headcount' }, 'name'],
    [{ name: 'headcount', isLabelSyncedWithName: false }, 'name, isLabelSyncedWithName'],
  ])('a field keeps %j', async (update, properties) => {
    const { id } = fieldNamed(await objectNamed(space, 'opportunity'), 'amount');
    const given = 'isLabelSyncedWithName' in update ? update : { ...update, isLabelSyncedWithName: undefined };
    expect(await space.metadataRefused(UPDATE_FIELD, { id, update: given })).toMatchObject({
      message: `Cannot edit standard field metadata properties: ${properties}`,
      extensions: { code: 'FORBIDDEN', subCode: 'FIELD_MUTATION_NOT_ALLOWED' },
    });
  });

  test("a standard field's own unique index stays", async () => {
    const { id } = fieldNamed(await objectNamed(space, 'company'), 'domainName');
    expect(await space.metadataRefused(UPDATE_FIELD, { id, update: { isUnique: false } })).toMatchObject({
      extensions: { code: 'METADATA_VALIDATION_FAILED' },
    });
  });

  test('label, description, activation, default and options of a standard field can change', async () => {
    const stage = fieldNamed(await objectNamed(space, 'opportunity'), 'stage');
    const options = [
      { value: 'OPEN', label: 'Open', position: 0, color: 'red' },
      { value: 'WON', label: 'Won', position: 1, color: 'green' },
    ];
    const changed = await changeField(space, stage.id, {
      label: 'Phase',
      description: 'How far it is',
      options,
      defaultValue: "'OPEN'",
    });
    expect(changed).toMatchObject({ label: 'Phase', description: 'How far it is', defaultValue: "'OPEN'" });
    expect(changed.options.map(({ value }: any) => value)).toEqual(['OPEN', 'WON']);
    await changeField(space, stage.id, { isActive: false });
    expect(await space.refused('{ opportunities { edges { node { stage } } } }')).toMatchObject({
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    await changeField(space, stage.id, { isActive: true });
    const { createOpportunity } = await space.gql('mutation { createOpportunity(data: {}) { stage } }');
    expect(createOpportunity.stage).toBe('OPEN');
  });

  test('they are not deleted, and system fields not changed', async () => {
    const company = await objectNamed(space, 'company');
    expect(
      await space.metadataRefused('mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }', {
        id: company.id,
      }),
    ).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect((await space.rest('DELETE', `/rest/metadata/fields/${fieldNamed(company, 'employees').id}`)).status).toBe(
      400,
    );
    for (const name of ['createdAt', 'id', 'position', 'searchVector', 'noteTargets']) {
      const { id } = fieldNamed(company, name);
      expect(await space.metadataRefused(UPDATE_FIELD, { id, update: { label: 'X' } })).toMatchObject({
        extensions: { subCode: 'FIELD_MUTATION_NOT_ALLOWED' },
      });
      expect((await space.rest('DELETE', `/rest/metadata/fields/${id}`)).status).toBe(400);
    }
  });
});

describe('fields', () => {
  const field = (given: object) => ({
    objectMetadataId: rocket.id,
    type: 'TEXT',
    name: 'motto',
    label: 'Motto',
    ...given,
  });

  test.each([
    [{ name: 'Motto' }, [`INVALID_FIELD_INPUT: ${NOT_VALID}`]],
    [{ name: 'my motto' }, [`INVALID_FIELD_INPUT: ${NOT_VALID}`]],
    [{ name: 'm'.repeat(64) }, ['INVALID_FIELD_INPUT: Name is too long']],
    [{ name: '  ' }, ['INVALID_FIELD_INPUT: Name is too short']],
    [{ name: '' }, ['INVALID_FIELD_INPUT: Name is too short']],
    [{ label: ' ' }, ['INVALID_FIELD_INPUT: Label is too short']],
    [{ label: 'M'.repeat(64) }, ['INVALID_FIELD_INPUT: Label is too long']],
    [{ name: 'links' }, [`INVALID_FIELD_INPUT: ${RESERVED}`]],
    [{ name: 'and' }, [`INVALID_FIELD_INPUT: ${RESERVED}`]],
    [{ name: 'totalCount' }, [`INVALID_FIELD_INPUT: ${RESERVED}`]],
    [
      { name: 'createdAt' },
      ['NOT_AVAILABLE: Name "createdAt" is not available as it is already used by another field'],
    ],
    [
      { name: 'attachments' },
      ['NOT_AVAILABLE: Name "attachments" is not available as it is already used by another field'],
    ],
    [
      { name: 'createdByName' },
      ['NOT_AVAILABLE: Name "createdByName" is not available as it is already used by another field'],
    ],
    [{ isLabelSyncedWithName: true, label: 'My Motto' }, ['NAME_NOT_SYNCED_WITH_LABEL: Name is not synced with label']],
    [
      { name: 'Bad Name', label: ' ', type: 'POSITION' },
      [
        'INVALID_FIELD_INPUT: Field type POSITION is a system type and cannot be created manually.',
        `INVALID_FIELD_INPUT: ${NOT_VALID}`,
        'INVALID_FIELD_INPUT: Label is too short',
      ],
    ],
  ])('%j is refused', async (given, mistakes) => {
    const error = await space.metadataRefused(CREATE_FIELD, { field: field(given) });
    expect(error.extensions.code).toBe('METADATA_VALIDATION_FAILED');
    expect(mistakesIn(error)).toEqual(mistakes);
    const { status, body } = await space.rest('POST', '/rest/metadata/fields', field(given));
    expect(status).toBe(400);
    expect(body.messages).toEqual([mistakes.map((mistake) => mistake.replace(/^[A-Z_]+: /, '')).join(', ')]);
  });

  test("a join column's name is taken, either way around", async () => {
    const { id: company } = await objectNamed(space, 'company');
    const relation = {
      type: 'RELATION',
      relationCreationPayload: { type: 'MANY_TO_ONE', targetObjectMetadataId: company, targetFieldLabel: 'Launched' },
    };
    await makeField(space, field({ name: 'operator', label: 'Operator', ...relation }));
    expect(mistakesIn(await space.metadataRefused(CREATE_FIELD, { field: field({ name: 'operatorId' }) }))).toEqual([
      'NOT_AVAILABLE: Name "operatorId" is not available as it is already used by another field',
    ]);
    await makeField(space, field({ name: 'ownerId' }));
    expect(
      mistakesIn(
        await space.metadataRefused(CREATE_FIELD, {
          field: field({
            name: 'owner',
            ...relation,
            relationCreationPayload: { ...relation.relationCreationPayload, targetFieldLabel: 'Owned' },
          }),
        }),
      ),
    ).toEqual(['NOT_AVAILABLE: Name "ownerId" is not available as it is already used by another field']);
  });

  test('the error says which field, in the shape of the contract', async () => {
    const { message, extensions } = await space.metadataRefused(CREATE_FIELD, { field: field({ name: 'Motto' }) });
    expect({ message, extensions }).toEqual({
      message: 'Multiple validation errors occurred while creating fields',
      extensions: {
        code: 'METADATA_VALIDATION_FAILED',
        message: 'Validation failed for 1 fieldMetadata',
        userFriendlyMessage: 'Metadata validation failed',
        summary: { fieldMetadata: 1, totalErrors: 1 },
        errors: {
          fieldMetadata: [
            {
              type: 'create',
              status: 'fail',
              metadataName: 'fieldMetadata',
              flatEntityMinimalInformation: expect.objectContaining({ name: 'Motto', objectMetadataId: rocket.id }),
              errors: [
                { code: 'INVALID_FIELD_INPUT', message: NOT_VALID, userFriendlyMessage: NOT_VALID, value: 'Motto' },
              ],
            },
          ],
        },
      },
    });
  });

  test('several fields come at once, or none, and each that is wrong is named', async () => {
    const MANY = 'mutation ($inputs: [CreateOneFieldMetadataInput!]!) { createManyFields(inputs: $inputs) { name } }';
    const inputs = ['motto', 'Motto', 'motto'].map((name) => ({ field: field({ name }) }));
    const { extensions } = await space.metadataRefused(MANY, { inputs });
    expect(extensions.summary).toEqual({ fieldMetadata: 2, totalErrors: 2 });
    expect(fieldNamed(await objectNamed(space, 'rocket'), 'motto')).toBeUndefined();
    const good = ['first', 'second'].map((name) => ({ field: field({ name }) }));
    const { createManyFields } = await space.metadata(MANY, { inputs: good });
    expect(createManyFields).toEqual([{ name: 'first' }, { name: 'second' }]);
  });
});

describe('ids', () => {
  const unknown = randomUUID();

  test.each([
    ['query ($id: UUID!) { object(id: $id) { id } }', 'OBJECT_METADATA_NOT_FOUND'],
    ['query ($id: UUID!) { field(id: $id) { id } }', 'FIELD_METADATA_NOT_FOUND'],
    ['query ($id: UUID!) { index(id: $id) { id } }', 'INDEX_METADATA_NOT_FOUND'],
    ['mutation ($id: UUID!) { updateOneObject(input: { id: $id, update: {} }) { id } }', 'OBJECT_METADATA_NOT_FOUND'],
    ['mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }', 'OBJECT_METADATA_NOT_FOUND'],
    ['mutation ($id: UUID!) { updateOneField(input: { id: $id, update: {} }) { id } }', 'FIELD_METADATA_NOT_FOUND'],
    ['mutation ($id: UUID!) { deleteOneField(input: { id: $id }) { id } }', 'FIELD_METADATA_NOT_FOUND'],
    ['mutation ($id: UUID!) { deleteOneIndex(input: { id: $id }) { id } }', 'INDEX_METADATA_NOT_FOUND'],
    [
      'mutation ($id: UUID!) { createOneField(input: { field: { objectMetadataId: $id, type: TEXT, name: "a", label: "A" } }) { id } }',
      'OBJECT_METADATA_NOT_FOUND',
    ],
  ])('%s tells no id from an unknown one', async (query, subCode) => {
    expect(await space.metadataRefused(query, { id: unknown })).toMatchObject({
      extensions: { code: 'NOT_FOUND', subCode },
    });
    expect(await space.metadataRefused(query, { id: 'not-a-uuid' })).toMatchObject({
      message: 'Invalid UUID',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });
});
