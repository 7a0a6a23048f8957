/** The documentation and playground pages in a real browser. The browser is an npm package, for 64-bit Linux alone. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import chromiumPackage, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { workspace } from './fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('in a browser', { timeout: 60_000 }, () => {
  let scratch: string;
  let browser: Browser;
  let mine: Workspace;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'plinth-browser-'));
    browser = await launch(scratch);
    mine = await workspace();
    await mine.gql('mutation { createCompany(data: { name: "Ariane & Sons" }) { id } }');
  });
  afterAll(async () => {
    await browser?.close();
    await rm(scratch, { recursive: true });
  });

  test.each(['/docs', '/graphiql'])('%s asks for a key, and says why one is refused', async (path) => {
    const { page, isClean } = await visit(path);
    await page.getByRole('heading', { name: path === '/docs' ? 'REST documentation' : 'GraphQL playground' }).waitFor();
    for (const wrong of ['plinth_wrong', 'Bearer plinth_wrong', 'ключ']) {
      await enter(page, wrong);
      await page.getByRole('alert').getByText('This key is not known here').waitFor();
      await page.getByLabel('API key').fill('');
    }
    await enter(page, await revokedKey(mine));
    await page.getByRole('alert').getByText('This key has been revoked').waitFor();
    expect(await page.locator('#page').isVisible()).toBe(false);
    await isClean();
  });

  test('a key that is revoked later is asked for again', async () => {
    const { page, isClean } = await visit('/docs');
    await page.evaluate(`sessionStorage.setItem('plinth:key', ${JSON.stringify(await revokedKey(mine))})`);
    await page.reload();
    await page.getByRole('alert').getByText('This key has been revoked').waitFor();
    await isClean();
  });

  test('/docs shows the API of the workspace, and a request can be tried', async () => {
    const { page, isClean } = await visit('/docs');
    await enter(page, mine.key);
    await page.getByRole('heading', { name: 'Plinth API' }).waitFor();
    await page.locator('aside, nav').getByText('companies', { exact: true }).first().click();
    await page.getByRole('heading', { name: 'Find many Companies' }).waitFor();
    await page.getByRole('button', { name: 'Test Request (get /companies)' }).click();
    await page.getByRole('button', { name: 'Send get request to' }).click();
    await page.getByText('"Ariane & Sons"').first().waitFor();
    await isClean();
  });

  test('the key stays from page to page, until another one is asked for', async () => {
    const { page, isClean } = await visit('/docs');
    await enter(page, mine.key);
    await page.getByRole('navigation').getByRole('link', { name: 'Metadata', description: 'REST' }).click();
    await page.getByRole('heading', { name: 'Plinth metadata API' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/docs/metadata');
    await page.getByRole('button', { name: 'Use another key' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await isClean();
  });

  test.each([
    ['/graphiql', '"totalCount": 1', 'CompanyConnection'],
    ['/graphiql/metadata', '"nameSingular":', 'CreateObjectInput'],
  ])('%s runs a query and shows the schema', async (path, result, type) => {
    const { page, isClean } = await visit(path);
    await enter(page, mine.key);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: type, exact: true }).waitFor();
    // Ruru ignores the button until its editors are there.
    await page.getByLabel('Operation Editor').getByText('edges').waitFor();
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.getByLabel('Result Window').getByText(result).waitFor();
    expect(await page.getByLabel('Result Window').textContent()).not.toContain('"errors"');
    await isClean();
  });

  /** A page in a session of its own; `isClean` fails for whatever the browser found wrong with it. */
  async function visit(path: string) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(25_000);
    const wrong: string[] = [];
    // Violations of the content security policy are errors of the console.
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('pageerror', (error) => wrong.push(String(error.stack)));
    page.on('response', (response) => response.status() >= 400 && wrong.push(`${response.status()} ${response.url()}`));
    page.on('request', (request) => {
      const address = request.url();
      if (!address.startsWith(`${mine.url}/`) && !/^(data|blob):/.test(address)) wrong.push(`left for ${address}`);
      if (address.includes(mine.key)) wrong.push(`a key in ${address}`);
    });
    await page.goto(mine.url + path);
    async function isClean() {
      expect(page.url()).not.toContain('plinth_');
      expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('plinth_');
      expect(wrong).toEqual([]);
    }
    return { page, isClean };
  }
});

async function enter(page: Page, key: string) {
  await page.getByLabel('API key').fill(key);
  await page.getByLabel('API key').press('Enter');
}

async function revokedKey({ rest }: Workspace): Promise<string> {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { body: made } = await rest('POST', '/rest/metadata/apiKeys', { name: 'lost', expiresAt });
  const { body: token } = await rest('POST', `/rest/metadata/apiKeys/${made.id}/tokens`, { expiresAt });
  await rest('DELETE', `/rest/metadata/apiKeys/${made.id}`);
  return token.token;
}

/** Unpacks the browser with the libraries and the font that it needs, so that the system has to have none of them. */
async function launch(scratch: string): Promise<Browser> {
  const packed = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', 'bin');
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = scratch; // the package unpacks into the temporary directory, and takes what it finds there
  try {
    const executablePath = await chromiumPackage.executablePath(packed);
    const libraries = join(await inflate(join(packed, 'al2023.tar.br')), 'lib');
    await writeFile(join(scratch, 'fonts.conf'), `<fontconfig><dir>${scratch}/fonts/fonts</dir></fontconfig>`);
    return await chromium.launch({
      executablePath,
      // Not the package's own flags: they switch web security off.
      args: ['--no-sandbox', '--no-zygote', '--disable-gpu'],
      env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: join(scratch, 'fonts.conf') },
    });
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
  }
}
