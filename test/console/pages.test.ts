/** Every page, as it looks in both languages, light and dark, on a desk and on a phone: nothing wrong in it, all of it accessible. */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { admin, hasBrowser, isAccessible, type Look, useBrowser, visit } from './visit.ts';

const PAGES = [
  '/records/companies',
  '/settings/apis/keys',
  '/settings/apis/webhooks',
  '/settings/apis/usage',
  '/which-api',
  '/settings/data-model',
  '/settings/data-model/objects/person',
  '/settings/data-model/diagram',
  '/settings/data-model/code',
  '/settings/data-model/drift',
  '/settings/workspace',
  '/settings/members',
  '/settings/roles',
  '/settings/audit-log',
];

/** Each page in both: what differs in one respect alone would tell no more. */
const LOOKS: readonly Look[] = [
  { language: 'en-US', colours: 'light' },
  { language: 'zh-TW', colours: 'dark', isPhone: true },
];

describe.runIf(hasBrowser)('in a browser', { timeout: 60_000 }, () => {
  useBrowser();
  let mine: Awaited<ReturnType<typeof workspace>>;
  let person: Awaited<ReturnType<typeof admin>>;
  beforeAll(async () => {
    mine = await workspace();
    person = await admin(mine);
    await mine.sql(
      `insert into plinth.api_usage (api_key_id, hour, api, requests, client_errors, server_errors)
       select id, date_trunc('hour', now()) - n * interval '1 hour', 'REST_CORE', 20 + n, n, n / 4
       from plinth.api_keys, generate_series(0, 20) as n where workspace_id = $1`,
      [mine.id],
    );
  });

  test.each(PAGES)('%s has nothing wrong in it', async (path) => {
    for (const look of LOOKS) {
      const { page, isClean, context } = await visit(path, person, look);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await isAccessible(page);
      // Nothing is wider than the window: a page scrolls up and down alone.
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      expect(await page.evaluate('document.documentElement.lang')).toBe(look.language === 'zh-TW' ? 'zh-Hant' : 'en');
      await isClean();
      await context.close();
    }
  });
});
