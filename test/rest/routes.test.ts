/** Which requests reach which operation, and what is said to those that reach none. Records are not needed for it. */

import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restError } from '../../server/rest/envelope.ts';
import { restRouter } from '../../server/rest/routes.ts';
import { crm } from './crm.ts';

const ID = '20202020-1c25-4d02-bf25-6aeccf7ea419';

/** Answers every operation with its own text, where the record would be. */
const app = express();
app.use(express.json());
app.use('/rest', (_request, response, next) => {
  response.locals.principal = { schema: 'ws_test', role: 'ws_test', apiKey: { id: ID, name: 'test' } };
  next();
});
const served = { model: crm, fingerprint: 'f' } as any;
app.use(
  '/rest',
  restRouter({
    requestTimeoutMs: 10_000,
    database: null as never, // of exports and imports, which are not asked here
    poolSizes: { poolSize: 1 },
    turns: { isAlone: () => true },
    sendChanges: null as never, // nor streams
    models: { get: async () => served, serve: (_who, run) => run(served, false) },
    execute: async ({ source, who, author }) => {
      expect({ who, author }).toEqual({
        who: { schema: 'ws_test', role: 'ws_test' },
        author: { source: 'API', name: 'test', workspaceMemberId: null },
      });
      const root = /\{ (\w+)\(/.exec(source)?.[1] as string;
      const record = { source };
      const answer = source.includes('edges') ? { [root]: [record], totalCount: 1, pageInfo: {} } : record;
      return { data: new Map([[root, JSON.stringify(answer)]]) };
    },
  }),
);
app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  const { status, body } = restError(error);
  response.status(status).json(body);
});

let base = '';
const server = app.listen(0);
beforeAll(() => {
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rest`;
});
afterAll(() => new Promise((done) => server.close(done)));

async function ask(method: string, path: string, body?: unknown) {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`${base}${path}`, { method, ...init });
  return { status: response.status, body: (await response.json()) as any, type: response.headers.get('content-type') };
}

describe('a request reaches its operation', () => {
  const cases: [string, string, unknown, number, string, string][] = [
    ['GET', '/people', undefined, 200, 'people', 'query people('],
    ['GET', '//people/', undefined, 200, 'people', 'query people('],
    ['GET', `/people/${ID}`, undefined, 200, 'person', 'query person('],
    ['POST', '/people', {}, 201, 'createPerson', 'mutation createPerson('],
    ['POST', `/people/${ID}`, {}, 201, 'createPerson', 'mutation createPerson('],
    ['POST', '/batch/people', [{}], 201, 'createPeople', 'mutation createPeople('],
    ['PATCH', `/people/${ID}`, {}, 200, 'updatePerson', 'mutation updatePerson('],
    ['PUT', `/people/${ID}`, {}, 200, 'updatePerson', 'mutation updatePerson('],
    ['PATCH', '/people?filter=jobTitle[eq]:x', {}, 200, 'updatePeople', 'mutation updatePeople('],
    ['PUT', '/people?filter=jobTitle[eq]:x', {}, 200, 'updatePeople', 'mutation updatePeople('],
    ['DELETE', `/people/${ID}`, undefined, 200, 'deletePerson', 'mutation destroyPerson('],
    ['DELETE', `/people/${ID}?soft_delete=true`, undefined, 200, 'deletePerson', 'mutation deletePerson('],
    ['DELETE', '/people?filter=jobTitle[eq]:x', undefined, 200, 'deletePeople', 'mutation destroyPeople('],
    ['PATCH', `/people/${ID}/restore`, undefined, 200, 'restorePerson', 'mutation restorePerson('],
    ['PATCH', '/people/restore?filter=jobTitle[eq]:x', undefined, 200, 'restorePeople', 'mutation restorePeople('],
    ['PATCH', `/restore/people/${ID}`, undefined, 200, 'restorePerson', 'mutation restorePerson('],
    ['PATCH', '/restore/people?filter=jobTitle[eq]:x', undefined, 200, 'restorePeople', 'mutation restorePeople('],
  ];
  // Twice: the second time from what the router remembers.
  test.each([...cases, ...cases])('%s %s', async (method, path, given, status, key, source) => {
    const { body, ...answer } = await ask(method, path, given);
    expect({ ...answer, keys: Object.keys(body.data) }).toEqual({
      status,
      keys: [key],
      type: 'application/json; charset=utf-8',
    });
    expect([body.data[key]].flat()[0].source).toContain(source);
  });
});

describe('a request reaches none', () => {
  const cases: [string, string, number, string][] = [
    ['GET', '/', 400, "Query path '/rest/' is invalid"],
    ['GET', '/nothings', 400, "object 'nothings' not found. eg: companies"],
    ['GET', '/person', 400, "object 'person' not found. Did you mean 'people'?"],
    ['GET', '/ghosts', 400, "object 'ghosts' not found"],
    ['GET', '/people/nope', 400, "'nope' is not a valid UUID"],
    ['GET', '/people/groupBy', 400, 'group_by is missing'],
    ['POST', '/people/groupBy', 405, 'POST is not allowed on /rest/people/groupBy'],
    ['DELETE', `/people/${ID}/restore`, 400, 'is invalid'],
    ['GET', '/people/duplicates', 405, 'GET is not allowed on /rest/people/duplicates'],
    ['DELETE', '/people/merge', 405, 'DELETE is not allowed on /rest/people/merge'],
    ['GET', '/batch/people', 405, 'GET is not allowed on /rest/batch/people'],
    ['OPTIONS', '/people', 405, 'OPTIONS is not allowed on /rest/people'],
  ];
  test.each(cases)('%s %s', async (method, path, status, message) => {
    const { body, ...answer } = await ask(method, path);
    expect(answer.status).toBe(status);
    expect(body).toEqual({
      statusCode: status,
      error: status === 400 ? 'BadRequestException' : 'MethodNotAllowedException',
      messages: [expect.stringContaining(message)],
    });
  });
});

test('a method that a path does not have is told those that it has', async () => {
  const { headers } = await fetch(`${base}/people`, { method: 'OPTIONS' });
  expect(headers.get('allow')).toBe('GET, POST, PATCH, DELETE');
});
