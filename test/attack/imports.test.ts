/** An import goes on by its id: which is nobody's way into another workspace's file, or past a role. */

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createKey } from '../../server/access/keys.ts';
import { server, workspace } from '../fixture.ts';
import { imported, send } from '../rest/transfer/files.ts';
import { makeRole } from '../roles.ts';

const FILE = '{"name":"a"}\n{"name":"b"}\n';

test('the id of an import of another workspace begins an import of one’s own', async () => {
  const [own, other] = [await workspace(), await workspace()];
  const id = randomUUID();
  await imported(other, `/rest/companies/import?import=${id}`, 'ndjson', FILE);
  expect((await own.rest('GET', `/rest/companies/import?import=${id}`)).status).toBe(404);
  const events = await imported(own, `/rest/companies/import?import=${id}`, 'ndjson', '{"name":"mine"}\n');
  expect(events[0]).toMatchObject({ event: 'started', line: 0 });
  expect(events.at(-1)).toMatchObject({ event: 'done', created: 1 });
  expect((await other.rest('GET', `/rest/companies/import?import=${id}`)).body.data.import).toMatchObject({
    created: 2,
  });
  expect((await other.rest('GET', '/rest/companies')).body.totalCount).toBe(2);
});

test('a role that may not write does not go on with an import that it knows the id of', async () => {
  const space = await workspace();
  const { database } = await server();
  const roleId = await makeRole(space, 'Nobody', { objects: { company: { read: false } } });
  const { token: key } = await database.asOwner((client) => createKey(client, space.id, 'nobody', { roleId }));
  const id = randomUUID();
  await imported(space, `/rest/companies/import?import=${id}`, 'ndjson', FILE);
  const weak = { url: space.url, key };
  const answer = await send(weak, `/rest/companies/import?import=${id}`, 'ndjson', `${FILE}{"name":"c"}\n`);
  await answer.text();
  const shown = await space.as({ Authorization: `Bearer ${key}` }).rest('GET', `/rest/companies/import?import=${id}`);
  expect([403, 404]).toContain(shown.status);
  expect((await space.rest('GET', '/rest/companies')).body.totalCount).toBe(2);
});
