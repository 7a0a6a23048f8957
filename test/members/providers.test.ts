/** Signing in by another provider. The provider itself isn't here: what it would answer is answered in its place. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { beside, server, workspace } from '../fixture.ts';
import { browser } from './browser.ts';
import { signedIn } from './people.ts';

const GITHUB = { GITHUB_CLIENT_ID: 'plinth', GITHUB_CLIENT_SECRET: 'secret' };

let space: Awaited<ReturnType<typeof workspace>>;
let url: string;
let email = '';
let account = 0;
beforeEach(async () => {
  space = await workspace();
  url = await beside(GITHUB);
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const { hostname, pathname } = new URL(input instanceof Request ? input.url : String(input));
    if (!hostname.endsWith('github.com')) return real(input, init);
    if (pathname === '/login/oauth/access_token')
      return Response.json({ access_token: 'of GitHub', token_type: 'bearer' });
    if (pathname === '/user') return Response.json({ id: account, login: 'grace', name: 'Grace', email });
    if (pathname === '/user/emails') return Response.json([{ email, primary: true, verified: true, visibility: null }]);
    throw new Error(`GitHub is asked for ${pathname}`);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** As a browser does it, from the button to the way back. @returns where it leads in the end */
async function byGithub(visitor: ReturnType<typeof browser>, button = '/auth/sign-in/social') {
  const { status, body } = await visitor.post(button, { provider: 'github', callbackURL: '/' });
  expect(status).toBe(200);
  const state = new URL(body.url).searchParams.get('state');
  const { headers } = await visitor.get(`/auth/callback/github?code=once&state=${state}`);
  return headers.get('location');
}

const mayCome = async (who: ReturnType<typeof browser>) => {
  const { status, body } = await who.in(space.name).rest('GET', '/rest/companies');
  return status === 200 || body.messages[0];
};

async function linked() {
  const person = await signedIn([space]);
  email = person.email;
  account++;
  const visitor = browser(url);
  await visitor.signIn(person.email, person.password);
  await byGithub(visitor, '/auth/link-social');
  return person;
}

test('somebody who linked an account of GitHub signs in by it; nobody else does', async () => {
  await linked();
  const visitor = browser(url);
  expect(await byGithub(visitor)).toBe('/');
  expect(await mayCome(visitor)).toBe(true);

  email = 'a.stranger@example.com';
  account++;
  const stranger = browser(url);
  expect(await byGithub(stranger)).toMatch(/^\/sign-in\?error=/);
  expect(await mayCome(stranger)).toBe('Missing authentication token');
});

test('a workspace that wants no passwords takes sessions of another provider alone, and keys', async () => {
  const person = await linked();
  const [byPassword, byProvider] = [browser(url), browser(url)];
  await byPassword.signIn(person.email, person.password);
  await byGithub(byProvider);
  const takePasswords = (at: string, isPasswordAuthEnabled: boolean) =>
    browser(at).send(
      'PATCH',
      '/rest/metadata/workspace',
      { isPasswordAuthEnabled },
      { Authorization: `Bearer ${space.key}` },
    );

  expect((await takePasswords(url, false)).status).toBe(200);
  await expect.poll(() => mayCome(byPassword)).toMatch(/does not allow password sign-in/);
  expect(await mayCome(byProvider)).toBe(true);
  const { status } = await browser(url).send('GET', '/rest/companies', undefined, {
    Authorization: `Bearer ${space.key}`,
  });
  expect(status).toBe(200);

  expect((await takePasswords(url, true)).status).toBe(200);
  await expect.poll(() => mayCome(byPassword)).toBe(true);

  // Of a server that knows nobody else, all would be shut out.
  const refused = await takePasswords((await server()).url, false);
  expect([refused.status, refused.body.messages[0]]).toEqual([400, expect.stringContaining('must stay true')]);
});
