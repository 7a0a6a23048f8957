/**
 * Whatever name the schema uses, an object or field of that name is refused, or served beside it. Contract: metadata.md
 * 2.2.
 */

import { beforeAll, expect, test } from 'vitest';
import { PlinthError } from '../../server/errors.ts';
import { createField } from '../../server/model/edit/fields.ts';
import { createObject } from '../../server/model/edit/objects.ts';
import type { Model } from '../../server/model/model.ts';
import { lowerFirst } from '../../server/model/names.ts';
import { standardModel } from '../../server/model/standard/standard.ts';
import { workspace } from '../fixture.ts';
import { makeObject, ROCKET, type Workspace } from './asking.ts';

let space: Workspace;
let rocket: any;
/** Of types, their fields, arguments and inputs. */
let generated: readonly string[];

beforeAll(async () => {
  space = await workspace();
  rocket = await makeObject(space);
  const { __schema } = await space.gql(
    '{ __schema { types { name fields(includeDeprecated: true) { name args { name } } inputFields(includeDeprecated: true) { name } } } }',
  );
  const names = __schema.types.flatMap(({ name, fields, inputFields }: any) => [
    lowerFirst(name),
    ...(fields ?? []).flatMap((field: any) => [field.name, ...field.args.map((arg: any) => arg.name)]),
    ...(inputFields ?? []).map((field: any) => field.name),
  ]);
  generated = [...new Set<string>(names)].sort();
});

/** Those that `make` accepts, each on what the ones before have left. */
function accepted(names: readonly string[], make: (model: Model, name: string) => Model): string[] {
  let model = createObject(standardModel(), ROCKET);
  return names.filter((name) => {
    try {
      model = make(model, name);
      return true;
    } catch (error) {
      if (error instanceof PlinthError) return false;
      throw error;
    }
  });
}

test('fields', async () => {
  const names = accepted(generated, (model, name) => {
    const objectMetadataId = model.objects.at(-1)?.id as string;
    return createField(model, { objectMetadataId, type: 'TEXT', name, label: 'Any' }).model;
  });
  expect(generated.length).toBeGreaterThan(300);
  expect(names).not.toContain('totalCount');
  // Enough of them to meet each other, and few enough for a table.
  const chosen = names.filter((_, i) => i % Math.ceil(names.length / 150) === 0);
  await space.metadata(
    'mutation ($inputs: [CreateOneFieldMetadataInput!]!) { createManyFields(inputs: $inputs) { id } }',
    {
      inputs: chosen.map((name) => ({ field: { objectMetadataId: rocket.id, type: 'TEXT', name, label: 'Any' } })),
    },
  );
  const record = Object.fromEntries(chosen.map((name) => [name, name]));
  const { body, status } = await space.rest('POST', '/rest/rockets', record);
  expect([status, body.messages]).toEqual([201, undefined]);
  expect(body.data.createRocket).toMatchObject(record);
  const last = chosen.at(-1) as string;
  const found = await space.rest('GET', `/rest/rockets?filter=${last}[eq]:${last}&fields=${last}&order_by=${last}`);
  expect(found.body.data.rockets).toEqual([{ id: body.data.createRocket.id, [last]: last }]);
});

const OBJECTS: [string, (name: string) => typeof ROCKET, string[]][] = [
  [
    'singular',
    (name) => ({ ...ROCKET, nameSingular: name, namePlural: `${name}Many` }),
    ['query', 'company', 'companyEdge', 'companyFilterInput', 'companyDuplicates', 'companiesGroupBy', 'search'],
  ],
  [
    'plural',
    (name) => ({ ...ROCKET, nameSingular: `${name}One`, namePlural: name }),
    ['companies', 'company', 'companyDuplicates', 'companiesGroupBy', 'search'],
  ],
];

test.each(OBJECTS)('objects, by their %s', async (_, input, inTheWay) => {
  // Each new object makes the next one dearer to check; so every tenth name, and those that are known to be in the way.
  const asked = [...inTheWay, ...generated.filter((_, i) => i % 10 === 0)];
  const names = accepted(asked, (model, name) => createObject(model, input(name)));
  expect(inTheWay.filter((name) => names.includes(name))).toEqual([]);
  const fresh = await workspace();
  for (const name of names.filter((_, i) => i % Math.ceil(names.length / 2) === 0)) {
    const { namePlural } = await makeObject(fresh, input(name));
    expect((await fresh.rest('GET', `/rest/${namePlural}`)).body.data[namePlural]).toEqual([]);
  }
  await fresh.gql('{ companies { totalCount } people { totalCount } }');
});
