/**
 * A relation to an inactive object is not served at all, and comes back with its ids when the object is active again.
 */

import { expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

test('a relation whose target is inactive is hidden in all APIs, and keeps its ids', async () => {
  const { rest, gql, refused, sql } = await workspace();
  const create = async (name: string) => {
    const object = { nameSingular: name, namePlural: `${name}s`, labelSingular: name, labelPlural: `${name}s` };
    return (await rest('POST', '/rest/metadata/objects', object)).body.id as string;
  };
  const [dock, boat] = [await create('dock'), await create('boat')];
  const relationCreationPayload = {
    targetObjectMetadataId: dock,
    type: 'MANY_TO_ONE',
    targetFieldLabel: 'Boats',
    targetFieldIcon: 'IconX',
  };
  const field = { objectMetadataId: boat, name: 'home', label: 'Home', type: 'RELATION', relationCreationPayload };
  expect(await rest('POST', '/rest/metadata/fields', field)).toMatchObject({ status: 201 });
  const { id: homeId } = (await rest('POST', '/rest/docks', { name: 'Pier 39' })).body.data.createDock;
  const { id } = (await rest('POST', '/rest/boats', { name: 'Vasa', homeId })).body.data.createBoat;

  await rest('PATCH', `/rest/metadata/objects/${dock}`, { isActive: false });
  const shown = (await rest('GET', `/rest/boats/${id}`)).body.data.boat;
  expect(Object.keys(shown).filter((name) => name.startsWith('home'))).toEqual([]);
  for (const query of ['filter=homeId[is]:NULL', 'order_by=homeId', 'fields=homeId', 'filter=home.name[eq]:x'])
    expect((await rest('GET', `/rest/boats?${query}`)).status).toBe(400);
  expect((await rest('PATCH', `/rest/boats/${id}`, { homeId: null })).status).toBe(400);
  for (const query of ['{ boats { edges { node { homeId } } } }', '{ boats { edges { node { home { id } } } } }'])
    expect((await refused(query)).extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  const { schemas } = (await rest('GET', '/rest/open-api/core')).body.components;
  for (const [name, schema] of Object.entries<any>(schemas))
    if (name.startsWith('Boat')) expect(Object.keys(schema.properties ?? {})).not.toContain('homeId');
  expect((await rest('PATCH', `/rest/boats/${id}`, { name: 'Vasa II' })).status).toBe(200);
  expect(await sql('select home_id from boats')).toEqual([{ home_id: homeId }]);

  await rest('PATCH', `/rest/metadata/objects/${dock}`, { isActive: true });
  const { boats } = await gql('{ boats { edges { node { homeId home { name } } } } }');
  expect(boats.edges).toEqual([{ node: { homeId, home: { name: 'Pier 39' } } }]);
});
