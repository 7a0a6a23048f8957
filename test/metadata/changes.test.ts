/**
 * Renames, deactivation and identifiers: what follows, and what stays. Contract: metadata.md 2.7; issue of the data
 * model.
 */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import {
  changeField,
  changeObject,
  fieldNamed,
  makeField,
  makeObject,
  objectNamed,
  UPDATE_FIELD,
  UPDATE_OBJECT,
  type Workspace,
} from './asking.ts';

let space: Workspace;
let rocket: any;

beforeAll(async () => {
  space = await workspace();
  rocket = await makeObject(space);
});

test('a rename takes table, columns, type, constraints and indexes along, and the API at once', async () => {
  const company = await objectNamed(space, 'company');
  const options = [{ value: 'LOX', label: 'Oxygen', position: 0, color: 'sky' }];
  const fuel = await makeField(space, {
    objectMetadataId: rocket.id,
    type: 'SELECT',
    name: 'fuel',
    label: 'Fuel',
    options,
  });
  await makeField(space, { objectMetadataId: rocket.id, type: 'TEXT', name: 'code', label: 'Code', isUnique: true });
  await makeField(space, {
    objectMetadataId: rocket.id,
    type: 'RELATION',
    name: 'operator',
    label: 'Operator',
    relationCreationPayload: { type: 'MANY_TO_ONE', targetObjectMetadataId: company.id, targetFieldLabel: 'Rockets' },
  });
  await space.gql('mutation { createRocket(data: { name: "Ariane", fuel: LOX, code: "A5" }) { id } }');
  await changeField(space, fuel.id, { name: 'propellant' });
  await changeObject(space, rocket.id, { nameSingular: 'launcher', namePlural: 'launchers' });

  const { launchers } = await space.gql('{ launchers { edges { node { name propellant code operator { name } } } } }');
  expect(launchers.edges).toEqual([{ node: { name: 'Ariane', propellant: 'LOX', code: 'A5', operator: null } }]);
  const names = await space.sql(`
    select relname as name from pg_class where relnamespace = current_schema()::regnamespace
    union all select conname from pg_constraint where connamespace = current_schema()::regnamespace
    union all select typname from pg_type where typnamespace = current_schema()::regnamespace
    union all select attname from pg_attribute
    where attrelid in (select oid from pg_class
      where relnamespace = current_schema()::regnamespace and relkind = 'r')`);
  const all = names.map(({ name }) => name);
  expect(all.filter((name) => /rocket|fuel/.test(name))).toEqual([]);
  expect(all).toEqual(
    expect.arrayContaining([
      'launchers',
      'launchers_pkey',
      'launchers_code_key',
      'launchers_operator_id_fkey',
      'launchers_operator_id_idx',
      'launchers_propellant',
      'target_launcher_id',
      'note_targets_target_launcher_id_fkey',
    ]),
  );
  await changeObject(space, rocket.id, { nameSingular: 'rocket', namePlural: 'rockets' });
});

describe('deactivation', () => {
  test('hides a field and keeps its data', async () => {
    const motto = await makeField(space, { objectMetadataId: rocket.id, type: 'TEXT', name: 'motto', label: 'Motto' });
    await space.gql('mutation { createRocket(data: { name: "Vega", motto: "Up" }) { id } }');
    expect(await changeField(space, motto.id, { isActive: false })).toMatchObject({ isActive: false });
    expect((await space.rest('GET', '/rest/rockets')).body.data.rockets[0]).not.toHaveProperty('motto');
    expect((await space.rest('POST', '/rest/rockets', { motto: 'x' })).status).toBe(400);
    await changeField(space, motto.id, { isActive: true });
    const { rockets } = await space.gql('{ rockets(filter: { name: { eq: "Vega" } }) { edges { node { motto } } } }');
    expect(rockets.edges).toEqual([{ node: { motto: 'Up' } }]);
  });

  test('hides an object, and the relations to it', async () => {
    expect(await changeObject(space, rocket.id, { isActive: false })).toMatchObject({ isActive: false });
    expect((await space.rest('GET', '/rest/rockets')).status).toBe(400);
    expect(await space.refused('{ noteTargets { edges { node { targetRocket { id } } } } }')).toMatchObject({
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    await changeObject(space, rocket.id, { isActive: true });
    expect((await space.rest('GET', '/rest/rockets')).body.totalCount).toBeGreaterThan(0);
  });

  test('is not for the label identifier, nor is deletion', async () => {
    const { id } = fieldNamed(rocket, 'name');
    expect(await space.metadataRefused(UPDATE_FIELD, { id, update: { isActive: false } })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect((await space.rest('DELETE', `/rest/metadata/fields/${id}`)).status).toBe(400);
  });
});

describe('the label identifier', () => {
  test('is a TEXT or FULL_NAME field of the object', async () => {
    const title = await makeField(space, { objectMetadataId: rocket.id, type: 'TEXT', name: 'title', label: 'Title' });
    const mass = await makeField(space, { objectMetadataId: rocket.id, type: 'NUMBER', name: 'mass', label: 'Mass' });
    expect(await changeObject(space, rocket.id, { labelIdentifierFieldMetadataId: title.id })).toMatchObject({
      labelIdentifierFieldMetadataId: title.id,
    });
    const foreign = fieldNamed(await objectNamed(space, 'company'), 'name');
    for (const id of [mass.id, foreign.id, null]) {
      expect(
        await space.metadataRefused(UPDATE_OBJECT, { id: rocket.id, update: { labelIdentifierFieldMetadataId: id } }),
      ).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_OBJECT_INPUT' } });
    }
    // What isn't the identifier any more may go.
    expect((await space.rest('DELETE', `/rest/metadata/fields/${fieldNamed(rocket, 'name').id}`)).status).toBe(200);
    await space.gql('mutation { createRocket(data: { title: "Soyuz" }) { id } }');
  });
});

test('the rest of an object changes, and is answered', async () => {
  const update = { description: 'It flies', icon: 'IconRocket', color: 'red', shortcut: 'R', isSearchable: false };
  expect(await changeObject(space, rocket.id, update)).toMatchObject(update);
  expect((await objectNamed(space, 'rocket')).id).toBe(rocket.id);
});
