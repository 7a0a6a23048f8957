/** The first steps of a new user: create a key, open the documentation and the playground, send a request. */

import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { admin, hasBrowser, useBrowser, visit } from './visit.ts';

describe.runIf(hasBrowser)('console: first steps', { timeout: 60_000 }, () => {
  useBrowser();

  test('a new API key opens the documentation and the playground with a new custom object', async () => {
    const mine = await workspace();
    const rocket = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };
    const make = 'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }';
    await mine.metadata(make, { object: rocket });
    const { createRocket } = await mine.gql('mutation { createRocket(data: { name: "Ariane" }) { id } }');

    // 1. Settings → APIs & Webhooks
    const { page, isClean } = await visit('/', await admin(mine));
    await page.getByRole('link', { name: 'APIs & Webhooks' }).click();

    // 2. A key, whose token is shown only once
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByLabel('Name').fill('Newcomer');
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    const token = await page.getByLabel('Token', { exact: true }).inputValue();
    expect(token).toMatch(/^plinth_\w{40,}$/);

    // 3. The documentation, which doesn't ask for the key; 4. a REST request for the custom object
    await page.getByRole('link', { name: 'Open documentation' }).click();
    await page.locator('aside, nav').getByText('rockets', { exact: true }).first().click();
    // Samples are in curl, Python and TypeScript, with the id of a record.
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

    // … and the GraphQL request that the playground starts with
    await page.getByRole('link', { name: 'GraphQL playground' }).click();
    // Ruru ignores the button until its editors are loaded.
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
