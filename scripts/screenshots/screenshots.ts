/**
 * Takes the screenshots of docs/screenshots from a server with the demo workspace. For 64-bit Linux.
 * `npm run screenshots -- [name…]` takes only the named ones.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { addSampleData, startReceiver, startShown } from './server.ts';

// The types describe an ES module, but Node loads CommonJS.
const UPNG: typeof import('@pdf-lib/upng') = createRequire(import.meta.url)('@pdf-lib/upng').default;

const DIRECTORY = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
const wanted = process.argv.slice(2);

// Enough for text and lines, and a third of the size.
const COLORS = 256;

const PASSWORD = 'analytical engine';

type Look = { language?: 'en-US' | 'zh-TW'; colors?: 'light' | 'dark'; isPhone?: boolean };

await using opened = new AsyncDisposableStack();
const scratch = await mkdtemp(join(tmpdir(), 'plinth-screenshots-'));
opened.defer(() => rm(scratch, { recursive: true, force: true }));
const browser = await launchChromium(scratch);
opened.defer(() => browser.close());
const shown = await startShown(opened);
await addSampleData(shown, await startReceiver(opened));
await mkdir(DIRECTORY, { recursive: true });

const context = await contextOf();
const page = await context.newPage();

// --- Set-up and sign-in ---------------------------------------------------------------------------------------------

await page.goto(shown.setUpLink);
await page.getByLabel('Your name').fill('Ada Lovelace');
await page.getByLabel('Email').fill('ada@plinth.example');
await page.getByLabel('Choose a password').fill(PASSWORD);
await take('set-up');
await page.getByRole('button', { name: 'Set up' }).click();
await page.getByRole('heading', { level: 1, name: 'Companies' }).waitFor();
const state = await context.storageState();
const nobody = await (await contextOf()).newPage();
await nobody.goto(`${shown.url}/sign-in`);
await take('sign-in', nobody);

// --- Records --------------------------------------------------------------------------------------------------------

await open('/records/companies');
await take('records');
await page.getByRole('button', { name: 'Edit Account Owner' }).first().click();
await page.getByRole('listbox').getByRole('option').first().waitFor();
await take('relation');
await page.keyboard.press('Escape');
await open('/records/people');
await page.getByRole('button', { name: 'New record' }).click();
await take('new-record');
await page.keyboard.press('Escape');

// --- The data model -------------------------------------------------------------------------------------------------

await open('/settings/data-model');
await take('data-model');
await open('/settings/data-model/objects/rocket');
await take('object');
await page.getByRole('button', { name: 'New field' }).click();
const dialog = page.getByRole('dialog');
await dialog.getByRole('radio', { name: /^Relation/ }).check();
await dialog.getByLabel('Label').first().fill('Customer');
await dialog.getByLabel('Object', { exact: true }).selectOption({ label: 'Company' });
await take('new-field');
await dialog.getByLabel('Field label on Company').fill('Launches');
await dialog.getByRole('button', { name: 'Review changes' }).click();
await dialog.getByRole('list', { name: 'SQL statements' }).waitFor();
await take('plan');
await page.keyboard.press('Escape');
await open('/settings/data-model/diagram');
await page.locator('.react-flow__edge').first().waitFor({ state: 'attached' });
await take('diagram');
await open('/settings/data-model/code');
await take('model-as-code');

// --- APIs and webhooks ----------------------------------------------------------------------------------------------

await open('/settings/apis/usage');
await take('usage');
await open('/settings/apis/webhooks');
await take('webhooks');
await page.getByRole('link', { name: /plinth$/ }).click();
await page.getByText('Delivered').first().waitFor();
await take('webhook');
await open('/which-api');
await take('which-api');
await open('/settings/apis/keys');
await take('keys');
await page.getByRole('button', { name: 'Create key' }).click();
await page.getByLabel('Name').fill('Newcomer');
await dialog.getByRole('button', { name: 'Create key' }).click();
await page.getByLabel('Token', { exact: true }).waitFor();
await take('new-key');
// The new key opens the documentation and the playground.
await page.getByRole('link', { name: 'Open documentation' }).click();
await page.locator('aside, nav').getByText('rockets', { exact: true }).first().click();
await page.locator('aside, nav').getByText('Find many Rockets').first().click();
await page.getByRole('button', { name: 'Test Request (get /rockets)' }).waitFor();
await take('documentation');
await page.getByRole('link', { name: 'GraphQL playground' }).click();
await page.getByLabel('Operation Editor').getByText('rockets').first().waitFor();
await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
await page.getByRole('menuitem', { name: 'Rockets' }).click();
await page.getByLabel('Result Window').getByText('"Ariane 6"').waitFor();
await take('playground');

// --- Access ---------------------------------------------------------------------------------------------------------

await open('/settings/workspace');
await take('workspace');
await open('/settings/members');
await page.getByRole('button', { name: 'Invite member' }).click();
await dialog.getByLabel('Email').fill('grace@plinth.example');
await dialog.getByRole('button', { name: 'Invite member' }).click();
await page.getByRole('button', { name: 'Done' }).click();
await take('members');
await open('/settings/roles');
await take('roles');
await page.getByRole('link', { name: 'Sales' }).click();
await page.getByRole('button', { name: 'Field permissions for Companies' }).waitFor();
await take('role');
const role = new URL(page.url()).pathname;
await page.getByRole('button', { name: 'Field permissions for Companies' }).click();
await take('role-fields');
await page.keyboard.press('Escape');
await open('/settings/audit-log');
await take('audit-log');

// --- Dark theme, phone and Chinese ----------------------------------------------------------------------------------

await takeAs('records-dark', '/records/opportunities', { colors: 'dark' });
await takeAs('records-phone', '/records/people', { isPhone: true });
await takeAs('records-zh', '/records/rockets', { language: 'zh-TW' });
await takeAs('keys-zh', '/settings/apis/keys', { language: 'zh-TW' });
await takeAs('object-zh', '/settings/data-model/objects/rocket', { language: 'zh-TW' });
await takeAs('role-zh', role, { language: 'zh-TW', colors: 'dark' });
await takeAs('workspace-zh-phone', '/settings/workspace', { language: 'zh-TW', colors: 'dark', isPhone: true });

// Last, because it changes a table under the model.
await shown.sql('alter table ws_demo.rockets alter column payload type bigint');
await open('/settings/data-model/drift');
await page.getByRole('button', { name: 'Restore tables to match model' }).waitFor();
await take('drift');

async function contextOf(
  { language = 'en-US', colors = 'light', isPhone = false }: Look = {},
  storageState?: Awaited<ReturnType<BrowserContext['storageState']>>,
) {
  const made: BrowserContext = await browser.newContext({
    viewport: isPhone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    locale: language,
    timezoneId: 'Asia/Taipei',
    colorScheme: colors,
    reducedMotion: 'reduce',
    ...(storageState && { storageState }),
  });
  made.setDefaultTimeout(30_000);
  return made;
}

async function open(path: string, at = page): Promise<void> {
  await at.goto(shown.url + path);
  await at.getByRole('heading', { level: 1 }).waitFor();
}

async function takeAs(name: string, path: string, look: Look): Promise<void> {
  const other = await contextOf(look, state);
  const at = await other.newPage();
  await open(path, at);
  await take(name, at);
  await other.close();
}

/** Takes a screenshot when the page is loaded. */
async function take(name: string, at: Page = page): Promise<void> {
  await at.waitForLoadState('networkidle');
  // Fade-ins have no request to wait for.
  await at.waitForTimeout(400);
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const picture = UPNG.decode(new Uint8Array(await at.screenshot({ caret: 'initial' })).buffer);
  const [pixels] = UPNG.toRGBA8(picture);
  if (!pixels) throw new Error(`${name} is no picture`);
  const packed = UPNG.encode([pixels], picture.width, picture.height, COLORS);
  await writeFile(join(DIRECTORY, `${name}.png`), new Uint8Array(packed));
  process.stdout.write(`${name}: ${Math.round(packed.byteLength / 1_000)} KB\n`);
}
