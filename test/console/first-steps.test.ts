/** The four steps of a newcomer: settings, a key, the personal documentation and playground, a request against the own model. */

import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { admin, hasBrowser, useBrowser, visit } from './visit.ts';

describe.runIf(hasBrowser)('in a browser', { timeout: 60_000 }, () => {
  useBrowser();

  test('a key is made, and opens documentation and playground of an object that was made a minute ago', async () => {
    const mine = await workspace();
    const rocket = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };
    const make = 'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }';
    await mine.metadata(make, { object: rocket });
    const { createRocket } = await mine.gql('mutation { createRocket(data: { name: "Ariane" }) { id } }');

    // 1. Settings → APIs & Webhooks
    const { page, isClean } = await visit('/', await admin(mine));
    await page.getByRole('link', { name: 'APIs & Webhooks' }).click();

    // 2. A key, whose token is shown once
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByLabel('Name').fill('Newcomer');
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    const token = await page.getByLabel('Token', { exact: true }).inputValue();
    expect(token).toMatch(/^plinth_\w{40,}$/);

    // 3. The documentation, without asking for the key; 4. a REST request against the own object
    await page.getByRole('link', { name: 'Open documentation' }).click();
    await page.locator('aside, nav').getByText('rockets', { exact: true }).first().click();
    // Its samples are in curl, Python and TypeScript, with the id of a record.
    const tryIt = page.getByRole('button', { name: 'Test Request (get /rockets/{id})' });
    const card = page.locator('.scalar-card').filter({ has: tryIt });
    await card.getByRole('button', { name: 'Shell Curl' }).click();
    const samples = page.getByRole('listbox').getByRole('option');
    expect(await samples.allTextContents()).toEqual(['TypeScript', 'Requests', 'Curl']);
    await samples.getByText('TypeScript').click();
    const written = () => card.locator('code').first().textContent();
    await expect.poll(written).toContain(`await fetch('${mine.url}/rest/rockets/${createRocket.id}', {`);
    await tryIt.click();
    await page.getByRole('button', { name: 'Send get request to' }).click();
    await page.getByText('"Ariane"').first().waitFor();
    expect(await page.getByText(createRocket.id).count()).toBeGreaterThan(0);
    await page.keyboard.press('Escape');

    // … and a GraphQL request, which the playground has ready
    await page.getByRole('link', { name: 'GraphQL playground' }).click();
    // Ruru ignores the button until its editors are there.
    await page.getByLabel('Operation Editor').getByText('rockets').first().waitFor();
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.getByRole('menuitem', { name: 'Rockets' }).click();
    await page.getByLabel('Result Window').getByText('"Ariane"').waitFor();
    expect(await page.getByLabel('Result Window').textContent()).toMatch(/"totalCount":\s1/);

    // A reload forgets the key.
    await page.reload();
    await page.getByLabel('API key').waitFor();
    await isClean();
  });
});
