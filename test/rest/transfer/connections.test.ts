/** An import that is refused leaves its connection in order: a proxy sends somebody else's request on it next. */

import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { workspace } from '../../fixture.ts';

const ROWS = 'a\n'.repeat(200_000);
const ID = '0192c8f2-3c1e-7cc3-98c4-dc0c0c07398f';
const PATIENCE_MS = 10_000;

test.each([
  ['its header names no column', 'text/csv', `nope\n${ROWS}`, 400],
  ['its header is not CSV', 'text/csv', `"a"b\n${ROWS}`, 400],
  ['its id is of another import', 'text/csv', `name\n${ROWS}`, 409],
  ['its id is not a UUID', 'text/csv', `name\n${ROWS}`, 400, 'x'],
])('an import is refused because %s, and the next request on its connection is answered', async (...given) => {
  const [, type, file, status, id = ID] = given;
  const { url, key, rest, sql, id: workspaceId } = await workspace();
  await sql(
    `insert into plinth.imports (workspace_id, id, object_name, format, is_upsert)
    values ($1, $2, 'people', 'csv', false)`,
    [workspaceId, ID],
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (method: string, path: string, body = '', headers = {}) =>
    new Promise<{ status: number | undefined; port: number | undefined }>((settle, fail) => {
      const options = { agent, method, timeout: PATIENCE_MS, headers: { Authorization: `Bearer ${key}`, ...headers } };
      const sent = request(url + path, options, (response) => {
        const { localPort } = response.socket;
        response.resume().on('end', () => settle({ status: response.statusCode, port: localPort }));
      });
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} was not answered`))).on('error', fail);
      sent.end(body);
    });
  try {
    const headers = { 'Content-Type': type };
    const refused = await send('POST', `/rest/companies/import?import=${id}`, file, headers);
    expect(refused.status).toBe(status);
    expect(await send('GET', '/rest/companies')).toEqual({ status: 200, port: refused.port });
  } finally {
    agent.destroy();
  }
  expect((await rest('GET', '/rest/companies')).body.totalCount).toBe(0);
});
