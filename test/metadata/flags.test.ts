/** What a role may change beside records. Contract: metadata.md 4 */

import { expect, test } from 'vitest';
import { createKey } from '../../server/access/keys.ts';
import { server, workspace } from '../fixture.ts';

test('a workspace begins with Admin, which its first key has, and Member, which new members get', async () => {
  const space = await workspace();
  expect(
    await space.sql(
      `select r.label, r.is_editable as editable, r.id = w.default_role_id as default, k.name as key
       from plinth.roles as r join plinth.workspaces as w on w.id = r.workspace_id left
       join plinth.api_keys as k on k.role_id = r.id
       where w.id = $1 order by r.label`,
      [space.id],
    ),
  ).toEqual([
    { label: 'Admin', editable: false, default: false, key: 'Default' },
    { label: 'Member', editable: true, default: true, key: null },
  ]);
});

const rocket = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };

test.each([
  ['POST', '/rest/metadata/objects', 'DATA_MODEL', rocket],
  ['GET', '/rest/metadata/apiKeys', 'API_KEYS_AND_WEBHOOKS', undefined],
  ['PATCH', '/rest/metadata/workspace', 'WORKSPACE', { displayName: 'x' }],
])('%s %s takes a role with %s', async (method, path, flag, body) => {
  const space = await workspace();
  const { database } = await server();
  const [member] = await space.sql(`select id from plinth.roles where workspace_id = $1 and label = 'Member'`, [
    space.id,
  ]);
  const { token } = await database.asOwner((client) => createKey(client, space.id, 'second', { roleId: member.id }));
  const refused = await space.as({ Authorization: `Bearer ${token}` }).rest(method, path, body);
  expect([refused.status, refused.body.messages]).toEqual([403, [`This requires a role with the permission ${flag}`]]);
});
