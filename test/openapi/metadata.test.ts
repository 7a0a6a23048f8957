/**
 * The metadata OpenAPI document: valid, and of the same inputs as the GraphQL API. That answers are as it says, every
 * test holds.
 */

import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { metadataDocument } from '../../openapi/metadata.ts';
import { metadataRouter } from '../../server/metadata/rest.ts';
import { METADATA_TYPES } from '../../server/metadata/sdl/schema.ts';
import { workspace } from '../fixture.ts';

const OPTIONS = { publicUrl: 'https://plinth.test', isComplete: true, isLegacy: false, types: METADATA_TYPES };

test.each([
  ['complete', OPTIONS],
  ['in the older envelope', { ...OPTIONS, isLegacy: true }],
  ['a skeleton, for who has no key', { ...OPTIONS, isComplete: false }],
])('passes a linter: %s', async (_, options) => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: JSON.stringify(metadataDocument(options)), config });
  // The document itself is never refused.
  const real = problems.filter(({ ruleId, location }) => {
    return !(ruleId === 'operation-4xx-response' && location[0]?.pointer?.includes('open-api~1metadata'));
  });
  expect(real.map(({ ruleId, message, location }) => ({ ruleId, message, pointer: location[0]?.pointer }))).toEqual([]);
});

test('has all that is routed, and nothing else', () => {
  const routed = metadataRouter({ settings: { restMetadataFormat: 'data' } } as any).stack.flatMap(({ route }) =>
    route ? [route.path.replaceAll(/:(\w+)/g, '{$1}')] : [],
  );
  expect(Object.keys(metadataDocument(OPTIONS).paths as object).sort()).toEqual([...new Set(routed)].sort());
});

test('says what a body may have, as the GraphQL inputs do', () => {
  const { schemas } = metadataDocument(OPTIONS).components as any;
  expect(schemas.Object.required).toEqual(['nameSingular', 'namePlural', 'labelSingular', 'labelPlural']);
  expect(schemas.Field.required).toEqual(['objectMetadataId', 'type', 'name', 'label']);
  expect(schemas.FieldForUpdate.properties.keepFormerName).toMatchObject({ type: ['boolean', 'null'] });
  expect(schemas.Index.properties.indexType).toMatchObject({ enum: ['BTREE', 'GIN', null], default: 'BTREE' });
});

test('is served with a key, by either path; without one, its skeleton', async () => {
  const { rest, url } = await workspace();
  for (const path of ['/rest/open-api/metadata', '/open-api/metadata']) {
    expect(Object.keys((await rest('GET', path)).body.paths)).toEqual([
      '/objects',
      '/objects/{id}',
      '/fields',
      '/fields/{id}',
      '/indexes',
      '/indexes/{id}',
      '/apiKeys',
      '/apiKeys/{id}',
      '/webhooks',
      '/webhooks/{id}',
      '/roles',
      '/roles/{id}',
      '/workspaceMembers',
      '/workspaceMembers/{id}',
      '/invitations',
      '/invitations/{id}',
      '/apiKeys/{id}/tokens',
      '/webhooks/{id}/deliveries',
      '/webhooks/{id}/test',
      '/webhooks/{id}/redeliver',
      '/webhookDeliveries/{id}',
      '/webhookDeliveries/{id}/redeliver',
      '/roles/{id}/objectPermissions',
      '/roles/{id}/fieldPermissions',
      '/roles/{id}/rowRules',
      '/roles/{id}/permissionFlags',
      '/invitations/{id}/resend',
      '/currentUser',
      '/workspace',
      '/apiUsage',
      '/auditLogs',
      '/model',
      '/model/schema',
      '/drift',
      '/drift/adopt',
      '/drift/restore',
      '/unserved',
      '/modelJobs',
    ]);
    const skeleton = (await (await fetch(url + path)).json()) as any;
    expect(Object.keys(skeleton.paths)).toEqual(['/open-api/metadata']);
  }
});
