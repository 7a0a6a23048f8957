/** A workspace made by an older Plinth gets what later versions brought, beside what its users made of it. */

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { changeModel } from '../../server/changes/apply.ts';
import { askerIn, upgraded } from '../../server/cli/model.ts';
import type { Model } from '../../server/model/model.ts';
import { server, workspace } from '../fixture.ts';

/** The model as it was before these standard fields. */
function older({ objects }: Model, fields: readonly string[]): Model {
  const gone = new Set(
    objects.flatMap((object) =>
      object.fields
        .filter(({ name }) => fields.includes(`${object.nameSingular}.${name}`))
        .flatMap(({ id, relation }) => [id, relation?.targetField]),
    ),
  );
  return { objects: objects.map((object) => ({ ...object, fields: object.fields.filter(({ id }) => !gone.has(id)) })) };
}

test('what is missing is added, and nothing that users made is touched', async () => {
  const space = await workspace();
  const { database } = await server();
  await changeModel(database, { workspaceId: space.id, schema: space.schema }, (model) =>
    older(model, ['company.annualRecurringRevenue', 'opportunity.owner', 'person.city']),
  );
  const { data: objects } = (await space.rest('GET', '/rest/metadata/objects')).body;
  const company = objects.find(({ nameSingular }: any) => nameSingular === 'company');
  const person = objects.find(({ nameSingular }: any) => nameSingular === 'person');
  await space.rest('PATCH', `/rest/metadata/objects/${company.id}`, { labelSingular: 'Account' });
  // Somebody needed a city before Plinth had one.
  const own = { objectMetadataId: person.id, type: 'NUMBER', name: 'city', label: 'City' };
  expect((await space.rest('POST', '/rest/metadata/fields', own)).status).toBe(201);
  await space.gql('mutation { createCompany(data: { name: "ESA", employees: 3 }) { id } }');
  await space.gql('mutation { createPerson(data: { city: 7 }) { id } }');

  // And the index on positions is younger than the workspace; one that its users made is theirs to drop.
  await space.sql('drop index people_position_idx');
  expect((await space.rest('GET', '/rest/metadata/drift')).body.data).toMatchObject([
    { what: 'index', kind: 'missing', name: 'people_position_idx' },
  ]);

  const asker = await askerIn(database, space.name, pino({ level: 'silent' }));
  const plan = await upgraded(asker, true);
  expect(plan).toContain('alter table "companies" add column "annual_recurring_revenue_amount_micros" bigint');
  expect(plan).toContain('--   + Opportunity.owner\n');
  expect(plan).toContain('create index "people_position_idx" on "people" using btree ("position");');
  expect(plan).not.toContain('DESTROYS');
  expect(await upgraded(asker, false)).toBe(
    [
      '+ company.annualRecurringRevenue',
      '+ opportunity.owner',
      '+ workspaceMember.ownedOpportunities',
      '+ index people_position_idx',
      '! person.city is left out: Name "city" is not available as it is already used by another field',
      '',
    ].join('\n'),
  );
  await expect
    .poll(async () => (await space.rest('GET', '/rest/companies')).body.data.companies[0])
    .toMatchObject({ name: 'ESA', employees: 3, annualRecurringRevenue: { amountMicros: null } });
  expect((await space.gql('{ people { edges { node { city } } } }')).people.edges).toEqual([{ node: { city: 7 } }]);
  expect((await space.rest('GET', `/rest/metadata/objects/${company.id}`)).body.labelSingular).toBe('Account');
  expect((await space.rest('GET', '/rest/metadata/drift')).body.data).toEqual([]);
  expect(await upgraded(asker, true)).toBe('-- The tables are as they should be: there is nothing to run.\n');
});
