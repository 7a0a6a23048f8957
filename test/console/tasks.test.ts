/** The main task of each page, done in a browser and verified through the APIs. */

import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createKey } from '../../server/access/keys.ts';
import { makeSetUpLink } from '../../server/access/links.ts';
import { receive } from '../events/receiver.ts';
import { alone, server, workspace } from '../fixture.ts';
import { signedIn } from '../members/people.ts';
import { makeRole } from '../roles.ts';
import { admin, hasBrowser, useBrowser, visit } from './visit.ts';

describe.runIf(hasBrowser)('console:', { timeout: 60_000 }, () => {
  useBrowser();
  let mine: Awaited<ReturnType<typeof workspace>>;
  let person: Awaited<ReturnType<typeof admin>>;
  beforeAll(async () => {
    mine = await workspace();
    person = await admin(mine);
  });

  test('the setup link that the server prints creates the owner, who can sign out and in again', async () => {
    const instance = await alone();
    const link = new URL((await makeSetUpLink(instance.database, instance.url)) as string);
    const { page, isClean } = await visit(link.pathname + link.hash, null, {}, instance.url);
    await page.getByLabel('Your name').fill('Ada Lovelace');
    await page.getByLabel('Email').fill('ada@example.com');
    await page.getByLabel('Choose a password').fill('analytical engine');
    await page.getByLabel('Workspace name').fill('engines');
    expect(page.url()).not.toContain('#');
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByRole('heading', { level: 1, name: 'Companies' }).waitFor();

    // A page redirects to sign-in, which rejects a wrong password and returns to the page.
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Email').waitFor();
    await isClean();
    await page.goto(`${instance.url}/settings/data-model`);
    await page.getByLabel('Email').fill('ada@example.com');
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('analytical engine');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Data model' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/settings/data-model');
    await page.close();
    await instance.close();
  });

  test('language and theme change without a reload and survive one', async () => {
    const { page, isClean } = await visit('/settings/apis/keys', person);
    await page.getByRole('button', { name: '繁體中文' }).click();
    await page.getByRole('heading', { level: 1, name: 'API 與 Webhook' }).waitFor();
    await page.getByRole('button', { name: '切換為深色主題' }).click();
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'API 與 Webhook' }).waitFor();
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await isClean();
  });

  test('a session that ended elsewhere redirects to sign-in and back', async () => {
    const leaving = await admin(mine);
    const { page } = await visit('/settings/data-model', leaving);
    await page.getByRole('heading', { level: 1, name: 'Data model' }).waitFor();
    await leaving.browser.post('/auth/sign-out', {});
    await page.getByRole('link', { name: 'Roles' }).click();
    await page.getByLabel('Email').fill(leaving.email);
    await page.getByLabel('Password', { exact: true }).fill(leaving.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Roles' }).waitFor();
  });

  test('leaving the records page while it is loading does not redirect back', async () => {
    const { page, isClean } = await visit('/settings/audit-log', person);
    const asksForObjects = (request: { postData(): string | null }) => /query Objects\b/.test(request.postData() ?? '');
    const [objects, files] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await page.route('**/metadata', async (route) => {
      if (asksForObjects(route.request())) await objects.promise;
      await route.continue();
    });
    const asked = page.waitForRequest(asksForObjects);
    await page.getByRole('link', { name: 'Records' }).click();
    await asked;
    await page.route('**/*.js', async (route) => {
      await files.promise;
      await route.continue();
    });
    await page.getByRole('link', { name: 'APIs & Webhooks' }).click();
    const answered = page.waitForResponse((response) => asksForObjects(response.request()));
    objects.resolve();
    await (await answered).finished();
    files.resolve();
    await page.getByRole('button', { name: 'Create key' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(new URL(page.url()).pathname).toBe('/settings/apis/keys');
    await isClean();
  });

  test('a member of two workspaces can switch between them', async () => {
    const other = await workspace();
    const both = await signedIn([mine, other], { name: 'Ada Lovelace', role: 'Admin' });
    const { page, isClean } = await visit('/settings/data-model', both);
    await page.getByLabel('Workspace', { exact: true }).selectOption(other.name);
    await page.getByRole('heading', { level: 1, name: 'Companies' }).waitFor();
    await page.getByText('0 records').waitFor();
    await isClean();
  });

  test('an API key is created with a role and revoked', async () => {
    const { page, isClean } = await visit('/settings/apis/keys', person);
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByLabel('Name').fill('Nightly export');
    await page.getByLabel('Role').selectOption({ label: 'Member' });
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    const token = await page.getByLabel('Token', { exact: true }).inputValue();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await statusOf(token)).toBe(200);
    await page.getByRole('row', { name: /Nightly export Member/ }).waitFor();
    await page.getByRole('button', { name: 'Revoke Nightly export' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /Nightly export/ }).waitFor({ state: 'detached' });
    await expect.poll(() => statusOf(token)).toBe(401);
    await isClean();
  });

  test('a webhook is created for selected events', async () => {
    const { page, isClean } = await visit('/settings/apis/webhooks', person);
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('dialog').getByLabel('URL').fill('https://example.com/hook');
    await page.getByLabel('Object').selectOption('person');
    await page.getByLabel('Action').selectOption('updated');
    await page.getByRole('button', { name: 'Add event' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('link', { name: 'https://example.com/hook' }).click();
    await page.getByText('person.updated, *.*').waitFor();
    await page.getByText('No deliveries yet').waitFor();
    const { webhooks } = await mine.metadata('{ webhooks { operations } }');
    expect(webhooks).toEqual([{ operations: ['person.updated', '*.*'] }]);
    await isClean();
  });

  test('a webhook delivery shows request and response, and is resent alone or with a range', async () => {
    const space = await workspace();
    const receiver = await receive((response, _arrival, count) => {
      response.writeHead(count === 2 ? 410 : 200).end(count === 2 ? 'no more' : 'thanks');
    });
    const { body: webhook } = await space.rest('POST', '/rest/metadata/webhooks', {
      targetUrl: receiver.url,
      operations: ['company.*'],
    });
    const { page, isClean } = await visit(`/settings/apis/webhooks/${webhook.id}`, await admin(space));
    const rows = page.getByRole('listitem');
    await page.getByRole('button', { name: 'Send test event' }).click();
    const test = rows.filter({ hasText: 'webhook.test' });
    await test.getByText('Delivered').waitFor();
    await test.getByText('webhook.test').first().click();
    await test.getByRole('region', { name: 'Payload' }).getByText('"eventName": "webhook.test"').waitFor();
    await test
      .getByRole('region', { name: 'Request headers' })
      .getByText(/webhook-signature: v1,/)
      .waitFor();
    await test.getByRole('region', { name: 'Response' }).getByText('thanks').waitFor();

    await test.getByRole('button', { name: 'Resend' }).click();
    await expect.poll(() => receiver.arrivals.length).toBe(2);
    // Status 410 disabled the webhook. Saving it enables it again.
    await test.getByText('Failed').waitFor();
    await test.getByRole('region', { name: 'Response' }).getByText('no more').waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await space.gql('mutation { createCompany(data: { name: "Ariane" }) { id } }');
    await expect.poll(() => receiver.arrivals.length).toBe(3);
    await page.getByRole('button', { name: 'Resend deliveries' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resend' }).click();
    await page.getByText('Resending 1 delivery.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await expect.poll(() => receiver.arrivals.length).toBe(4);
    expect(receiver.arrivals.map(({ body }) => body.eventName)).toEqual([
      'webhook.test',
      'webhook.test',
      'company.created',
      'webhook.test',
    ]);
    await rows.filter({ hasText: 'company.created' }).getByText('company.created').click();
    await page.getByRole('region', { name: 'Payload' }).getByText('"name": "Ariane"').waitFor();
    await isClean();
  });

  test('usage shows requests and errors of each key as a chart and a table', async () => {
    const space = await workspace();
    const { database } = await server();
    const empty = await visit('/settings/apis/usage', await admin(space));
    await empty.page.getByText('No requests in this period').waitFor();
    await empty.isClean();

    const { token } = await database.asOwner((client) => createKey(client, space.id, 'Nightly export'));
    const nightly = space.as({ Authorization: `Bearer ${token}` });
    for (let i = 0; i < 5; i++) await space.rest('GET', '/rest/companies');
    await nightly.rest('GET', '/rest/companies');
    await nightly.rest('GET', '/rest/companies?filter=name[is]:1');
    // And two days ago.
    await space.sql(
      `insert into plinth.api_usage (api_key_id, hour, api, requests)
       select id, date_trunc('hour', now()) - interval '2 days', 'GRAPHQL_CORE', 1000 from plinth.api_keys
       where name = 'Nightly export'`,
    );
    const countedRequests = async () => {
      const [row] = await space.sql(
        'select sum(requests)::int as sum from plinth.api_usage join plinth.api_keys on id = api_key_id where workspace_id = $1',
        [space.id],
      );
      return row.sum;
    };
    await expect.poll(countedRequests, { timeout: 15_000 }).toBe(1_007);

    const { page, isClean } = await visit('/settings/apis/keys', await admin(space));
    await page.getByRole('tab', { name: 'Usage' }).click();
    const nightlyUsage = page.getByRole('region', { name: 'Nightly export' });
    await nightlyUsage.getByText('Requests: 2 · Client errors: 1 · Server errors: 0').waitFor();
    await nightlyUsage.getByRole('img', { name: /^Chart of requests by Nightly export/ }).waitFor();
    // One bar for successful requests, one for client errors.
    await expect.poll(() => nightlyUsage.locator('.recharts-bar-rectangle path').count()).toBe(2);
    await nightlyUsage.getByText('Show as table').click();
    await nightlyUsage.getByRole('row', { name: /2 1 0$/ }).waitFor();
    await page.getByText('7 days').click();
    await nightlyUsage.getByText('Requests: 1,002 · Client errors: 1 · Server errors: 0').waitFor();
    await nightlyUsage
      .getByText('REST core 2 · GraphQL core 1,000')
      .or(nightlyUsage.getByText('GraphQL core 1,000 · REST core 2'))
      .waitFor();
    await nightlyUsage.getByRole('row', { name: /1,000 0 0$/ }).waitFor();
    await isClean();
  });

  test('an object and a field are created after a review, and deleting the field needs confirmation of data loss', async () => {
    const { page, isClean } = await visit('/settings/data-model', person);
    await page.getByRole('button', { name: 'New object' }).click();
    await page.getByLabel('Singular label').fill('Launch site');
    expect(await page.getByLabel('API name (plural)').inputValue()).toBe('launchSites');
    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByText('create table "launch_sites"').waitFor();
    await apply(page);
    await page.getByRole('link', { name: 'Launch sites' }).click();

    await page.getByRole('button', { name: 'New field' }).click();
    await page.getByRole('radio', { name: /^Select/ }).check();
    await page.getByLabel('Label').first().fill('State');
    await page.getByRole('button', { name: 'Add option' }).click();
    await page.getByRole('group', { name: 'Options' }).getByLabel('Label').fill('In use');
    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByText('add column "state"').first().waitFor();
    await apply(page);
    await mine.gql('mutation { createLaunchSite(data: { name: "Kourou", state: IN_USE }) { id } }');

    await page.getByRole('button', { name: 'Actions for State' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByText('This change deletes data').waitFor();
    expect(await page.getByRole('button', { name: 'Apply changes' }).isDisabled()).toBe(true);
    await page.getByLabel('Delete this data permanently').check();
    await apply(page);
    await page.getByRole('row', { name: /^State/ }).waitFor({ state: 'detached' });
    await isClean();
  });

  test('a field of each type is created with a default value, which the plan shows', async () => {
    const space = await workspace();
    const { page, isClean } = await visit('/settings/data-model/objects/company', await admin(space));
    const dialog = page.getByRole('dialog');
    const defaults = dialog.getByRole('group', { name: 'Default value' });
    const field = async (type: string, label: string, fill: () => Promise<unknown>, planned: string) => {
      await page.getByRole('button', { name: 'New field' }).click();
      await dialog.locator(`input[type="radio"][value="${type}"]`).check();
      await dialog.getByLabel('Label').first().fill(label);
      await fill();
      await dialog.getByRole('button', { name: 'Review changes' }).click();
      await dialog.getByRole('list', { name: 'SQL statements' }).getByText(planned).first().waitFor();
      await apply(page);
    };
    const text = (value: string) => defaults.getByLabel('Default value').fill(value);
    await field('TEXT', 'Tier', () => text("it's gold"), "default 'it''s gold'");
    await field('NUMBER', 'Weight', () => text('1.5'), 'default 1.5');
    await field('BOOLEAN', 'Vip', () => defaults.getByLabel('Default value').selectOption('true'), 'default true');
    await field('DATE_TIME', 'Met at', () => defaults.getByLabel('Time of creation').check(), 'default now()');
    await field('DATE', 'Due', () => text('2027-01-31'), "default '2027-01-31'");
    await field('RATING', 'Liking', () => defaults.getByLabel('Default value').selectOption('4'), "default 'RATING_4'");
    await field(
      'CURRENCY',
      'Budget',
      async () => {
        await defaults.getByLabel('Amount').fill('12.5');
        await defaults.getByLabel('Currency').fill('EUR');
      },
      'default 12500000',
    );
    await field('RAW_JSON', 'Extra', () => text('{"a": [1]}'), 'default');
    await field('ARRAY', 'Tags', () => text('a, b'), 'default');
    await field(
      'MULTI_SELECT',
      'Markets',
      async () => {
        for (const label of ['Asia', 'Europe', 'Africa']) {
          await dialog.getByRole('button', { name: 'Add option' }).click();
          await dialog.getByRole('group', { name: 'Options' }).getByLabel('Label').last().fill(label);
        }
        await defaults.getByLabel('Asia').check();
        await defaults.getByLabel('Africa').check();
      },
      'default',
    );
    const { createCompany } = await space.gql(`mutation { createCompany(data: { name: "Ariane" }) {
      tier weight vip metAt due liking budget { amountMicros currencyCode } extra tags markets } }`);
    expect(createCompany).toEqual({
      tier: "it's gold",
      weight: 1.5,
      vip: true,
      metAt: expect.stringMatching(/^20/),
      due: '2027-01-31',
      liking: 'RATING_4',
      budget: { amountMicros: expect.anything(), currencyCode: 'EUR' },
      extra: { a: [1] },
      tags: ['a', 'b'],
      markets: ['ASIA', 'AFRICA'],
    });

    // Editing a field keeps its default until it is changed.
    await page.getByRole('button', { name: 'Actions for Weight' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    expect(await defaults.getByLabel('Default value').inputValue()).toBe('1.5');
    await text('');
    await dialog.getByRole('button', { name: 'Review changes' }).click();
    await dialog.getByRole('list', { name: 'SQL statements' }).getByText('drop default').waitFor();
    await isClean();
  });

  test('a relation to several objects is created and gets a further object', async () => {
    const space = await workspace();
    const { page, isClean } = await visit('/settings/data-model/objects/opportunity', await admin(space));
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'New field' }).click();
    await dialog.getByRole('radio', { name: /^Relation/ }).check();
    await dialog.getByLabel('Label').first().fill('Sponsor');
    await dialog.getByLabel('Relation type').selectOption('MORPH');
    await dialog.getByLabel('Object', { exact: true }).selectOption({ label: 'Company' });
    await dialog.getByLabel('Field label on Company').fill('Sponsored opportunities');
    await dialog.getByRole('button', { name: 'Add object' }).click();
    await dialog.getByLabel('Object', { exact: true }).last().selectOption({ label: 'Person' });
    await dialog.getByLabel('Field label on Person').fill('Sponsored opportunities');
    await dialog.getByRole('button', { name: 'Review changes' }).click();
    await dialog.getByText('add column "sponsor_company_id"').first().waitFor();
    await dialog.getByText('add column "sponsor_person_id"').first().waitFor();
    await apply(page);
    await page
      .getByRole('row', { name: /^Sponsor/ })
      .getByRole('link', { name: 'Person' })
      .waitFor();

    await page.getByRole('button', { name: 'Actions for Sponsor' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await dialog.getByRole('button', { name: 'Add object' }).click();
    await dialog.getByLabel('Object', { exact: true }).selectOption({ label: 'Task' });
    await dialog.getByLabel('Field label on Task').fill('Sponsored opportunities');
    await dialog.getByRole('button', { name: 'Review changes' }).click();
    await apply(page);
    await page
      .getByRole('row', { name: /^Sponsor/ })
      .getByRole('link', { name: 'Task' })
      .waitFor();
    expect(await space.gql('{ companies { edges { node { sponsoredOpportunities { totalCount } } } } }')).toBeDefined();
    await isClean();
  });

  test('an edited model document is reviewed before it is applied', async () => {
    const { page, isClean } = await visit('/settings/data-model/code', person);
    const text = await page.getByLabel('Model as code').inputValue();
    const model = JSON.parse(text);
    model.objects.push({ name: 'pad', plural: 'pads', fields: [{ name: 'name', type: 'TEXT' }] });
    await page.getByLabel('Model as code').fill(JSON.stringify(model));
    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByText('create table "pads"').waitFor();
    await apply(page);
    await expect.poll(() => mine.gql('{ pads { totalCount } }').catch(() => null)).toEqual({ pads: { totalCount: 0 } });
    await isClean();
  });

  test('records are created, edited in place, filtered, deleted and restored', async () => {
    const { page, isClean } = await visit('/records/companies', person);
    await page.getByRole('button', { name: 'New record' }).click();
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Ariane');
    await page.getByRole('dialog').getByLabel('Employees').fill('12');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Edit Employees: 12' }).click();
    await page.getByLabel('Employees').fill('13');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Edit Employees: 13' }).waitFor();
    expect(await mine.sql('select name, employees, created_by_name from companies')).toEqual([
      { name: 'Ariane', employees: 13, created_by_name: 'Ada Lovelace' },
    ]);

    await page.getByRole('button', { name: 'Add condition' }).click();
    await page.getByLabel('Value').fill('nobody');
    await page.getByText('No records match these conditions.').waitFor();
    await page.getByLabel('Value').fill('arian');
    await page.getByLabel('Select Ariane').check();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('No records match these conditions.').waitFor();
    await page.getByText('Deleted', { exact: true }).click();
    await page.getByLabel('Select Ariane').check();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('No deleted records').waitFor();
    expect(await mine.sql('select deleted_at from companies')).toEqual([{ deleted_at: null }]);
    await isClean();
  });

  test('a CSV import shows a preview, the progress and rejected lines', async () => {
    const space = await workspace();
    const { page, isClean } = await visit('/records/companies', await admin(space));
    await page.getByRole('button', { name: 'Import' }).click();
    const lines = Array.from({ length: 500 }, (_, place) => `${companyName(place)},${place}`);
    const buffer = Buffer.from(['name,employees', ...lines, 'Bad,many'].join('\n'));
    await page.locator('input[type="file"]').setInputFiles({ name: 'companies.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('cell', { name: 'Company 00003' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
    await page.getByText('500 created, 0 updated, 1 rejected').waitFor({ timeout: 40_000 });
    await page.getByText(/^Line 502:/).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('500 records').waitFor();
    await isClean();
  });

  test('a list of 10,000 records scrolls to its end and renders only visible rows', async () => {
    const large = await workspace();
    await insertCompanies(large, 10_000);
    const { page, isClean } = await visit('/records/companies', await admin(large));
    await page.getByText('10,000 records').waitFor();
    await page.getByRole('columnheader', { name: 'Employees' }).getByRole('button').click();
    await page.getByText('Company 00000').first().waitFor();
    let most = 0;
    const counted = async () => {
      most = Math.max(most, await page.getByRole('row', { includeHidden: true }).count());
    };
    await counted();
    const frame = page.getByRole('region', { name: 'Companies' });
    const scroll = (to: number) =>
      frame.evaluate((element: { scrollTop: number; scrollHeight: number }, share) => {
        element.scrollTop = element.scrollHeight * share;
      }, to);
    // The scroll bar covers the whole list, although most of it isn't loaded yet.
    await scroll(1);
    await expect
      .poll(() => counted().then(() => page.getByText('Company 09999').count()), { timeout: 40_000 })
      .toBeGreaterThan(0);
    await scroll(0.5);
    await page.getByText('Company 05000').waitFor();
    await counted();
    expect(most).toBeGreaterThan(20);
    expect(most).toBeLessThan(80);
    await isClean();
  });

  test('a related record is searched among all records and changed in place', async () => {
    const space = await workspace();
    await insertCompanies(space, 450);
    await space.gql('mutation { createPerson(data: { name: { firstName: "Grace", lastName: "Hopper" } }) { id } }');
    const employer = async () =>
      (await space.sql('select c.name from people left join companies as c on c.id = company_id'))[0]?.name;
    const { page, isClean } = await visit('/records/people', await admin(space));
    await page.getByRole('button', { name: 'Edit Company (empty)' }).click();
    const picker = page.getByRole('combobox', { name: 'Company' });
    await picker.fill('pany 0043');
    await page.getByRole('option', { name: 'Company 00431' }).click();
    await page.getByRole('button', { name: 'Edit Company: Company 00431' }).click();
    expect(await employer()).toBe('Company 00431');

    // Without a search text, all records are listed page by page. The keyboard can select one.
    await page.getByRole('option', { name: 'Show more' }).click();
    await page.getByRole('option', { name: 'Company 00399' }).waitFor({ state: 'attached' });
    await page.getByRole('option', { name: 'Show more' }).click();
    await page.getByRole('option', { name: 'Company 00449' }).waitFor({ state: 'attached' });
    await picker.fill('00007');
    await page.getByRole('option', { name: 'Company 00007' }).waitFor();
    await expect.poll(() => page.getByRole('listbox').getByRole('option').count()).toBe(2);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Edit Company: Company 00007' }).click();
    expect(await employer()).toBe('Company 00007');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Edit Company: Company 00007' }).click();
    await page.getByRole('option', { name: 'None' }).click();
    await page.getByRole('button', { name: 'Edit Company (empty)' }).waitFor();
    expect(await employer()).toBe(null);

    await page.getByRole('button', { name: 'New record' }).click();
    await page.getByRole('dialog').getByLabel('City').fill('Kourou');
    await page.getByRole('dialog').getByLabel('Company', { exact: true }).fill('00444');
    await page.getByRole('option', { name: 'Company 00444' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Edit Company: Company 00444' }).waitFor();
    await isClean();
  });

  test('a relation to several objects links to one record at a time', async () => {
    const space = await workspace();
    const { objects } = await space.metadata(
      '{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }',
    );
    const idOf = (name: string) => objects.edges.find(({ node }: any) => node.nameSingular === name).node.id;
    await space.metadata('mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }', {
      field: {
        objectMetadataId: idOf('opportunity'),
        type: 'MORPH_RELATION',
        name: 'sponsor',
        label: 'Sponsor',
        morphRelationsCreationPayload: ['company', 'person'].map((name) => ({
          type: 'MANY_TO_ONE',
          targetObjectMetadataId: idOf(name),
          targetFieldLabel: 'Sponsored',
        })),
      },
    });
    await space.gql(`mutation { createCompany(data: { name: "Ariane" }) { id } createOpportunity(data: { name: "Launch" }) { id }
      createPerson(data: { name: { firstName: "Grace", lastName: "Hopper" } }) { id } }`);
    const { page, isClean } = await visit('/records/opportunities', await admin(space));
    await page.getByRole('button', { name: 'Edit Sponsor (empty)' }).click();
    await page.getByRole('option', { name: 'Ariane' }).click();
    await page.getByRole('button', { name: 'Edit Sponsor: Ariane' }).click();
    await page.getByLabel('Sponsor: Object').selectOption({ label: 'Person' });
    await page.getByRole('combobox', { name: 'Sponsor', exact: true }).fill('hop gra');
    await page.getByRole('option', { name: 'Grace Hopper' }).click();
    await page.getByRole('button', { name: 'Edit Sponsor: Grace Hopper' }).waitFor();
    expect(
      await space.sql(
        'select sponsor_company_id is null as free, sponsor_person_id is null as other from opportunities',
      ),
    ).toEqual([{ free: true, other: false }]);
    await isClean();
  });

  test('a role is created and gets a permission on an object and a setting', async () => {
    const { page, isClean } = await visit('/settings/roles', person);
    await page.getByRole('button', { name: 'New role' }).click();
    await page.getByLabel('Name').fill('Sales');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Create and edit Companies: inherited' }).click();
    await page.getByRole('button', { name: 'Create and edit Companies: allowed' }).waitFor();
    await page.getByLabel('API keys and webhooks').click();
    await expect
      .poll(() => rightsOf('Sales'))
      .toEqual({
        permissionFlags: [{ flag: 'API_KEYS_AND_WEBHOOKS' }],
        objectPermissions: [{ canUpdateObjectRecords: true, canDestroyObjectRecords: null }],
      });
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByText('role.created').first().waitFor();
    await isClean();
  });

  test('field permissions and record filters of a role are edited and shown', async () => {
    const readsAll = { canReadAllObjectRecords: true, canUpdateAllObjectRecords: true };
    const id = await makeRole(mine, 'Branch', readsAll);
    const { page, isClean } = await visit(`/settings/roles/${id}`, person);
    await page.getByRole('button', { name: 'Field permissions for Companies: All' }).click();
    await page.getByRole('button', { name: 'Read Employees: inherited' }).click();
    await page.getByRole('button', { name: 'Read Employees: allowed' }).click();
    await page.getByRole('button', { name: 'Read Employees: denied' }).waitFor();
    await page.getByRole('button', { name: 'Edit Domain Name: inherited' }).click();
    await page.getByRole('button', { name: 'Edit Domain Name: allowed' }).click();
    await page.getByRole('button', { name: 'Edit Domain Name: denied' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page
      .getByRole('button', { name: 'Field permissions for Companies: Hidden: Employees; Read-only: Domain Name' })
      .waitFor();

    await page.getByRole('button', { name: 'Record filter for Companies: All' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Add condition' }).click();
    await dialog.getByLabel('Value').fill('ari');
    await dialog.getByRole('button', { name: 'Add condition' }).click();
    await dialog.getByLabel('Field').last().selectOption({ label: 'Account Owner' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page
      .getByRole('button', {
        name: 'Record filter for Companies: Name contains ari and Account Owner is the current member',
      })
      .click();
    const { rowRules, fieldPermissions } = await roleOf('Branch');
    expect(rowRules).toEqual([{ filter: { and: [{ name: { ilike: '%ari%' } }, { accountOwnerId: { eq: '$me' } }] } }]);
    expect(fieldPermissions).toHaveLength(2);

    // A filter that conditions can't express is edited and shown as JSON.
    await dialog.getByText('JSON').click();
    await dialog.getByRole('textbox', { name: 'Filter' }).fill('{ "or": [{ "employees": { "lt": 5 } }] }');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Record filter for Companies: {"or":[{"employees":{"lt":5}}]}' }).click();
    await dialog.getByRole('textbox', { name: 'Filter' }).fill('');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Record filter for Companies: All' }).waitFor();
    await isClean();
  });

  test('the workspace is renamed, and its public link is created, regenerated, turned off and revoked', async () => {
    const space = await workspace();
    const { page, isClean } = await visit('/settings/workspace', await admin(space));
    await page.getByLabel('Name', { exact: true }).fill('Ariane Group');
    await page.getByLabel('Default role for new members').selectOption({ label: 'Admin' });
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.getByLabel('Workspace', { exact: true }).textContent()).toBe('Ariane Group');
    const { currentWorkspace } = await space.metadata('{ currentWorkspace { displayName defaultRole { label } } }');
    expect(currentWorkspace).toEqual({ displayName: 'Ariane Group', defaultRole: { label: 'Admin' } });

    const isOn = page.getByLabel('Allow anyone with the link to join');
    if (!(await isOn.isChecked())) await isOn.click();
    await page.getByLabel('Role for people who join with the link').selectOption({ label: 'Member' });
    await page.getByRole('button', { name: 'Create link' }).click();
    const first = await page.getByLabel('Link', { exact: true }).inputValue();
    await page.getByRole('button', { name: 'Regenerate link' }).click();
    await expect.poll(() => page.getByLabel('Link', { exact: true }).inputValue()).not.toBe(first);
    const link = new URL(await page.getByLabel('Link', { exact: true }).inputValue());
    const kindOf = async (token: string) => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(`${space.url}/auth/link`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ token }),
      });
      return ((await answer.json()) as { kind?: string }).kind;
    };
    expect(await kindOf(new URL(first).hash.slice(1))).toBeUndefined();
    expect(await kindOf(link.hash.slice(1))).toBe('public');
    await isOn.click();
    await page.getByRole('button', { name: 'Regenerate link' }).waitFor({ state: 'detached' });
    await expect.poll(() => kindOf(link.hash.slice(1))).toBeUndefined();
    await isOn.click();
    await page.getByRole('button', { name: 'Revoke link' }).click();
    await page.getByRole('button', { name: 'Create link' }).waitFor();
    await isClean();
  });

  test('a member is invited, joins with the link, gets another role and is removed', async () => {
    const { page, isClean } = await visit('/settings/members', person);
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByLabel('Email').fill('grace@example.com');
    await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
    const link = new URL(await page.getByLabel('Link', { exact: true }).inputValue());
    await page.getByRole('button', { name: 'Done' }).click();

    const guest = await visit(link.pathname + link.hash);
    await guest.page.getByLabel('Your name').fill('Grace Hopper');
    await guest.page.getByLabel('Choose a password').fill('a password of hers');
    await guest.page.getByRole('button', { name: 'Join' }).click();
    await guest.page.getByRole('heading', { level: 1, name: 'Companies' }).waitFor();
    await guest.isClean();

    await page.reload();
    await page.getByLabel('Role of Grace Hopper').selectOption({ label: 'Admin' });
    await page.getByRole('button', { name: 'Remove Grace Hopper' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('grace@example.com').waitFor({ state: 'detached' });
    await isClean();
  });

  const companyName = (place: number) => `Company ${String(place).padStart(5, '0')}`;

  function insertCompanies({ sql }: Awaited<ReturnType<typeof workspace>>, count: number) {
    return sql(
      `insert into companies (name, employees)
       select 'Company ' || lpad(place::text, 5, '0'), place from generate_series(0, $1::int - 1) as place`,
      [count],
    );
  }

  async function apply(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Apply changes' }).click();
    await page.getByRole('button', { name: 'Apply changes' }).waitFor({ state: 'detached' });
  }

  async function statusOf(token: string): Promise<number> {
    const response = await fetch(`${mine.url}/rest/companies?limit=1`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return response.status;
  }

  async function roleOf(label: string) {
    const { getRoles } = await mine.metadata('{ getRoles { label rowRules { filter } fieldPermissions { id } } }');
    return getRoles.find((role: { label: string }) => role.label === label);
  }

  async function rightsOf(label: string) {
    const { getRoles } = await mine.metadata(`{ getRoles { label permissionFlags { flag }
      objectPermissions { canUpdateObjectRecords canDestroyObjectRecords } } }`);
    const { label: _, ...rights } = getRoles.find((role: { label: string }) => role.label === label);
    return rights;
  }
});
