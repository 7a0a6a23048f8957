/** The metadata API over REST: the same service, in REST's spelling. Contract: metadata.md 3. */

import express, { type Request, type Response } from 'express';
import type { Database } from '../../db/pool.ts';
import { refuse } from '../errors.ts';
import type { Settings } from '../settings.ts';
import {
  type Asker,
  allFields,
  allKeys,
  allObjects,
  apply,
  type Change,
  changeField,
  changeObject,
  type Models,
  makeField,
  makeKey,
  makeObject,
  makeToken,
  oneField,
  oneKey,
  oneObject,
  planned,
  removeField,
  removeObject,
  revokeKey,
  snapshot,
  workspaceView,
} from './service.ts';

export type MetadataRestOptions = {
  readonly database: Database;
  readonly models: Models;
  readonly settings: Pick<Settings, 'restMetadataFormat'>;
};

/** A kind of metadata: how it is called, and what can be done with it. */
type Resource = {
  readonly plural: string;
  readonly singular: string;
  readonly list: (asker: Asker) => Promise<{ readonly id: string }[]>;
  readonly one: (asker: Asker, id: string) => Promise<object>;
  readonly create: Writing<[body: any]>;
  readonly update?: Writing<[id: string, body: any]>;
  readonly remove: Writing<[id: string]>;
};

type Writing<Given extends unknown[]> = (asker: Asker, isDryRun: boolean, ...given: Given) => Promise<object>;

/** A change of the model, done or only planned (`?dry_run=true`). */
function changing<Given extends unknown[]>(change: (...given: Given) => Change<object>): Writing<Given> {
  return async (asker, isDryRun, ...given) => {
    if (!isDryRun) return apply(asker, change(...given));
    const { schema, ...plan } = await planned(asker, change(...given));
    return { ...plan, schema: await schema() };
  };
}

/** What is no change of the model has no plan. */
function doing<Given extends unknown[]>(act: (asker: Asker, ...given: Given) => Promise<object>): Writing<Given> {
  return (asker, isDryRun, ...given) => {
    if (isDryRun) throw refuse('BAD_REQUEST', 'dry_run is for changes of objects and fields');
    return act(asker, ...given);
  };
}

const RESOURCES: readonly Resource[] = [
  {
    plural: 'objects',
    singular: 'object',
    list: async (asker) => allObjects(await snapshot(asker)),
    one: async (asker, id) => oneObject(await snapshot(asker), id),
    create: changing(makeObject),
    update: changing(changeObject),
    remove: changing(removeObject),
  },
  {
    plural: 'fields',
    singular: 'field',
    list: async (asker) => allFields(await snapshot(asker)),
    one: async (asker, id) => oneField(await snapshot(asker), id),
    create: changing(makeField),
    update: changing(changeField),
    remove: changing(removeField),
  },
  {
    plural: 'apiKeys',
    singular: 'apiKey',
    list: allKeys,
    one: oneKey,
    create: doing(makeKey),
    remove: doing(revokeKey),
  },
];

const makingToken = doing(makeToken);

const DEFAULT_LIMIT = 60;
const MAX_LIMIT = 200;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Serves what follows `/rest/metadata`, for `response.locals.principal`. */
export function metadataRouter({ database, models, settings }: MetadataRestOptions): express.Router {
  const router = express.Router();
  const isLegacy = settings.restMetadataFormat === 'legacy';
  const askerOf = (response: Response): Asker => ({ database, models, principal: response.locals.principal });
  const wrapped = (key: string, value: object) => (isLegacy ? { data: { [key]: value } } : value);

  for (const { plural, singular, list, one, create, update, remove } of RESOURCES) {
    const operation = (verb: string) => `${verb}One${singular.charAt(0).toUpperCase()}${singular.slice(1)}`;
    router.get(`/${plural}`, async (request, response) => {
      const { data, ...rest } = page(await list(askerOf(response)), request);
      response.json({ data: isLegacy ? { [plural]: data } : data, ...rest });
    });
    router.post(`/${plural}`, async (request, response) => {
      const isDryRun = isDry(request);
      const answer = await create(askerOf(response), isDryRun, bodyOf(request));
      response.status(isDryRun ? 200 : 201).json(isDryRun ? answer : wrapped(operation('create'), answer));
    });
    router.get(`/${plural}/:id`, async (request, response) => {
      response.json(wrapped(singular, await one(askerOf(response), idOf(request))));
    });
    if (update) {
      const change = async (request: Request, response: Response) => {
        const isDryRun = isDry(request);
        const answer = await update(askerOf(response), isDryRun, idOf(request), bodyOf(request));
        response.json(isDryRun ? answer : wrapped(operation('update'), answer));
      };
      router.patch(`/${plural}/:id`, change);
      router.put(`/${plural}/:id`, change);
    }
    router.delete(`/${plural}/:id`, async (request, response) => {
      const isDryRun = isDry(request);
      const answer = await remove(askerOf(response), isDryRun, idOf(request));
      response.json(isDryRun ? answer : wrapped(operation('delete'), answer));
    });
  }
  router.post('/apiKeys/:id/tokens', async (request, response) => {
    const { expiresAt } = (request.body ?? {}) as { expiresAt?: string };
    response.status(201).json(await makingToken(askerOf(response), isDry(request), idOf(request), expiresAt));
  });
  router.get('/workspace', async (_request, response) => {
    response.json(await workspaceView(askerOf(response)));
  });
  return router;
}

/** `?dry_run=true`: what would be done, with nothing done. Anything but true and false is a mistake, and must not become a change. */
function isDry({ query }: Request): boolean {
  const given = query.dry_run;
  if (given === undefined || given === 'false') return false;
  if (given !== 'true') throw refuse('BAD_REQUEST', `dry_run '${given}' is invalid. Should be true or false`);
  return true;
}

function idOf({ params }: Request): string {
  const id = String(params.id);
  if (!UUID.test(id)) throw refuse('BAD_REQUEST', `'${id}' is not a valid UUID`);
  return id.toLowerCase();
}

function bodyOf({ body }: Request): object {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw refuse('BAD_REQUEST', 'Send a JSON object as application/json');
  return body;
}

/** The cursor is the id of an item. */
function page<T extends { readonly id: string }>(items: readonly T[], { query }: Request) {
  const limit = limitOf(query.limit);
  const [after, before] = [
    cursorOf(query.starting_after, 'starting_after'),
    cursorOf(query.ending_before, 'ending_before'),
  ];
  if (after && before) throw refuse('BAD_REQUEST', 'starting_after and ending_before cannot both be given');
  const within = items.filter(({ id }) => (!after || id > after) && (!before || id < before));
  const data = before ? within.slice(Math.max(0, within.length - limit)) : within.slice(0, limit);
  return {
    data,
    pageInfo: {
      hasNextPage: before ? true : within.length > data.length,
      hasPreviousPage: before ? within.length > data.length : Boolean(after),
      startCursor: data[0]?.id ?? null,
      endCursor: data.at(-1)?.id ?? null,
    },
    totalCount: items.length,
  };
}

function limitOf(given: unknown): number {
  if (given === undefined) return DEFAULT_LIMIT;
  const limit = Number(given);
  if (typeof given !== 'string' || given === '' || !Number.isInteger(limit) || limit < 0)
    throw refuse('BAD_REQUEST', `limit '${given}' is invalid. Should be an integer`);
  return Math.min(limit, MAX_LIMIT);
}

function cursorOf(given: unknown, name: string): string | null {
  if (given === undefined || given === '') return null;
  if (typeof given !== 'string' || !UUID.test(given))
    throw refuse('BAD_REQUEST', `${name} '${given}' is not a valid UUID`);
  return given.toLowerCase();
}
