/** The core OpenAPI document passes a linter, whatever the model. */

import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { coreDocument } from '../../openapi/core.ts';
import type { FieldTypeName } from '../../server/model/field-types/index.ts';
import { FIELD_TYPES } from '../../server/model/field-types/index.ts';
import type { Model } from '../../server/model/model.ts';
import { standardModel } from '../../server/model/standard/standard.ts';
import { field, object, relation } from '../rest/crm.ts';

const OPTIONS = { publicUrl: 'https://plinth.test', maxRecords: 60 };

// Rules of the recommended set that don't fit, each with its reason.
const OFF = {
  // Clients of the reference read `…/rest/` there. Contract: core.md 4
  'no-server-trailing-slash': 'off',
} as const;

/** The document itself is never refused; every other operation is, somehow. */
const NEVER_REFUSED = '#/paths/~1open-api~1core/get/responses';

async function problemsOf(document: object, more: Record<string, 'off'> = {}) {
  const config = await createConfig({ extends: ['recommended'], rules: { ...OFF, ...more } });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  return problems
    .map(({ ruleId, message, location }) => ({ ruleId, message, pointer: location[0]?.pointer }))
    .filter(({ ruleId, pointer }) => !(ruleId === 'operation-4xx-response' && pointer === NEVER_REFUSED));
}

/** One object with a field of every type, with and without what may be said of it. */
const everyType: Model = {
  objects: [
    object('thing', 'things', [
      ...Object.keys(FIELD_TYPES)
        .filter((type) => type !== 'RELATION')
        .map((type) => field(type.toLowerCase(), type as FieldTypeName, { options: ['ONE', 'TWO'] })),
      field('noOptions', 'SELECT', { options: [] }),
      field('described', 'TEXT', { description: 'Says "what" it is: `code`, <b>', isNullable: false }),
      field('whole', 'NUMBER', { settings: { dataType: 'bigint' } }),
      relation('parent', 'MANY_TO_ONE', 'thing', 'children'),
      relation('children', 'ONE_TO_MANY', 'thing', 'parent'),
    ]),
  ],
};

test.each<[string, Model | null]>([
  ['the standard objects', standardModel()],
  ['an object of every field type', everyType],
  ['nothing, for who has no key', null],
])('the document of %s has nothing to find fault with', async (_name, model) => {
  expect(await problemsOf(coreDocument(model, OPTIONS))).toEqual([]);
});

test('nor has that of an empty model, where nothing uses the parts that operations share', async () => {
  expect(await problemsOf(coreDocument({ objects: [] }, OPTIONS), { 'no-unused-components': 'off' })).toEqual([]);
});

test('the linter finds what is wrong', async () => {
  const document = structuredClone(coreDocument(standardModel(), OPTIONS)) as any;
  document.paths['/companies'].get.responses[200].headers['X-Request-Id'].$ref = '#/components/headers/Nothing';
  document.paths['/companies'].post.operationId = 'findManyCompanies';
  const rules = (await problemsOf(document)).map(({ ruleId }) => ruleId);
  expect(rules).toEqual(expect.arrayContaining(['no-unresolved-refs', 'operation-operationId-unique']));
});
