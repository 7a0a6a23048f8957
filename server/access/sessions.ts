/**
 * People who are signed in: better-auth, over the tables of the control schema. Contract: decisions.md, people;
 * docs/members.md.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { betterAuth } from 'better-auth';
import { fromNodeHeaders } from 'better-auth/node';
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { refuse } from '../errors.ts';
import type { Settings } from '../settings.ts';
import { addressOf } from './address.ts';

export type Person = { readonly id: string; readonly name: string; readonly email: string };

/** Somebody who is signed in, be it by a password or by another provider. */
type SignedIn = Person & { readonly byPassword: boolean };

export type Sessions = {
  /**
   * Whose session these headers carry; null where they carry none that is still good. Known for a second at the most.
   */
  personOf(headers: IncomingHttpHeaders): Promise<SignedIn | null>;
  /** The same, asked now; a session that is used goes on, so its cookie is sent anew. */
  current(
    headers: IncomingHttpHeaders,
  ): Promise<{ readonly person: Person | null; readonly cookies: readonly string[] }>;
  /** A new session. @returns its cookies @throws PlinthError INVALID_CREDENTIALS */
  signIn(request: ExpressRequest, email: string, password: string): Promise<readonly string[]>;
  /**
   * Answers what follows `/auth` and is better-auth's own.
   * @param succeeded is waited for before whoever asked hears that it worked
   * @throws PlinthError NOT_FOUND for what isn't served
   */
  answer(request: ExpressRequest, response: ExpressResponse, succeeded?: () => Promise<void>): Promise<void>;
  /**
   * Whether a browser sent this from a page of ours, as far as it says; a page of another origin has no business with a
   * session.
   */
  isOwnOrigin(headers: IncomingHttpHeaders): boolean;
  /** By whom else people may sign in. */
  readonly providers: readonly string[];
};

export type ProviderSettings = Partial<
  Pick<
    Settings,
    | 'googleClientId'
    | 'googleClientSecret'
    | 'microsoftClientId'
    | 'microsoftClientSecret'
    | 'githubClientId'
    | 'githubClientSecret'
  >
>;

export type SessionSettings = ProviderSettings &
  Pick<Settings, 'authSecret' | 'corsOrigins'> & { readonly publicUrl: string };

export const MIN_PASSWORD_LENGTH = 10;
export const MAX_PASSWORD_LENGTH = 128; // scrypt takes its time with any; this bounds it

// A session that was ended may live this long in a process' cache.
const SESSION_CACHE_MS = 1_000;
// Cookies are a client's to make up, and as long as its headers: some 10,000 sessions of the usual length.
const MAX_SESSION_CHARACTERS = 10_000_000;
const CHARACTERS_OF_PERSON = 900;

// better-auth reads the client's address of a header, which clients can write too: this one is always ours.
const ADDRESS_HEADER = 'x-plinth-client-address';

/** Of all that better-auth has, what a page of ours needs; people come in by links, so there is no signing up. */
const SERVED =
  /^(POST \/(sign-in\/email|sign-in\/social|sign-out|change-password|revoke-session|revoke-sessions|revoke-other-sessions|link-social|unlink-account)|GET \/(get-session|list-sessions|list-accounts|callback\/\w+))$/;

export async function openSessions(database: Database, settings: SessionSettings, log: Logger): Promise<Sessions> {
  const auth = openAuth(database, settings, settings.authSecret ?? (await keptSecret(database)), log);
  const { authCookies } = await auth.$context;
  const { origin, host } = new URL(settings.publicUrl);
  const listed = listedOrigins(settings);
  const sessionCookie = new RegExp(`(?:^|;\\s*)${authCookies.sessionToken.name.replaceAll('.', '\\.')}=([^;]+)`);
  const known = new LRUCache<string, Promise<SignedIn | null>>({
    maxSize: MAX_SESSION_CHARACTERS,
    sizeCalculation: (_found, cookie) => cookie.length + CHARACTERS_OF_PERSON,
    ttl: SESSION_CACHE_MS,
  });

  function find(headers: IncomingHttpHeaders): Promise<SignedIn | null> {
    return auth.api
      .getSession({ headers: fromNodeHeaders(headers), query: { disableRefresh: true } })
      .then((found) => found && { ...personIn(found.user), byPassword: found.session.byPassword !== false });
  }

  return {
    providers: Object.keys(providersOf(settings)),

    async personOf(headers) {
      const cookie = sessionCookie.exec(headers.cookie ?? '')?.[1];
      if (cookie === undefined) return null;
      const current = known.get(cookie);
      if (current) return current;
      const looked = find(headers);
      known.set(cookie, looked);
      looked.catch(() => known.delete(cookie));
      return looked;
    },

    async current(headers) {
      const { response, headers: answered } = await auth.api.getSession({
        headers: fromNodeHeaders(headers),
        returnHeaders: true,
      });
      return { person: response && personIn(response.user), cookies: answered.getSetCookie() };
    },

    async signIn(request, email, password) {
      const { headers } = await auth.api
        .signInEmail({ body: { email, password }, headers: headersOf(request), returnHeaders: true })
        .catch((error) => {
          throw error?.statusCode === 401 ? refuse('INVALID_CREDENTIALS') : error;
        });
      return headers.getSetCookie();
    },

    async answer(request, response, succeeded) {
      if (!SERVED.test(`${request.method} ${request.path}`)) throw refuse('NOT_FOUND');
      const { search } = new URL(request.url, origin);
      const answered = await auth.handler(
        new Request(`${origin}/auth${request.path}${search}`, {
          method: request.method,
          headers: headersOf(request),
          ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        }),
      );
      const cookie = sessionCookie.exec(request.headers.cookie ?? '')?.[1];
      if (cookie !== undefined && request.method === 'POST') known.delete(cookie); // signed out, perhaps
      if (answered.status === 200) await succeeded?.();
      response.status(answered.status);
      for (const [name, value] of answered.headers) if (name !== 'set-cookie') response.setHeader(name, value);
      for (const each of answered.headers.getSetCookie()) response.append('Set-Cookie', each);
      response.end(Buffer.from(await answered.arrayBuffer()));
    },

    isOwnOrigin(headers) {
      const { origin: from } = headers;
      return from === undefined || listed.includes(from) || [host, headers.host].includes(hostOf(from) ?? undefined);
    },
  };
}

/**
 * Deletes sessions, links, and what other providers were to send back, that are past their time: nothing takes them any
 * more.
 */
export async function forgetExpired(database: Database): Promise<void> {
  await database.asOwner(async (client) => {
    await client.rows(sql`delete from plinth.sessions where expires_at < now()`);
    await client.rows(sql`delete from plinth.verifications where expires_at < now()`);
    await client.rows(sql`delete from plinth.links where expires_at < now()`);
  });
}

function openAuth(database: Database, settings: SessionSettings, secret: string, log: Logger) {
  const { origin, protocol } = new URL(settings.publicUrl);
  const listed = listedOrigins(settings);
  return betterAuth({
    appName: 'Plinth',
    secret,
    baseURL: origin,
    basePath: '/auth',
    // Whoever opens the server under another of its names is at home there too.
    trustedOrigins: (request) => {
      const from = request?.headers.get('origin') ?? null;
      const isHere = from !== null && hostOf(from) === request?.headers.get('host');
      return isHere ? [...listed, from] : [...listed];
    },
    database: database.owners,
    user: {
      modelName: 'plinth.users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    account: {
      modelName: 'plinth.accounts',
      fields: {
        userId: 'user_id',
        providerId: 'provider_id',
        accountId: 'account_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      encryptOAuthTokens: true,
    },
    session: {
      modelName: 'plinth.sessions',
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      additionalFields: { byPassword: { type: 'boolean', fieldName: 'by_password', input: false, defaultValue: true } },
    },
    databaseHooks: {
      session: {
        create: {
          before: async (session, context) => ({
            data: { ...session, byPassword: !context?.path.startsWith('/callback/') },
          }),
        },
      },
    },
    verification: {
      modelName: 'plinth.verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD_LENGTH,
      maxPasswordLength: MAX_PASSWORD_LENGTH,
    },
    socialProviders: providersOf(settings),
    onAPIError: { errorURL: '/sign-in' },
    rateLimit: { enabled: false }, // attempts.ts counts, in the database, by person too
    telemetry: { enabled: false },
    advanced: {
      cookiePrefix: 'plinth',
      useSecureCookies: protocol === 'https:',
      database: { generateId: 'uuid' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      // Said, for without being said they are off where NODE_ENV is "test".
      disableOriginCheck: false,
      disableCSRFCheck: false,
    },
    logger: { log: (level, message, ...details) => log[level === 'error' ? 'warn' : 'debug']({ details }, message) },
  });
}

/**
 * Those by whom else people may sign in: whose settings are there. Whoever comes by them must be a person already:
 * nobody signs up by having an account elsewhere.
 */
export function providersOf(settings: ProviderSettings) {
  const provider = (clientId?: string | null, clientSecret?: string | null) =>
    clientId && clientSecret ? { clientId, clientSecret, disableSignUp: true } : null;
  const google = provider(settings.googleClientId, settings.googleClientSecret);
  const microsoft = provider(settings.microsoftClientId, settings.microsoftClientSecret);
  const github = provider(settings.githubClientId, settings.githubClientSecret);
  return { ...(google && { google }), ...(microsoft && { microsoft }), ...(github && { github }) };
}

async function keptSecret(database: Database): Promise<string> {
  const [row] = await database.lookUp((client) =>
    client.rows<{ secret: string }>(sql`select auth_secret as secret from plinth.instance`),
  );
  if (!row) throw new Error('The table plinth.instance has lost its row');
  return row.secret;
}

function personIn({ id, name, email }: Person): Person {
  return { id, name, email };
}

function headersOf(request: ExpressRequest): Headers {
  const {
    'content-length': _length,
    'transfer-encoding': _encoding,
    connection: _connection,
    ...rest
  } = request.headers;
  return fromNodeHeaders({ ...rest, [ADDRESS_HEADER]: addressOf(request) ?? undefined });
}

/** Pages elsewhere that may use sessions; that those of all origins may read answers doesn't make them ours. */
function listedOrigins({ corsOrigins }: SessionSettings): readonly string[] {
  return corsOrigins === '*' ? [] : corsOrigins;
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
