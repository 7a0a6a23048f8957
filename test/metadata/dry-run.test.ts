/** Plans of changes before they happen: `?dry_run=true` on what changes the model. */

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const ROCKET = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };

async function rocketIn({ rest }: Workspace): Promise<{ id: string; fields: { id: string; name: string }[] }> {
  return (await rest('POST', '/rest/metadata/objects', ROCKET)).body;
}

async function made({ rest }: Workspace): Promise<string[]> {
  const { body } = await rest('GET', '/rest/metadata/fields?limit=200');
  return body.data.map(({ id, name, label, isActive }: any) => `${id} ${name} ${label} ${isActive}`);
}

describe('?dry_run=true', () => {
  test('says the statements, and changes nothing', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const stage = (
      await space.rest('POST', '/rest/metadata/fields', {
        objectMetadataId: rocket.id,
        type: 'TEXT',
        name: 'stage',
        label: 'Stage',
      })
    ).body;
    const before = await made(space);

    type Case = [method: string, path: string, body: object | undefined, sql: string[], losesData: boolean];
    const cases: Case[] = [
      [
        'POST',
        '/objects',
        { nameSingular: 'probe', namePlural: 'probes', labelSingular: 'Probe', labelPlural: 'Probes' },
        ['create table "probes"', 'add column "target_probe_id"'],
        false,
      ],
      [
        'PATCH',
        `/objects/${rocket.id}`,
        { nameSingular: 'launcher', namePlural: 'launchers' },
        ['rename to "launchers"'],
        false,
      ],
      ['PUT', `/objects/${rocket.id}`, { description: 'Flies' }, ['comment on table "rockets"'], false],
      ['DELETE', `/objects/${rocket.id}`, undefined, ['drop table "rockets"'], true],
      [
        'POST',
        '/fields',
        { objectMetadataId: rocket.id, type: 'NUMBER', name: 'crew', label: 'Crew' },
        ['alter table "rockets" add column "crew" double precision'],
        false,
      ],
      ['PATCH', `/fields/${stage.id}`, { name: 'step' }, ['rename column "stage" to "step"'], false],
      ['PUT', `/fields/${stage.id}`, { isUnique: true }, ['unique ("stage")'], false],
      ['DELETE', `/fields/${stage.id}`, undefined, ['drop column "stage"'], true],
    ];
    for (const [method, path, body, sql, losesData] of cases) {
      const answer = await space.rest(method, `/rest/metadata${path}?dry_run=true`, body);
      expect(answer, `${method} ${path}`).toMatchObject({ status: 200, body: { losesData } });
      const said = answer.body.statements.map((statement: { sql: string }) => statement.sql).join('\n');
      for (const part of sql) expect(said).toContain(part);
    }
    expect(await made(space)).toEqual(before);
    expect(await space.sql("select to_regclass('rockets')::text as rockets, to_regclass('probes') as probes")).toEqual([
      { rockets: 'rockets', probes: null },
    ]);
  });

  test('refuses what the change itself would be refused for', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    const { rest } = space;
    expect(await rest('POST', '/rest/metadata/objects?dry_run=true', ROCKET)).toMatchObject({ status: 400 });
    expect(await rest('DELETE', `/rest/metadata/objects/${randomUUID()}?dry_run=true`)).toMatchObject({ status: 404 });
    expect(await rest('DELETE', '/rest/metadata/fields/nonsense?dry_run=true')).toMatchObject({ status: 400 });
    const name = rocket.fields.find((field) => field.name === 'createdAt');
    expect(await rest('DELETE', `/rest/metadata/fields/${name?.id}?dry_run=true`)).toMatchObject({ status: 400 });
  });

  test('is true or false; a slip of the pen changes nothing', async () => {
    const space = await workspace();
    const rocket = await rocketIn(space);
    for (const given of ['yes', '1', 'TRUE', '']) {
      const answer = await space.rest('DELETE', `/rest/metadata/objects/${rocket.id}?dry_run=${given}`);
      expect(answer.status).toBe(400);
      expect(answer.body.messages[0]).toContain('dry_run');
    }
    expect((await space.rest('GET', `/rest/metadata/objects/${rocket.id}`)).status).toBe(200);
    expect((await space.rest('DELETE', `/rest/metadata/objects/${rocket.id}?dry_run=false`)).body.id).toBe(rocket.id);
    expect((await space.rest('GET', `/rest/metadata/objects/${rocket.id}`)).status).toBe(404);
  });

  test('is not for what is no change of the model', async () => {
    const { rest } = await workspace();
    const answer = await rest('POST', '/rest/metadata/apiKeys?dry_run=true', { name: 'Second' });
    expect(answer).toMatchObject({ status: 400 });
    expect((await rest('GET', '/rest/metadata/apiKeys')).body.data).toHaveLength(1);
  });
});
