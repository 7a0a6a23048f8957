/**
 * `/auth`: signing in and out, the first set-up, coming in by a link, and what a page asks first. Contract:
 * docs/members.md.
 */

import express, { type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Database } from '../../db/pool.ts';
import { originOf } from '../access/address.ts';
import { openAttempts } from '../access/attempts.ts';
import { acceptLink, describedLink, setUp } from '../access/coming-in.ts';
import { isSetUp } from '../access/links.ts';
import { workspacesOf } from '../access/members.ts';
import type { Person, Sessions } from '../access/sessions.ts';
import { createOwnWorkspace, makeWorkspace, recordWorkspace, refuseCreating } from '../changes/workspaces.ts';
import { refuse } from '../errors.ts';
import { jsonBody } from '../limits/json.ts';
import { standardModel } from '../model/standard/standard.ts';
import type { Settings } from '../settings.ts';

export type SignInOptions = {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly settings: Pick<Settings, 'signInLimit' | 'mayCreateWorkspace'>;
};

// Names, addresses and passwords: nothing here is long.
const MAX_BODY = '16kb';

const TEXT = z.string();
const BODIES = {
  link: z.object({ token: TEXT }),
  setUp: z.object({ token: TEXT, name: TEXT, email: TEXT, password: TEXT, workspace: TEXT.optional() }),
  accept: z.object({ token: TEXT, name: TEXT.optional(), email: TEXT.optional(), password: TEXT.optional() }),
  signIn: z.object({ email: TEXT, password: TEXT }),
  workspace: z.object({ name: TEXT, displayName: TEXT.optional() }),
};

export function signInRouter({ database, sessions, settings }: SignInOptions): express.Router {
  const attempts = openAttempts(database, settings.signInLimit);
  const router = express.Router();
  router.use((request, _response, next) => {
    if (!sessions.isOwnOrigin(request.headers)) throw refuse('FOREIGN_ORIGIN');
    next();
  });
  router.use(jsonBody(MAX_BODY), withoutZeroBytes);

  async function context(person: Person | null): Promise<object> {
    return {
      isSetUp: await database.lookUp(isSetUp),
      providers: sessions.providers,
      user: person,
      workspaces: person ? await workspacesOf(database, person.id) : [],
    };
  }

  /** What a page asks first, and is told again when it has let somebody in. */
  async function sendContext(response: Response, person: Person | null, cookies: readonly string[]): Promise<void> {
    for (const cookie of cookies) response.append('Set-Cookie', cookie);
    response.json(await context(person));
  }

  /** Counted for whom they say they are, also where there is nobody of that address. */
  async function signIn(request: Request, response: Response, email: string, password: string) {
    await attempts.count(request, response, email);
    const cookies = await sessions.signIn(request, email, password);
    await attempts.succeeded(email);
    return cookies;
  }

  router.get('/context', async (request, response) => {
    const { person, cookies } = await sessions.current(request.headers);
    await sendContext(response, person, cookies);
  });

  router.post('/link', async (request, response) => {
    const { token } = read(BODIES.link, request);
    await attempts.count(request, response);
    response.json(await describedLink(database, token));
  });

  router.post('/set-up', async (request, response) => {
    const given = read(BODIES.setUp, request);
    await attempts.count(request, response);
    const make = (name: string) =>
      database.transaction(async (client) => {
        const { id } = await makeWorkspace(client, { name, model: standardModel() });
        await recordWorkspace(client, 'created', { id, name });
      });
    const person = await setUp(database, { ...given, make, from: originOf(request) });
    await sendContext(response, person, await sessions.signIn(request, person.email, given.password));
  });

  router.post('/accept-invitation', async (request, response) => {
    const { token, ...given } = read(BODIES.accept, request);
    await attempts.count(request, response);
    const { person: signedIn } = await sessions.current(request.headers);
    const { person, cookies } = await acceptLink(database, {
      token,
      signedIn,
      given,
      signIn: (email, password) => signIn(request, response, email, password),
      from: originOf(request),
    });
    await sendContext(response, person, cookies);
  });

  // GraphQL's createWorkspace, for people who are in none yet, and have no metadata API therefore.
  router.post('/create-workspace', async (request, response) => {
    const given = read(BODIES.workspace, request);
    const { person } = await sessions.current(request.headers);
    if (!person) throw refuse('MISSING_TOKEN');
    await refuseCreating(database, settings.mayCreateWorkspace, person.id);
    await createOwnWorkspace(database, { ...given, person, from: originOf(request) });
    await sendContext(response, person, []);
  });

  router.post('/sign-in/email', async (request, response) => {
    const { email } = read(BODIES.signIn, request);
    await attempts.count(request, response, email);
    await sessions.answer(request, response, () => attempts.succeeded(email));
  });

  router.post('/change-password', async (request, response) => {
    await attempts.count(request, response);
    await sessions.answer(request, response);
  });

  router.use((request, response) => sessions.answer(request, response));
  return router;
}

/** @throws PlinthError BAD_REQUEST which says what is missing */
function read<Body>(form: z.ZodType<Body>, request: Request): Body {
  const { success, data, error } = form.safeParse(request.body);
  if (success) return data;
  const [issue] = error.issues;
  throw refuse('BAD_REQUEST', issue?.path.length ? `${issue.path.join('.')} must be a text` : 'The body must be JSON');
}

/** Postgres has no place for one in a text. */
function withoutZeroBytes(request: Request, _response: Response, next: NextFunction): void {
  if (JSON.stringify(request.body ?? null).includes('\\u0000'))
    throw refuse('BAD_REQUEST', 'Text must not contain a zero byte');
  next();
}
