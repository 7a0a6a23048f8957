/** Every page and dialog in both languages, light and dark, on a desktop and a phone: no errors, and accessible. */

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSetUpLink } from '../../server/access/links.ts';
import { alone, workspace } from '../fixture.ts';
import { makeRole, objectIdOf } from '../roles.ts';
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

/** Two looks cover all values. More combinations would find nothing new. */
const LOOKS: readonly Look[] = [
  { language: 'en-US', colors: 'light' },
  { language: 'zh-TW', colors: 'dark', isPhone: true },
];

describe.runIf(hasBrowser)('console: accessible and free of errors in all looks:', { timeout: 60_000 }, () => {
  useBrowser();
  let mine: Awaited<ReturnType<typeof workspace>>;
  let person: Awaited<ReturnType<typeof admin>>;
  let fresh: Awaited<ReturnType<typeof alone>>;
  beforeAll(async () => {
    [mine, fresh] = await Promise.all([workspace(), alone()]);
    person = await admin(mine);
    await mine.sql(
      `insert into plinth.api_usage (api_key_id, hour, api, requests, client_errors, server_errors)
       select id, date_trunc('hour', now()) - n * interval '1 hour', 'REST_CORE', 20 + n, n, n / 4
       from plinth.api_keys, generate_series(0, 20) as n where workspace_id = $1`,
      [mine.id],
    );
  });
  afterAll(() => fresh?.close());

  test.each(PAGES)('page %s', async (path) => {
    await inAllLooks((look) => visit(path, person, look));
  });

  test('webhook page with a failed delivery', async () => {
    const { body: webhook } = await mine.rest('POST', '/rest/metadata/webhooks', { targetUrl: 'http://127.0.0.1:1/' });
    await mine.rest('POST', `/rest/metadata/webhooks/${webhook.id}/test`);
    const delivery = async () =>
      (await mine.rest('GET', `/rest/metadata/webhooks/${webhook.id}/deliveries`)).body.data[0].attempts;
    await expect.poll(delivery, { timeout: 15_000 }).toBeGreaterThan(0);
    await inAllLooks(
      (look) => visit(`/settings/apis/webhooks/${webhook.id}`, person, look),
      (page) => page.getByText('webhook.test').click(),
      (page) => opened(page, /^(Edit|編輯)$/),
      (page) => opened(page, /^(Delete|刪除)$/),
      (page) => opened(page, /^(Resend deliveries|批次重新傳送)$/),
    );
  });

  test('dialogs for keys and webhooks', async () => {
    await inAllLooks(
      (look) => visit('/settings/apis/keys', person, look),
      (page) => opened(page, /^(Create key|建立金鑰)$/),
      (page) => opened(page, /^(New token for|為) Default/),
      (page) => opened(page, /^(Revoke|撤銷) Default/),
    );
    await inAllLooks(
      (look) => visit('/settings/apis/webhooks', person, look),
      (page) => opened(page, /^(Create webhook|建立 Webhook)$/),
    );
  });

  test('role page with field permissions and record filters', async () => {
    const role = await makeRole(mine, 'Branch', {
      canReadAllObjectRecords: true,
      canUpdateAllObjectRecords: true,
      objects: { opportunity: { update: false } },
      fields: { 'company.employees': { read: false }, 'company.name': { update: false } },
    });
    const rule = async (object: string, filter: object) => ({
      objectMetadataId: await objectIdOf(mine, object),
      filter,
    });
    await mine.rest('PUT', `/rest/metadata/roles/${role}/rowRules`, {
      rowRules: [
        await rule('company', { accountOwnerId: { eq: '$me' } }),
        await rule('person', { or: [{ city: { eq: 'Kourou' } }] }),
      ],
    });
    await inAllLooks(
      (look) => visit(`/settings/roles/${role}`, person, look),
      (page) => opened(page, /^(Field permissions for Companies|「Companies」的欄位權限)/),
      (page) => opened(page, /^(Record filter for Companies|「Companies」的記錄篩選)/),
      (page) => opened(page, /^(Record filter for People|「People」的記錄篩選)/),
      (page) => opened(page, /^(Delete|刪除)$/),
    );
    await inAllLooks(
      (look) => visit('/settings/roles', person, look),
      (page) => opened(page, /^(New role|新增角色)$/),
    );
  });

  test('dialogs for members and the workspace', async () => {
    await inAllLooks(
      (look) => visit('/settings/members', person, look),
      (page) => opened(page, /^(Invite member|邀請成員)$/),
      (page) => opened(page, /^(Remove|移除) Ada Lovelace$/),
    );
    await inAllLooks(
      (look) => visit('/settings/workspace', person, look),
      (page) => page.getByRole('button', { name: /^(Create link|Regenerate link|建立連結|重新產生連結)$/ }).click(),
    );
  });

  test('dialogs for the data model: forms, and plans that delete data', { timeout: 120_000 }, async () => {
    const rocket = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };
    await mine.metadata(
      'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }',
      {
        object: rocket,
      },
    );
    await mine.gql('mutation { createRocket(data: { name: "Ariane" }) { id } }');
    await inAllLooks(
      (look) => visit('/settings/data-model', person, look),
      (page) => opened(page, /^(New object|新增物件)$/),
    );
    const planned = async (page: Page) => {
      await page.getByRole('button', { name: /^(Review changes|檢視變更)$/ }).click();
      await page.getByRole('list', { name: /^SQL (statements|陳述式)$/ }).waitFor();
    };
    const field = async (page: Page, type: string) => {
      await opened(page, /^(New field|新增欄位)$/);
      await page.locator(`input[type="radio"][value="${type}"]`).check();
      await page
        .getByRole('dialog')
        .getByLabel(/^(Label|顯示名稱)$/)
        .first()
        .fill('Cargo');
    };
    const chosen = async (page: Page, item: RegExp) => {
      await page.getByRole('button', { name: /^(Actions|操作)$/ }).click();
      await page.getByRole('menuitem', { name: item }).click();
      await page.getByRole('dialog').waitFor();
    };
    await inAllLooks(
      (look) => visit('/settings/data-model/objects/rocket', person, look),
      (page) => opened(page, /^(New field|新增欄位)$/),
      async (page) => {
        await field(page, 'MULTI_SELECT');
        await page.getByRole('button', { name: /^(Add option|新增選項)$/ }).click();
        await page
          .getByRole('group', { name: /^(Options|選項)$/ })
          .getByLabel(/^(Label|顯示名稱)$/)
          .fill('Water');
      },
      (page) => field(page, 'ADDRESS'),
      (page) => field(page, 'DATE_TIME'),
      async (page) => {
        await field(page, 'RELATION');
        await page.getByLabel(/^(Relation type|關聯類型)$/).selectOption('MORPH');
        await page.getByLabel(/^(Object|物件)$/).selectOption({ label: 'Company' });
        await planned(page);
      },
      (page) => opened(page, /^(New index|新增索引)$/),
      (page) => chosen(page, /^(Edit|編輯)$/),
      async (page) => {
        await chosen(page, /^(Delete|刪除)$/);
        await page.getByRole('list', { name: /^SQL (statements|陳述式)$/ }).waitFor();
      },
    );
  });

  test('dialogs for records, and cells while they are edited', async () => {
    await mine.gql('mutation { createCompany(data: { name: "Ariane" }) { id } }');
    await inAllLooks(
      (look) => visit('/records/companies', person, look),
      (page) => opened(page, /^(New record|新增記錄)$/),
      (page) => opened(page, /^(Import|匯入)$/),
      (page) =>
        page
          .getByRole('button', { name: /^(Edit|編輯) Employees/ })
          .last()
          .click(),
      async (page) => {
        await page.getByRole('button', { name: /^(Edit|編輯) Account Owner/ }).click();
        await page.getByRole('listbox').getByRole('option').first().waitFor();
      },
      (page) => page.getByRole('button', { name: /^(Add condition|新增條件)$/ }).click(),
    );
  });

  test('usage as a table and for 30 days', async () => {
    await inAllLooks(
      (look) => visit('/settings/apis/usage', person, look),
      (page) => page.getByText(/^(Show as table|以表格顯示)$/).click(),
      (page) => page.getByText(/^(30 days|30 天)$/).click(),
    );
  });

  test('sign-in, invitation and set-up pages', async () => {
    await inAllLooks((look) => visit('/sign-in', null, look));
    await inAllLooks((look) => visit('/accept-invitation', null, look));
    const link = new URL((await makeSetUpLink(fresh.database, fresh.url)) as string);
    await inAllLooks((look) => visit(link.pathname + link.hash, null, look, fresh.url));
    await inAllLooks((look) => visit('/set-up', null, look, fresh.url));
  });

  test('documentation before and after entering a key', async () => {
    // Scalar has a main landmark of its own inside the page's, and a button among its tabs.
    const brokenByLibrary = ['landmark-main-is-top-level', 'landmark-no-duplicate-main', 'aria-required-children'];
    await inAllLooks(
      (look) => visit(look.isPhone ? '/docs/metadata' : '/docs', person, look),
      async (page) => {
        await unlocked(page);
        await page.locator('.references-rendered .endpoint-method').first().waitFor();
        return brokenByLibrary;
      },
    );
  });

  test('playground before and after entering a key', async () => {
    // The tabs of GraphiQL contain buttons.
    const brokenByLibrary = ['nested-interactive'];
    await inAllLooks(
      (look) => visit(look.isPhone ? '/playground/metadata' : '/playground', person, look),
      async (page) => {
        await unlocked(page);
        await page.getByLabel('Operation Editor').getByText('query').first().waitFor();
        return brokenByLibrary;
      },
    );
  });

  /** Checks the page as it opens and after each step. A step returns the rules that third-party markup breaks. */
  async function inAllLooks(
    enter: (look: Look) => ReturnType<typeof visit>,
    ...steps: ((page: Page) => Promise<unknown>)[]
  ): Promise<void> {
    async function look(each: Look): Promise<void> {
      const { page, isClean, context } = await enter(each);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await looksRight(page, each);
      for (const step of steps) {
        const brokenByLibrary = await step(page);
        await looksRight(page, each, Array.isArray(brokenByLibrary) ? brokenByLibrary : []);
        await page.keyboard.press('Escape'); // closes a dialog; does nothing on a page
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      await isClean();
      await context.close();
    }
    await Promise.all(LOOKS.map(look));
  }

  async function looksRight(page: Page, { language }: Look, except: readonly string[] = []): Promise<void> {
    await page.waitForLoadState('networkidle');
    await isAccessible(page, except);
    // The page must not scroll horizontally.
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(await page.evaluate('document.documentElement.lang')).toBe(language === 'zh-TW' ? 'zh-Hant' : 'en');
  }

  async function opened(page: Page, name: RegExp): Promise<void> {
    await page.getByRole('button', { name }).click();
    await page.getByRole('dialog').waitFor();
  }

  async function unlocked(page: Page): Promise<void> {
    await page.locator('input[type="password"]').fill(mine.key);
    await page.getByRole('button', { name: /^(Continue|繼續)$/ }).click();
  }
});
