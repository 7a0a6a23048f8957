/** A real browser for the console's tests: people in it, and what it found wrong. The browser is for 64-bit Linux alone. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { launchChromium } from '../../scripts/screenshots/chromium.ts';
import { server } from '../fixture.ts';
import { signedIn } from '../members/people.ts';

export const hasBrowser = process.platform === 'linux' && process.arch === 'x64';

type Person = Awaited<ReturnType<typeof signedIn>>;
export type Look = {
  readonly language?: 'en-US' | 'zh-TW';
  readonly colours?: 'light' | 'dark';
  readonly isPhone?: boolean;
};

let scratch: string;
let browser: Browser;

/** For a whole file: `beforeAll` and `afterAll` are in it. */
export function useBrowser(): void {
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'plinth-browser-'));
    browser = await launchChromium(scratch);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(scratch, { recursive: true });
  });
}

/** Somebody who is Admin of a workspace. */
export function admin(workspace: { readonly id: string }, name = 'Ada Lovelace'): Promise<Person> {
  return signedIn([workspace], { name, role: 'Admin' });
}

/**
 * A page in a session of its own, of a person or of nobody.
 * `isClean` fails for whatever the browser found wrong: errors, violations of the policy, requests that leave, tokens that are kept.
 */
export async function visit(path: string, person: Person | null = null, look: Look = {}, at?: string) {
  const { url: usual } = await server();
  const url = at ?? usual;
  const context = await browser.newContext({
    viewport: look.isPhone ? { width: 390, height: 844 } : { width: 1280, height: 860 },
    locale: look.language ?? 'en-US',
    colorScheme: look.colours ?? 'light',
    reducedMotion: 'reduce',
  });
  onTestFinished(() => context.close());
  const cookies = [...(person?.browser.cookies ?? [])].map(([name, value]) => ({ name, value, url, httpOnly: true }));
  await context.addCookies(cookies);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const wrong: string[] = [];
  // Violations of the content security policy are errors of the console.
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(String(error.stack)));
  page.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith(`${url}/`) && !/^(data|blob):/.test(address)) wrong.push(`left for ${address}`);
    if (address.includes('plinth_')) wrong.push(`a key in ${address}`);
  });
  await page.goto(url + path);

  async function isClean(): Promise<void> {
    expect(page.url()).not.toContain('plinth_');
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(
      'plinth_',
    );
    expect(wrong).toEqual([]);
  }
  return { page, isClean, context };
}

/**
 * WCAG 2.2 AA, as far as a program sees it: of the page, or of the dialogue that is open on it.
 * @param except rules that the markup of others breaks, where we can't mend it
 */
export async function isAccessible(page: Page, except: readonly string[] = []): Promise<void> {
  const isInDialogue = (await page.getByRole('dialog').count()) > 0;
  const { violations } = await new AxeBuilder({ page })
    .include(isInDialogue ? '[role="dialog"]' : 'html')
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .disableRules([...except])
    .setLegacyMode() // without a page of its own for each look: ours have no frames
    .analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}\n${failureSummary}`),
  );
  expect(found).toEqual([]);
}
