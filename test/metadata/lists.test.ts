/** Lists of metadata: paging, filters, and several kinds in one request. Contract: metadata.md 1.2, 1.3. */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { fieldNamed, makeObject, objectNamed, type Workspace } from './asking.ts';

let space: Workspace;
let rocket: any;
let company: any;

beforeAll(async () => {
  space = await workspace();
  rocket = await makeObject(space);
  company = await objectNamed(space, 'company');
});

async function ids(query: string, variables: object = {}): Promise<string[]> {
  const [connection] = Object.values(await space.metadata(query, variables)) as any[];
  return connection.edges.map(({ node }: any) => node.id);
}

describe('pages', () => {
  const PAGE =
    'query ($paging: CursorPaging!) { fields(paging: $paging) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }';
  const page = async (paging: object) => (await space.metadata(PAGE, { paging })).fields;

  test('have 10 unless more is asked for, 1000 at most, in the order of ids', async () => {
    const ten = await ids('{ fields { edges { node { id } } } }');
    expect(ten).toHaveLength(10);
    expect(ten).toEqual([...ten].sort());
    const all = await page({ first: 1000 });
    expect(all.edges).toHaveLength(all.totalCount);
    expect(all.totalCount).toBeGreaterThan(100);
    expect((await page({ first: 5000 })).edges).toHaveLength(all.totalCount);
    expect(await ids('{ objects(paging: { first: 1000 }) { edges { node { id } } } }')).toHaveLength(12);
  });

  test('lead forward and back over every item once', async () => {
    const all = (await page({ first: 1000 })).edges.map(({ node }: any) => node.id);
    for (const [size, cursor, end, hasMore] of [
      ['first', 'after', 'endCursor', 'hasNextPage'],
      ['last', 'before', 'startCursor', 'hasPreviousPage'],
    ] as const) {
      const seen: string[] = [];
      let at: string | undefined;
      for (let more = true; more; ) {
        const { edges, pageInfo } = await page({ [size]: 50, ...(at && { [cursor]: at }) });
        const found = edges.map(({ node }: any) => node.id);
        if (size === 'first') seen.push(...found);
        else seen.unshift(...found);
        at = pageInfo[end];
        more = pageInfo[hasMore];
      }
      expect(seen).toEqual(all);
    }
  });

  test('say where they begin and end', async () => {
    const { edges, pageInfo } = await page({ first: 2 });
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: edges[0].cursor,
      endCursor: edges[1].cursor,
    });
    expect((await page({ first: 2, after: edges[1].cursor })).pageInfo.hasPreviousPage).toBe(true);
    expect((await page({ first: 0 })).pageInfo).toMatchObject({ startCursor: null, endCursor: null });
  });

  test.each([
    [{ first: -1 }, 'INVALID_ARGS_FIRST'],
    [{ last: -1 }, 'INVALID_ARGS_LAST'],
    [{ first: 1, last: 1 }, 'ARGS_CONFLICT'],
    [{ first: 1, after: 'nowhere' }, 'INVALID_CURSOR'],
  ])('%j is refused', async (paging, subCode) => {
    expect(await space.metadataRefused(PAGE, { paging })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', subCode },
    });
  });
});

describe('filters', () => {
  const objects = (filter: object) =>
    ids(
      'query ($filter: ObjectFilter!) { objects(paging: { first: 1000 }, filter: $filter) { edges { node { id } } } }',
      {
        filter,
      },
    );
  const fields = (filter: object) =>
    ids(
      'query ($filter: FieldFilter!) { fields(paging: { first: 1000 }, filter: $filter) { edges { node { id } } } }',
      {
        filter,
      },
    );

  test.each([
    ['eq', (id: string) => ({ id: { eq: id.toUpperCase() } }), 1],
    ['neq', (id: string) => ({ id: { neq: id } }), 11],
    ['in', (id: string) => ({ id: { in: [id] } }), 1],
    ['notIn', (id: string) => ({ id: { notIn: [id] } }), 11],
    ['is', () => ({ id: { is: true } }), 0],
    ['isNot', () => ({ id: { isNot: true } }), 12],
    ['gte and lte', (id: string) => ({ id: { gte: id, lte: id } }), 1],
    ['like', (id: string) => ({ id: { like: `${id.slice(0, 13)}%` } }), 1],
    ['notLike', (id: string) => ({ id: { notLike: `${id.slice(0, 13)}%` } }), 11],
    ['iLike', (id: string) => ({ id: { iLike: `${id.slice(0, 13).toUpperCase()}%` } }), 1],
    ['notILike', (id: string) => ({ id: { notILike: `${id.slice(0, 13).toUpperCase()}%` } }), 11],
    ['isCustom', () => ({ isCustom: { is: true } }), 1],
    ['isNot isCustom', () => ({ isCustom: { isNot: true } }), 11],
    ['isRemote', () => ({ isRemote: { is: true } }), 0],
    ['isSystem', () => ({ isSystem: { is: false } }), 6],
    ['isActive and isSearchable', () => ({ isActive: { is: true }, isSearchable: { is: false } }), 5],
    ['and', (id: string) => ({ and: [{ id: { eq: id } }, { isCustom: { is: false } }] }), 0],
    ['or', (id: string) => ({ or: [{ id: { eq: id } }, { isSystem: { is: true } }] }), 7],
  ])('objects by %s', async (_, filter, count) => {
    expect(await objects(filter(rocket.id))).toHaveLength(count);
  });

  test.each([{ id: { eq: 'x' } }, { id: { in: ['x'] } }, { or: [{ id: { lt: '1' } }] }])(
    '%j is refused',
    async (filter) => {
      const query = 'query ($filter: ObjectFilter!) { objects(filter: $filter) { totalCount } }';
      expect(await space.metadataRefused(query, { filter })).toMatchObject({
        message: 'Invalid UUID',
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      });
    },
  );

  test('objects by gt and lt are all the others', async () => {
    const [before, after] = [await objects({ id: { lt: rocket.id } }), await objects({ id: { gt: rocket.id } })];
    expect([...before, rocket.id, ...after]).toEqual(await objects({}));
  });

  test('fields by object and flags', async () => {
    const own = await fields({ objectMetadataId: { eq: rocket.id } });
    expect(own.sort()).toEqual(rocket.fieldsList.map(({ id }: any) => id).sort());
    expect(await fields({ objectMetadataId: { eq: rocket.id }, isSystem: { is: false } })).toEqual([
      fieldNamed(rocket, 'name').id,
    ]);
    expect(await fields({ isActive: { is: false } })).toEqual([]);
  });

  test("of an object's own fields and indexes, and of an index's fields", async () => {
    const { object } = await space.metadata(
      `query ($id: UUID!, $field: UUID!) { object(id: $id) {
        fields(paging: { first: 1 }, filter: { isSystem: { is: true } }) { totalCount edges { node { isSystem } } }
        all: fields { totalCount edges { node { id } } }
        indexMetadatas(filter: { isUnique: { is: true } }) { edges { node { name isUnique indexType isCustom
          indexFieldMetadatas(filter: { fieldMetadataId: { eq: $field } }) { edges { node { order fieldMetadataId subFieldName } } } } } }
      } }`,
      { id: company.id, field: fieldNamed(company, 'domainName').id },
    );
    expect(object.fields.edges).toEqual([{ node: { isSystem: true } }]);
    expect(object.fields.totalCount).toBeGreaterThan(5);
    expect(object.all.edges).toHaveLength(object.all.totalCount);
    expect(object.indexMetadatas.edges.map(({ node }: any) => node)).toContainEqual({
      name: 'companies_domain_name_key',
      isUnique: true,
      indexType: 'BTREE',
      isCustom: false,
      indexFieldMetadatas: {
        edges: [{ node: { order: 0, fieldMetadataId: fieldNamed(company, 'domainName').id, subFieldName: null } }],
      },
    });
  });
});

test('several kinds in one request, each with what was asked of it', async () => {
  const answer = await space.metadata(`{
    objects(paging: { first: 1 }) { edges { node { nameSingular } } }
    fields(paging: { first: 1 }) { edges { node { name object { nameSingular } } } }
    indexMetadatas(paging: { first: 1 }) { edges { node { objectMetadata { edges { node { nameSingular } } } } } }
    currentWorkspace { databaseSchema }
  }`);
  expect(Object.keys(answer)).toEqual(['objects', 'fields', 'indexMetadatas', 'currentWorkspace']);
  expect(Object.keys(answer.objects.edges[0].node)).toEqual(['nameSingular']);
  expect(answer.fields.edges[0].node.object.nameSingular).toBeTruthy();
});

test('an object says all that the contract lists', async () => {
  const { object } = await space.metadata(
    `query ($id: UUID!) { object(id: $id) { id universalIdentifier dataSourceId nameSingular namePlural labelSingular labelPlural
      description icon shortcut color isCustom isRemote isActive isSystem isSearchable isUIEditable isUICreatable isUIReadOnly
      isLabelSyncedWithName createdAt updatedAt labelIdentifierFieldMetadataId imageIdentifierFieldMetadataId duplicateCriteria
      applicationId origin standardOverrides { translations } } }`,
    { id: company.id },
  );
  expect(object).toMatchObject({
    nameSingular: 'company',
    isCustom: false,
    isRemote: false,
    isActive: true,
    origin: 'standard',
    duplicateCriteria: [['name'], ['domainName.primaryLinkUrl']],
    labelIdentifierFieldMetadataId: fieldNamed(company, 'name').id,
  });
});

test('a workspace has settings, over both APIs', async () => {
  const ASKED = 'displayName logo subdomain isPublicInviteLinkEnabled workspaceMembersCount metadataVersion';
  const { currentWorkspace } = await space.metadata(`{ currentWorkspace { ${ASKED} } }`);
  expect(currentWorkspace).toMatchObject({
    subdomain: space.name,
    workspaceMembersCount: 0,
    isPublicInviteLinkEnabled: true,
  });
  const { updateWorkspace } = await space.metadata(
    `mutation ($data: UpdateWorkspaceInput!) { updateWorkspace(data: $data) { ${ASKED} } }`,
    { data: { displayName: 'ESA', logo: 'https://esa.int/logo.png', isPublicInviteLinkEnabled: false } },
  );
  expect(updateWorkspace).toMatchObject({
    displayName: 'ESA',
    logo: 'https://esa.int/logo.png',
    isPublicInviteLinkEnabled: false,
  });
  expect((await space.rest('PATCH', '/rest/metadata/workspace', { displayName: 'NASA' })).body.displayName).toBe(
    'NASA',
  );
  expect((await space.rest('GET', '/rest/metadata/workspace')).body).toMatchObject({
    displayName: 'NASA',
    databaseSchema: space.schema,
  });
  expect((await space.rest('PATCH', '/rest/metadata/workspace', { displayName: ' ' })).status).toBe(400);
  expect((await space.rest('PATCH', '/rest/metadata/workspace', { subdomain: 'no spaces' })).status).toBe(400);
  const other = await workspace();
  expect((await space.rest('PATCH', '/rest/metadata/workspace', { subdomain: other.name })).status).toBe(409);
});
