/** What goes wrong leaves nothing half done, and the server serves again without a restart. */

import { expect, test } from 'vitest';
import { server, workspace } from './fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await isSo()) return;
    await new Promise((settle) => setTimeout(settle, 50));
  }
  throw new Error('It did not come to pass');
}

const BATCH = 'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { id } }';

test('a batch with one bad record writes none, and names it', async () => {
  const { refused, sql } = await workspace();
  const data = Array.from({ length: 60 }, (_, i) => ({ name: `c${i}`, ...(i === 41 && { accountOwnerId: 'nobody' }) }));
  expect(await refused(BATCH, { data })).toMatchObject({
    extensions: { code: 'BAD_USER_INPUT', subCode: 'INVALID_ARGS_DATA', recordIndex: 41 },
  });
  expect(await sql('select count(*)::int from companies')).toEqual([{ count: 0 }]);
});

test('a lost connection is an error once, and then a new connection', async () => {
  const space = await workspace();
  await space.gql('mutation { createCompany(data: { name: "before" }) { id } }');
  const { application } = await server();
  const kill = () =>
    space.sql('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [application]);
  await kill();
  await until(async () => (await space.rest('GET', '/rest/companies')).status === 200);

  // In the middle of a batch: the trigger holds it until its backend is gone.
  await space.sql(`
    create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(5); return new; end $$;
    create trigger slow before insert on people for each row execute function slow()`);
  const batch = space.rest('POST', '/rest/batch/people', [{ jobTitle: 'a' }, { jobTitle: 'b' }]);
  await until(
    async () =>
      (
        await space.sql(
          "select from pg_stat_activity where query like '%insert into \"people\"%' and state = 'active' and pid <> pg_backend_pid()",
        )
      ).length > 0,
  );
  await kill();
  const { status, body } = await batch;
  expect([status, body.error]).toEqual([503, 'ServiceUnavailableException']);
  expect(await space.sql('select count(*)::int from people')).toEqual([{ count: 0 }]);
  await until(async () => (await space.rest('GET', '/rest/people')).status === 200);
});

async function addField(space: Workspace, objectMetadataId: string, name: string): Promise<string> {
  return (await space.rest('POST', '/rest/metadata/fields', { objectMetadataId, type: 'TEXT', name, label: name })).body
    .id;
}

test('requests in flight during changes of the model finish on one model or the other', async () => {
  const space = await workspace();
  const made = await space.rest('POST', '/rest/metadata/objects', {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
  });
  const field = await addField(space, made.body.id, 'motto');
  await space.rest(
    'POST',
    '/rest/batch/rockets',
    Array.from({ length: 20 }, (_, i) => ({ name: `r${i}` })),
  );
  let isOver = false;
  const seen = new Set<string>();
  const reader = async () => {
    while (!isOver) {
      const { status, body } = await space.rest('GET', '/rest/rockets?limit=20');
      expect([status, body]).toMatchObject([200, { totalCount: 20 }]);
      const shapes = new Set(
        body.data.rockets.map((rocket: object) => ['motto', 'slogan'].filter((name) => name in rocket).join()),
      );
      expect(shapes.size).toBe(1);
      seen.add([...shapes][0] as string);
      const created = await space.rest('POST', '/rest/companies', { name: 'x' });
      expect(created.status).toBe(201);
    }
  };
  const readers = Promise.all(Array.from({ length: 6 }, reader));
  for (const name of ['slogan', 'motto', 'slogan', 'motto']) {
    const renamed = await space.rest('PATCH', `/rest/metadata/fields/${field}`, { name });
    expect(renamed.status).toBe(200);
    seen.delete(name);
    await until(async () => seen.has(name));
  }
  isOver = true;
  await readers;
});

test('a schema is built once, however many ask at the same moment', async () => {
  const space = await workspace();
  const { models } = await server();
  await space.rest('POST', '/rest/metadata/objects', {
    nameSingular: 'comet',
    namePlural: 'comets',
    labelSingular: 'Comet',
    labelPlural: 'Comets',
  });
  const served = await Promise.all(Array.from({ length: 20 }, () => models.get(space.schema)));
  expect(new Set(served).size).toBe(1);
});
