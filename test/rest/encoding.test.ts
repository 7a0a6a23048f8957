/**
 * Bodies are UTF-8, or refused: what cannot be decoded is not stored as something else. Contract:
 * docs/contract/core.md, 1.3
 */

import { expect, test } from 'vitest';
import { server, workspace } from '../fixture.ts';

test.each([
  ['/rest/companies', '{"name":"caf\xe9"}'],
  ['/graphql', '{"query":"mutation { createCompany(data: { name: \\"caf\xe9\\" }) { id } }"}'],
  ['/metadata', '{"query":"{ objects { edges { node { id } } } } # caf\xe9"}'],
  ['/rest/metadata/objects', '{"nameSingular":"caf\xe9"}'],
])('%s refuses a body in Latin-1', async (path, body) => {
  const { url } = await server();
  const { key, rest } = await workspace();
  const send = (bytes: Buffer, type = 'application/json') =>
    fetch(url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': type, Accept: 'application/graphql-response+json' },
      body: new Uint8Array(bytes),
    });
  const refused = await send(Buffer.from(body, 'latin1'));
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain('The body is not valid UTF-8');
  expect((await rest('GET', '/rest/companies')).body.totalCount).toBe(0);
});

test('the same text in UTF-8 is stored as it is', async () => {
  const { rest } = await workspace();
  const { body } = await rest('POST', '/rest/companies', { name: 'café 咖啡 ☕️' });
  expect(body.data.createCompany.name).toBe('café 咖啡 ☕️');
});
