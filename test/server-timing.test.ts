/** Times of a request's stages: all that it went through, in order, and only where they are asked for. */

import { expect, test } from 'vitest';
import { beside, workspace } from './fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

async function stages({ url, key }: Workspace, method: string, path: string, body?: object, token = key) {
  const { headers } = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return headers.get('server-timing');
}

function read(header: string | null): [string, number][] {
  return (header ?? '').split(', ').map((each) => {
    const [, stage, ms] = /^([a-z-]+);dur=(\d+\.\d{3})$/.exec(each) ?? [];
    return [String(stage), Number(ms)];
  });
}

test.each<[string, string, object | undefined, string[]]>([
  ['GET', '/rest/companies', undefined, ['access', 'body', 'schema-cache', 'parse', 'execute', 'envelope']],
  ['POST', '/rest/companies', {}, ['access', 'body', 'schema-cache', 'parse', 'execute', 'envelope']],
  [
    'POST',
    '/graphql',
    { query: '{ companies { totalCount } }' },
    ['access', 'body', 'schema-cache', 'parse', 'execute', 'envelope'],
  ],
  ['POST', '/graphql', { query: '{ nothing }' }, ['access', 'body', 'schema-cache', 'parse', 'envelope']],
  ['GET', '/rest/nothing', undefined, ['access', 'body', 'schema-cache', 'envelope']],
  ['GET', '/healthz', undefined, ['envelope']],
])('%s %s %j', async (method, path, body, expected) => {
  const space = await workspace();
  const timed = { ...space, url: await beside({ SERVER_TIMING: 'on' }) };
  const began = performance.now();
  const spent = read(await stages(timed, method, path, body));
  const took = performance.now() - began;
  expect(spent.map(([stage]) => stage)).toEqual(expected);
  const sum = spent.reduce((total, [, ms]) => total + ms, 0);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThan(took);
});

test('the time of a slow statement is that of execute', async () => {
  const space = await workspace();
  await space.sql(`
    create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$;
    create trigger slow before insert on people for each row execute function slow()`);
  const timed = { ...space, url: await beside({ SERVER_TIMING: 'on' }) };
  const spent = new Map(read(await stages(timed, 'POST', '/rest/people', {})));
  expect(spent.get('execute')).toBeGreaterThan(200);
});

test('nobody is told who did not ask', async () => {
  const space = await workspace();
  expect(await stages(space, 'GET', '/rest/companies')).toBeNull();
});

test('a refused key has been looked at', async () => {
  const space = await workspace();
  const timed = { ...space, url: await beside({ SERVER_TIMING: 'on' }) };
  expect(read(await stages(timed, 'GET', '/rest/companies', undefined, 'nonsense')).map(([stage]) => stage)).toEqual([
    'access',
    'envelope',
  ]);
});
