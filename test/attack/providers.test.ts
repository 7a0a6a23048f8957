/**
 * Signing in by another provider, attacked from both sides of the redirect. The provider's answers are given in its
 * place.
 */

import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { beside, workspace } from '../fixture.ts';
import { browser } from '../members/browser.ts';
import { signedIn } from '../members/people.ts';

let space: Awaited<ReturnType<typeof workspace>>;
let url: string;
let profile = { id: 1, email: '', verified: true };
const exchanges: URLSearchParams[] = [];

beforeEach(async () => {
  space = await workspace();
  url = await beside({ GITHUB_CLIENT_ID: 'plinth', GITHUB_CLIENT_SECRET: 'secret' });
  exchanges.length = 0;
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const { hostname, pathname } = new URL(input instanceof Request ? input.url : String(input));
    if (!hostname.endsWith('github.com')) return real(input, init);
    const { id, email, verified } = profile;
    switch (pathname) {
      case '/login/oauth/access_token':
        exchanges.push(new URLSearchParams(String(init?.body ?? (await (input as Request).text()))));
        return Response.json({ access_token: 'of GitHub', token_type: 'bearer' });
      case '/user':
        return Response.json({ id, login: 'mallory', name: 'Mallory', email });
      case '/user/emails':
        return Response.json([{ email, primary: true, verified, visibility: null }]);
      default:
        throw new Error(`GitHub is asked for ${pathname}`);
    }
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function begun(visitor: ReturnType<typeof browser>, button = '/auth/sign-in/social', callbackURL = '/') {
  const { status, body } = await visitor.post(button, { provider: 'github', callbackURL });
  return { status, at: status === 200 ? new URL(body.url) : null };
}

const back = async (visitor: ReturnType<typeof browser>, state: string | null | undefined, code = 'once') =>
  (await visitor.get(`/auth/callback/github?code=${code}&state=${encodeURIComponent(state ?? '')}`)).headers.get(
    'location',
  );

const isIn = async (visitor: ReturnType<typeof browser>) => (await visitor.get('/auth/context')).body.user !== null;

test('an account of the same address lets nobody in that it was not linked by', async () => {
  const victim = await signedIn([space]);
  for (const verified of [true, false]) {
    profile = { id: 100 + Number(verified), email: victim.email, verified };
    const mallory = browser(url);
    const { at } = await begun(mallory);
    expect(await back(mallory, at?.searchParams.get('state'))).toMatch(/^\/sign-in\?error=/);
    expect(await isIn(mallory)).toBe(false);
  }
});

test('a state is good once, in the browser that began', async () => {
  const person = await signedIn([space]);
  profile = { id: 200, email: person.email, verified: true };
  const own = browser(url);
  await own.signIn(person.email, person.password);
  await back(own, (await begun(own, '/auth/link-social')).at?.searchParams.get('state'));

  const visitor = browser(url);
  const state = (await begun(visitor)).at?.searchParams.get('state');
  const elsewhere = browser(url); // somebody who is led to the answer of another's sign-in
  expect(await back(elsewhere, state)).toMatch(/error=/);
  expect(await isIn(elsewhere)).toBe(false);
  for (const forged of ['', 'x', `${state}x`]) expect(await back(browser(url), forged)).toMatch(/error=/);

  const fresh = browser(url);
  const good = (await begun(fresh)).at?.searchParams.get('state');
  expect(await back(fresh, good)).toBe('/');
  expect(await isIn(fresh)).toBe(true);
  expect(await back(fresh, good)).toMatch(/error=/);
});

test('an account is linked by its owner’s session alone, and to one person', async () => {
  const [one, other] = [await signedIn([space]), await signedIn([space])];
  const mallory = browser(url);
  expect((await begun(mallory, '/auth/link-social')).status).toBe(401);
  profile = { id: 300, email: one.email, verified: true };
  const own = browser(url);
  await own.signIn(one.email, one.password);
  const state = (await begun(own, '/auth/link-social')).at?.searchParams.get('state');
  expect(await back(own, state)).toBe('/');
  profile = { id: 300, email: other.email, verified: true };
  const second = browser(url);
  await second.signIn(other.email, other.password);
  const again = (await begun(second, '/auth/link-social')).at?.searchParams.get('state');
  expect(await back(second, again)).toMatch(/error=/);
  profile = { id: 301, email: one.email, verified: false };
  const unverified = (await begun(own, '/auth/link-social')).at?.searchParams.get('state');
  expect(await back(own, unverified)).toMatch(/error=/);
});

test('the way back leads to no other site', async () => {
  for (const callbackURL of [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    'http://plinth.test@evil.example/',
    'http://plinth.test.evil.example/',
    'javascript:alert(1)',
    '/%5cevil.example',
    '/\t/evil.example',
  ])
    expect([callbackURL, (await begun(browser(url), '/auth/sign-in/social', callbackURL)).status]).toEqual([
      callbackURL,
      403,
    ]);
});

test('the provider is told our own address, and gets the proof of who began', async () => {
  const visitor = browser(url);
  const { at } = await begun(visitor);
  expect(at?.origin).toBe('https://github.com');
  expect(at?.searchParams.get('redirect_uri')).toBe('http://plinth.test/auth/callback/github');
  await back(visitor, at?.searchParams.get('state'));
  const challenge = at?.searchParams.get('code_challenge');
  const verifier = exchanges[0]?.get('code_verifier') ?? '';
  expect(createHash('sha256').update(verifier).digest('base64url')).toBe(challenge);
});
