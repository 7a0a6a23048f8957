/** Headers of every answer that browsers act upon. */

import { beforeAll, describe, expect, test } from 'vitest';
import { beside, server, workspace } from '../fixture.ts';

const PATHS = [
  '/docs',
  '/assets/page.js',
  '/healthz',
  '/readyz',
  '/nowhere',
  '/rest/companies',
  '/rest/open-api/core',
  '/rest/metadata/objects',
  '/graphql?query={companies{totalCount}}',
  '/metadata?query={__typename}',
  '/graphql/schema.graphql',
];

describe('every answer', () => {
  let key: string;
  beforeAll(async () => {
    key = (await workspace()).key;
  });

  test.each(PATHS.flatMap((path) => [[path, true] as const, [path, false] as const]))(
    '%s (with a key: %s) says what browsers may do with it, and not what made it',
    async (path, hasKey) => {
      const { url } = await server();
      const { headers } = await fetch(url + path, hasKey ? { headers: { Authorization: `Bearer ${key}` } } : {});
      expect(headers.get('X-Powered-By')).toBeNull();
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
      expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
      expect(headers.get('Strict-Transport-Security')).toBeNull();
      const isPage = path === '/docs' || path.startsWith('/assets');
      expect(headers.get('Content-Security-Policy')).toMatch(isPage ? /default-src 'self'/ : /^default-src 'none';/);
      if (!isPage) expect(headers.get('Cache-Control')).toMatch(/^(no-store|private, no-cache)$/);
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
    },
  );

  test('is readable where a file of the console is refused, which would have been compressed', async () => {
    const { url } = await server();
    const refused = await fetch(`${url}/`, { headers: { 'If-Match': '"another"' } });
    expect([refused.status, await refused.json()]).toMatchObject([412, { statusCode: 412 }]);
  });

  test('asks for https where that is where clients come from', async () => {
    const url = await beside({}, undefined, 'https://plinth.example');
    for (const path of ['/docs', '/healthz'])
      expect((await fetch(url + path)).headers.get('Strict-Transport-Security')).toMatch(/^max-age=\d+/);
  });
});

describe('pages of other origins', () => {
  const ORIGIN = 'https://app.example';
  const preflight = (url: string, origin: string) =>
    fetch(`${url}/rest/companies`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key',
      },
    });

  test('listed ones may ask, with cookies, and read what tells of limits and versions', async () => {
    const url = await beside({ CORS_ORIGINS: `${ORIGIN}, http://localhost:5173`, RATE_LIMIT: '100' });
    const { key, rest } = await workspace();
    const answer = await preflight(url, ORIGIN);
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': expect.stringMatching(/PATCH.*DELETE/),
      'access-control-allow-headers': 'authorization,content-type,idempotency-key',
      vary: expect.stringMatching(/Origin/),
    });
    const { id } = (await rest('POST', '/rest/companies', { name: 'ESA' })).body.data.createCompany;
    const asked = await fetch(`${url}/rest/companies/${id}`, {
      headers: { Origin: 'http://localhost:5173', Authorization: `Bearer ${key}` },
    });
    expect(asked.headers.get('Access-Control-Allow-Origin')).toBe('http://localhost:5173');
    const exposed = asked.headers.get('Access-Control-Expose-Headers')?.split(', ') ?? [];
    for (const name of ['ETag', 'X-Request-Id', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset']) {
      expect(exposed).toContain(name);
      expect(asked.headers.get(name)).not.toBeNull();
    }
    // A refusal is readable too: the page is to know why.
    const refused = await fetch(`${url}/rest/companies`, { headers: { Origin: ORIGIN } });
    expect([refused.status, refused.headers.get('Access-Control-Allow-Origin')]).toEqual([403, ORIGIN]);
  });

  test.each(['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null'])(
    '%s, which is not listed, may use the APIs with a key and send no cookies',
    async (origin) => {
      const url = await beside({ CORS_ORIGINS: ORIGIN });
      const { headers } = await preflight(url, origin);
      expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
      expect(headers.get('Access-Control-Allow-Credentials')).toBeNull();
      expect(headers.get('Vary')).toMatch(/Origin/);
      const signIn = await fetch(`${url}/auth/session`, { headers: { Origin: origin } });
      expect([...signIn.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    },
  );

  test.each(['/rest/companies', '/graphql', '/metadata', '/rest/open-api/core'])(
    'all may use %s with a key by default, but never with cookies',
    async (path) => {
      const { url } = await server();
      const { key } = await workspace();
      const answer = await fetch(url + path, {
        headers: { Origin: 'https://any.example', Authorization: `Bearer ${key}` },
      });
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
    },
  );

  test('none may where that is switched off', async () => {
    const url = await beside({ CORS_ORIGINS: 'off' });
    const { headers } = await preflight(url, 'https://any.example');
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});
