/**
 * Changes of the model and traffic at the same time, from two server processes: every answer is of one model or the
 * other.
 */

import { expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { serve } from '../server-process.ts';

const CHANGES = 16;

type Said = { readonly status: number; readonly body: any };

test('no answer is of two models at once, and none is a failure of ours', { timeout: 180_000 }, async () => {
  const space = await workspace();
  const { createOneObject } = await space.metadata(`mutation {
    createOneObject(input: { object: { nameSingular: "rocket", namePlural: "rockets", labelSingular: "Rocket", labelPlural: "Rockets" } }) { id }
  }`);
  const objectMetadataId = createOneObject.id;
  const { createManyFields } = await space.metadata(
    'mutation ($inputs: [CreateOneFieldMetadataInput!]!) { createManyFields(inputs: $inputs) { id } }',
    {
      inputs: [
        { field: { objectMetadataId, type: 'TEXT', name: 'stage0', label: 'Stage' } },
        { field: { objectMetadataId, type: 'NUMBER', name: 'thrust0', label: 'Thrust' } },
      ],
    },
  );
  await space.gql('mutation { createRocket(data: { name: "Ariane", stage0: "old", thrust0: 1 }) { id } }');
  const servers = await Promise.all([serve(512), serve(512)]);

  async function ask(server: number, method: string, path: string, body?: object): Promise<Said> {
    const response = await fetch(`${(servers[server] as { url: string }).url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${space.key}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  // Two fields are renamed by one change: a record has both of the old names, or both of the new ones.
  const namesOf = (version: number) => [`stage${version}`, `thrust${version}`];
  const known = new Set([String(namesOf(0))]);
  const wrong: unknown[] = [];
  let isOver = false;
  let answers = 0;

  async function reading(server: number): Promise<void> {
    while (!isOver) {
      const { status, body } = await ask(server, 'GET', '/rest/rockets');
      const names = Object.keys(body.data?.rockets?.[0] ?? {}).filter((name) => /^(stage|thrust)/.test(name));
      if (status !== 200 || !known.has(String(names.sort()))) wrong.push({ status, names, body });
      answers++;
    }
  }

  async function writing(server: number): Promise<void> {
    while (!isOver) {
      const [stage, thrust] = ([...known].at(-1) as string).split(',') as [string, string];
      const query = `mutation { createRocket(data: { name: "Vega", ${stage}: "new", ${thrust}: 2 }) { id ${stage} ${thrust} } }`;
      const { status, body } = await ask(server, 'POST', '/graphql', { query });
      // Between two models the names are those of the other one: said by the schema, before anything is written.
      const codes = body.errors?.map(({ extensions }: any) => extensions.code) ?? [];
      const isTold = codes.every((code: string) =>
        ['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'CONFLICT'].includes(code),
      );
      const created = body.data?.createRocket;
      const isWhole = created ? created[stage] === 'new' && created[thrust] === 2 : codes.length > 0;
      if (status !== 200 || !isTold || !isWhole) wrong.push({ status, query, body });
      answers++;
    }
  }

  async function changing(): Promise<void> {
    for (let version = 1; version <= CHANGES; version++) {
      known.add(String(namesOf(version)));
      const [stage, thrust] = namesOf(version);
      const model = await ask(version % 2, 'GET', '/rest/metadata/model');
      const document = model.body;
      const rocket = document.objects.find(({ name }: any) => name === 'rocket');
      rocket.fields = rocket.fields.map((field: any) =>
        /^stage/.test(field.name)
          ? { ...field, name: stage, was: field.name }
          : /^thrust/.test(field.name)
            ? { ...field, name: thrust, was: field.name }
            : field,
      );
      let changed: Said;
      do {
        changed = await ask(version % 2, 'PUT', '/rest/metadata/model', document);
      } while (changed.status === 409); // the table was busy
      if (changed.status !== 200) wrong.push(changed);
    }
    isOver = true;
  }

  await Promise.all([changing(), reading(0), reading(1), writing(0), writing(1)]);
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(answers).toBeGreaterThan(CHANGES);
  const [{ rockets, written }] = await space.sql(
    `select count(*)::int as rockets, count(thrust${CHANGES})::int as written from rockets`,
  );
  expect(written).toBe(rockets);
  expect(createManyFields).toHaveLength(2);
  for (const server of servers) await server.stop('SIGTERM');
});
