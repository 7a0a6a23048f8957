/** Dates and times as clients write them: a day stays that day, and what is only part of a date is refused. */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;

beforeAll(async () => {
  space = await workspace();
  await space.metadata(`mutation { createOneObject(input: { object: {
    nameSingular: "launch", namePlural: "launches", labelSingular: "Launch", labelPlural: "Launches" } }) { id } }`);
  const { objects } = await space.metadata(
    '{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }',
  );
  const { id } = objects.edges.find(({ node }: any) => node.nameSingular === 'launch').node;
  for (const [name, type] of Object.entries({ day: 'DATE', moment: 'DATE_TIME' }))
    await space.metadata('mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }', {
      field: { objectMetadataId: id, type, name, label: name },
    });
});

const PARTS = ['2024', '2024-01', '2024-02-30', '2024-13-01', '24-01-01', '0000-01-01', '', 'soon', '2024-01-05T'];

describe('a DATE', () => {
  test.each([
    ['2024-01-05', '2024-01-05'],
    ['2024-1-5', '2024-01-05'],
    ['2024-01-05T00:00:00+02:00', '2024-01-05'],
    ['2024-01-05T23:30:00-05:00', '2024-01-05'],
    ['2024-01-05 00:00', '2024-01-05'],
    ['0001-01-01T00:00:00+14:00', '0001-01-01'],
    ['9999-12-31T23:59:59-14:00', '9999-12-31'],
  ])('given as %s is stored and found as %s', async (given, day) => {
    const create = 'mutation ($day: Date) { createLaunch(data: { day: $day }) { id day } }';
    const { createLaunch } = await space.gql(create, { day: given });
    expect(createLaunch.day).toBe(day);
    const { body } = await space.rest('POST', '/rest/launches', { day: given });
    expect(body.data.createLaunch.day).toBe(day);
    const filter = { day: { eq: given } };
    const { launches } = await space.gql(
      'query ($filter: LaunchFilterInput) { launches(filter: $filter) { edges { node { day } } } }',
      { filter },
    );
    expect(launches.edges.map(({ node }: any) => node.day)).toContain(day);
  });

  test.each(PARTS)('is refused as %j, by the name of its field', async (given) => {
    const { message } = await space.refused('mutation ($day: Date) { createLaunch(data: { day: $day }) { id } }', {
      day: given,
    });
    expect(message).toContain('day');
    const { status, body } = await space.rest('POST', '/rest/launches', { day: given });
    expect([status, body.messages?.[0] ?? body.message]).toEqual([400, expect.stringContaining('day')]);
  });
});

describe('a DATE_TIME', () => {
  test.each([
    ['2024-01-05T00:00:00+02:00', '2024-01-04T22:00:00.000Z'],
    ['2024-01-05', '2024-01-05T00:00:00.000Z'],
  ])('given as %s is the moment %s', async (given, moment) => {
    const { createLaunch } = await space.gql(
      'mutation ($moment: DateTime) { createLaunch(data: { moment: $moment }) { moment } }',
      { moment: given },
    );
    expect(createLaunch.moment).toBe(moment);
  });

  test.each([...PARTS, '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00'])(
    'is refused as %j, in a record, in a batch and in a filter',
    async (given) => {
      const single = await space.rest('POST', '/rest/launches', { moment: given });
      expect([single.status, single.body.messages[0]]).toEqual([400, expect.stringContaining('moment')]);
      const batch = await space.rest('POST', '/rest/batch/launches', [{}, { moment: given }]);
      expect([batch.status, batch.body.messages[0]]).toEqual([400, expect.stringMatching(/^Record 1: .*moment/)]);
      const { message } = await space.refused(
        'query ($filter: LaunchFilterInput) { launches(filter: $filter) { totalCount } }',
        { filter: { moment: { gt: given } } },
      );
      expect(message).toContain('moment');
    },
  );
});
