/** Texts that metadata keeps are bounded, in every API that takes them. */

import { beforeAll, expect, test } from 'vitest';
import { MAX_DESCRIPTION_CHARACTERS, MAX_DISPLAY_NAME_CHARACTERS } from '../../server/limits/limits.ts';
import { type Answer, workspace } from '../fixture.ts';
import { objectIdOf } from '../roles.ts';

let space: Awaited<ReturnType<typeof workspace>>;
let company: string;

beforeAll(async () => {
  space = await workspace();
  company = await objectIdOf(space, 'company');
});

const object = (name: string) => ({
  nameSingular: name,
  namePlural: `${name}s`,
  labelSingular: name,
  labelPlural: `${name}s`,
});
const field = () => ({ objectMetadataId: company, type: 'TEXT', name: 'long', label: 'Long' });
const relation = () => ({
  ...field(),
  name: 'other',
  type: 'RELATION',
  relationCreationPayload: {
    type: 'MANY_TO_ONE',
    targetObjectMetadataId: company,
    targetFieldLabel: 'Others',
  },
});

const metadata = (path: string, body: object, method = 'POST') => space.rest(method, `/rest/metadata/${path}`, body);

test.each<[string, number, (text: string) => Promise<Answer>]>([
  [
    'a description of an object',
    MAX_DESCRIPTION_CHARACTERS,
    (description) => metadata('objects', { ...object('tune'), description }),
  ],
  ['an icon of an object', MAX_DISPLAY_NAME_CHARACTERS, (icon) => metadata('objects', { ...object('song'), icon })],
  [
    'a description of a field',
    MAX_DESCRIPTION_CHARACTERS,
    (description) => metadata('fields', { ...field(), description }),
  ],
  [
    'a description of a relation',
    MAX_DESCRIPTION_CHARACTERS,
    (description) => metadata('fields', { ...relation(), description }),
  ],
  [
    'a description that is changed',
    MAX_DESCRIPTION_CHARACTERS,
    (description) => metadata(`objects/${company}`, { description }, 'PATCH'),
  ],
  [
    'a description of a role',
    MAX_DESCRIPTION_CHARACTERS,
    (description) => metadata('roles', { label: 'Long', description }),
  ],
  ['an icon of a role', MAX_DISPLAY_NAME_CHARACTERS, (icon) => metadata('roles', { label: 'Icon', icon })],
  [
    'a description of a webhook',
    MAX_DESCRIPTION_CHARACTERS,
    (description) => metadata('webhooks', { targetUrl: 'https://example.com/', operations: ['*.*'], description }),
  ],
  ['a display name', MAX_DISPLAY_NAME_CHARACTERS, (displayName) => metadata('workspace', { displayName }, 'PATCH')],
  ['a logo', MAX_DESCRIPTION_CHARACTERS, (logo) => metadata('workspace', { logo }, 'PATCH')],
])('%s has at most %i characters', async (_what, max, set) => {
  const { status, body } = await set('x'.repeat(max + 1));
  expect(status, JSON.stringify(body)).toBe(400);
  expect(JSON.stringify(body)).toMatch(/is too long|must be at most/);
  expect((await set('x'.repeat(max))).status).toBeLessThan(300);
});

test('a description in a model file has at most so many', async () => {
  const { body: document } = await space.rest('GET', '/rest/metadata/model');
  const [first] = document.objects;
  first.description = 'x'.repeat(MAX_DESCRIPTION_CHARACTERS + 1);
  const { status, body } = await space.rest('PUT', '/rest/metadata/model', document);
  expect(status, JSON.stringify(body)).toBe(400);
  expect(JSON.stringify(body)).toContain('Description is too long');
});
