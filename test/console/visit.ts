/** Runs the console in a real browser and collects its errors. The browser is available for 64-bit Linux only. */

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
  readonly colors?: 'light' | 'dark';
  readonly isPhone?: boolean;
};

let scratch: string;
let browser: Browser;

/** Starts and stops the browser of a test file with `beforeAll` and `afterAll`. */
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

/** A signed-in person who is Admin of a workspace. */
export function admin(workspace: { readonly id: string }, name = 'Ada Lovelace'): Promise<Person> {
  return signedIn([workspace], { name, role: 'Admin' });
}

/**
 * Opens a page in a new browser context, with the session of a person or without one.
 * `isClean` fails if there were console errors, policy violations, requests to other hosts or stored tokens.
 */
export async function visit(path: string, person: Person | null = null, look: Look = {}, at?: string) {
  const url = at ?? (await server()).url;
  const context = await browser.newContext({
    viewport: look.isPhone ? { width: 390, height: 844 } : { width: 1280, height: 860 },
    locale: look.language ?? 'en-US',
    colorScheme: look.colors ?? 'light',
    reducedMotion: 'reduce',
  });
  onTestFinished(() => context.close());
  const cookies = [...(person?.browser.cookies ?? [])].map(([name, value]) => ({ name, value, url, httpOnly: true }));
  await context.addCookies(cookies);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const wrong: string[] = [];
  // Violations of the content security policy are console errors.
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
 * Checks the page or its open dialog against WCAG 2.2 AA, as far as axe can.
 * @param except rules that the markup of a library breaks, where we can't fix it
 */
export async function isAccessible(page: Page, except: readonly string[] = []): Promise<void> {
  const isInDialog = (await page.getByRole('dialog').count()) > 0;
  const { violations } = await new AxeBuilder({ page })
    .include(isInDialog ? '[role="dialog"]' : 'html')
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
