/** What a plan and the state of the model tell of records, they tell to whoever may read them. docs/roles.md */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { asRole, makeRole, objectIdOf, type Workspace } from '../roles.ts';

const NONE = { read: false } as const;
const MODEL = '/rest/metadata/model';

let space: Workspace;
/** May change the model; may not read the crew of rockets, nor pads, nor rockets that are not public. */
let limited: Awaited<ReturnType<typeof asRole>>;
/** The same without the rule on rows. */
let unruled: Awaited<ReturnType<typeof asRole>>;
let document: any;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  space = await workspace();
  document = (await space.rest('GET', MODEL)).body;
  document.objects.push(
    {
      name: 'rocket',
      plural: 'rockets',
      fields: [
        { name: 'name', type: 'TEXT' },
        { name: 'crew', type: 'NUMBER', settings: { dataType: 'int' } },
        { name: 'stage', type: 'SELECT', options: [{ value: 'BUILT' }, { value: 'FLOWN' }] },
        { name: 'isPublic', type: 'BOOLEAN', default: true },
      ],
    },
    { name: 'pad', plural: 'pads', fields: [{ name: 'name', type: 'TEXT' }] },
  );
  expect((await space.rest('PUT', MODEL, document)).status).toBe(200);
  await space.gql(`mutation {
    createRockets(data: [{ name: "Ariane", crew: 3, stage: FLOWN }, { name: "Vega", crew: 4, stage: FLOWN }]) { id }
    createPad(data: { name: "Kourou" }) { id } }`);
  const permissions = {
    canReadAllObjectRecords: true,
    objects: { pad: NONE },
    fields: { 'rocket.crew': NONE, 'rocket.stage': NONE },
    flags: ['DATA_MODEL'],
  };
  unruled = await asRole(space, await makeRole(space, 'Modeller', permissions));
  const ruled = await makeRole(space, 'Ruled', { canReadAllObjectRecords: true, flags: ['DATA_MODEL'] });
  const rowRules = [{ objectMetadataId: await objectIdOf(space, 'rocket'), filter: { isPublic: { eq: true } } }];
  expect((await space.rest('PUT', `/rest/metadata/roles/${ruled}/rowRules`, { rowRules })).status).toBe(200);
  limited = await asRole(space, ruled);
  const { body } = await space.rest('GET', '/rest/metadata/objects?limit=200');
  const fields = body.data.find(({ nameSingular }: any) => nameSingular === 'rocket').fields;
  ids = {
    ...Object.fromEntries(fields.map(({ name, id }: any) => [name, id])),
    rocket: await objectIdOf(space, 'rocket'),
    pad: await objectIdOf(space, 'pad'),
  };
});

/** Of rockets and pads; of other objects, links to them go too. */
const counted = ({ body }: { body: any }) =>
  body.statements.flatMap(({ losses }: any) =>
    losses.filter(({ table }: any) => ['rockets', 'pads'].includes(table)).map(({ count }: any) => count),
  );

describe('a plan', () => {
  const deleted = (path: string) => async (who: typeof limited) =>
    who.rest('DELETE', `/rest/metadata/${path}?dry_run=true`);
  const fewer = (change: (objects: any[]) => any[]) => async (who: typeof limited) =>
    who.rest('PUT', `${MODEL}?dry_run=true`, { ...document, objects: change(structuredClone(document.objects)) });
  const without = (name: string) =>
    fewer((objects) => {
      const rocket = objects.find((object) => object.name === 'rocket');
      rocket.fields = rocket.fields.filter((field: any) => field.name !== name);
      return objects;
    });

  test.each([
    ['a field that is not read', () => unruled, () => deleted(`fields/${ids.crew}`)],
    ['an object that is not read', () => unruled, () => deleted(`objects/${ids.pad}`)],
    ['the model without a field', () => unruled, () => without('crew')],
    [
      'the model without an option',
      () => unruled,
      () =>
        fewer((objects) => {
          objects
            .find((object) => object.name === 'rocket')
            .fields.find((field: any) => field.name === 'stage')
            .options.pop();
          return objects;
        }),
    ],
    ['the field of records of which a rule hides some', () => limited, () => deleted(`fields/${ids.crew}`)],
    ['the records themselves', () => limited, () => deleted(`objects/${ids.rocket}`)],
  ])('of %s tells no number', async (_what, whose, plan) => {
    const [own, whole] = [await plan()(whose()), await plan()(space)];
    expect([own.status, own.body.losesData]).toEqual([200, true]);
    expect(counted(own).length).toBeGreaterThan(0);
    expect(counted(own).every((count: unknown) => count === null)).toBe(true);
    expect(counted(whole).some((count: unknown) => Number(count) > 0)).toBe(true);
  });

  test('tells the same of a field without values as of one with them', async () => {
    const answer = async () => (await deleted(`fields/${ids.crew}`)(unruled)).body;
    const before = await answer();
    await space.sql('update rockets set crew = null');
    expect(await answer()).toEqual(before);
    await space.sql('update rockets set crew = 3');
  });

  test('tells numbers of what is read', async () => {
    expect(counted(await deleted(`fields/${ids.isPublic}`)(unruled))).toEqual([2]);
    expect(counted(await deleted(`fields/${ids.isPublic}`)(space))).toEqual([2]);
  });

  test('over GraphQL tells no more', async () => {
    const { planModelChange } = await unruled.metadata(
      `{ planModelChange(changes: [{ deleteOneField: { id: "${ids.crew}" } }]) { losesData statements { losses { table count } } } }`,
    );
    expect(planModelChange.losesData).toBe(true);
    expect(counted({ body: planModelChange })).toEqual([null]);
  });
});

test('a model that is applied is refused for what cannot be counted, whether it is there or not', async () => {
  const fewer = structuredClone(document);
  const rocket = fewer.objects.find(({ name }: any) => name === 'rocket');
  rocket.fields = rocket.fields.filter(({ name }: any) => name !== 'crew');
  for (const crew of ['3', 'null']) {
    await space.sql(`update rockets set crew = ${crew}`);
    const { status, body } = await unruled.rest('PUT', MODEL, fewer);
    expect([status, body.messages[0]]).toEqual([409, expect.not.stringMatching(/\d/)]);
    expect(body.messages[0]).toContain('crew');
  }
  await space.sql('update rockets set crew = 3');
});

test('drift that is settled leaves what roles may read as it is', async () => {
  await space.sql('alter table rockets alter column crew type text using crew::text');
  const plan = await unruled.rest('POST', '/rest/metadata/drift/adopt?dry_run=true');
  expect([plan.status, counted(plan).every((count: unknown) => count === null)]).toEqual([200, true]);
  const restoring = await unruled.rest('POST', '/rest/metadata/drift/restore?dry_run=true');
  expect([restoring.status, counted(restoring).every((count: unknown) => count === null)]).toEqual([200, true]);
  const adopted = await unruled.rest('POST', '/rest/metadata/drift/adopt');
  expect([adopted.status, adopted.body.data]).toEqual([200, []]);
  await expect.poll(async () => (await space.rest('GET', '/rest/rockets?limit=1')).body.data.rockets[0].crew).toBe('3');
  // The field is another one now; it is not read by whoever didn't read the one before.
  expect((await unruled.refused('{ rockets { edges { node { crew } } } }')).extensions.code).toBe('FORBIDDEN');
  expect(JSON.stringify((await unruled.rest('GET', '/rest/rockets')).body)).not.toContain('crew');
});

test('what a hand took from a role is not given back by that role', async () => {
  const reading = '{ rockets { edges { node { isPublic } } } }';
  const restore = (who: typeof unruled) => who.rest('POST', '/rest/metadata/drift/restore');
  expect((await unruled.gql(reading)).rockets.edges).toHaveLength(2);
  await space.sql(`revoke select (is_public) on rockets from ${space.schema}__modeller`);
  const left = await restore(unruled);
  expect([left.status, left.body.data.map(({ what }: any) => what)]).toEqual([200, ['grant']]);
  await expect.poll(async () => (await unruled.refused(reading)).extensions.code).toBe('FORBIDDEN');
  expect((await restore(space)).body.data).toEqual([]);
  await expect
    .poll(async () => (await unruled.rest('POST', '/graphql', { query: reading })).body.errors)
    .toBeUndefined();
});

test('the workspace tells how many members it has to whoever reads them', async () => {
  const ask = '{ currentWorkspace { workspaceMembersCount } }';
  await space.sql(`insert into workspace_members (id, user_id) values (gen_random_uuid(), gen_random_uuid())`);
  expect((await space.metadata(ask)).currentWorkspace.workspaceMembersCount).toBe(1);
  const blind = await asRole(space, await makeRole(space, 'Blind', { objects: { company: { read: true } } }));
  expect((await blind.metadata(ask)).currentWorkspace.workspaceMembersCount).toBeNull();
});
