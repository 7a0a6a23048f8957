/**
 * Which GraphQL schema serves a role of a workspace: schema name and role → fingerprint of the catalog as the role sees
 * it → PostGraphile schema, one a fingerprint. Roles without restrictions see the same, and share one.
 *
 * A fingerprint is *known*, or *unknown* (never asked, or told that the model changed), or *stale* (no event trigger
 * tells of changes by hand, and it is older than `MAX_AGE_MS`). Only unknown and stale ones are asked of Postgres.
 */

import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { GraphQLSchema } from 'postgraphile/grafast/graphql';
import type { Database } from '../../db/pool.ts';
import type { Identity } from '../../db/workspace-pool.ts';
import { fingerprint } from '../catalog/fingerprint.ts';
import { openSeals } from '../catalog/seals.ts';
import { type Seen, see, seeAtRest } from '../catalog/see.ts';
import type { Unserved } from '../catalog/servable.ts';
import type { ServedObject } from '../catalog/served.ts';
import { ANY_SCHEMA, watchModels } from '../catalog/watch.ts';
import { refuse } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { Filter } from '../model/roles/row-rules.ts';
import { makeLazySchema } from './lazy-schema.ts';
import { presetFor } from './preset.ts';
import { hasPrototypeNames } from './prototype-names.ts';
import { policyText } from './row-rules.ts';

/** What a workspace is served by; the same value for all workspaces of the same catalog, and never changed. */
export type Served = {
  /** A filter on records of an object as SQL, for a policy. @throws PlinthError BAD_REQUEST */
  readonly policyOf: (nameSingular: string, filter: Filter) => string;
  /** `prototype-names.ts` */
  readonly hasPrototypeNames: boolean;
  readonly fingerprint: string;
  /** As the catalog has it: ids are names. */
  readonly model: Model;
  /** What else there is in the database, and why it isn't served. */
  readonly unserved: readonly Unserved[];
  /** Active objects, by the names of their tables. */
  readonly byTable: ReadonlyMap<string, ServedObject>;
  readonly schema: GraphQLSchema;
  readonly resolvedPreset: GraphileConfig.ResolvedPreset;
};

export type ModelCache = {
  /**
   * Runs a request by what serves its role. Where the model changes under it, or what the role may do (it throws
   * `ModelChanged`, with nothing written), it is run again, by what serves the role then: so it finishes on one model
   * or the other.
   * @param signal ends the wait for the model, which is built all the same, for whoever asks next; its reason is thrown
   */
  serve<T>(who: Identity, run: (served: Served, mayBeStale: boolean) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * What serves this Postgres schema now, to a role; unless one is named, all of it. Built once, however many ask at
   * the same moment.
   */
  get(schema: string, role?: string): Promise<Served>;
  /** What would serve a catalog that a transaction saw, be it committed or not. */
  servedFor(seen: Seen): Promise<Served>;
  /** Forgets what is known of a schema; the next request asks Postgres. */
  changed(schema: string): void;
  /** How many GraphQL schemas are held. */
  readonly size: number;
  stop(): Promise<void>;
};

/** The tables are no longer those of the GraphQL schema that an operation was planned by. */
export class ModelChanged extends Error {}

/** What is asked for is there, and not for this role; unless it was granted by hand, of which nobody tells. */
export class Ungranted extends ModelChanged {}

export type ModelCacheOptions = {
  readonly database: Database;
  /** GraphQL schemas of the usual size kept, least recently used evicted; some 7 MB each. */
  readonly maxSchemas: number;
  readonly log: Logger;
  /** Makes a Postgres role that is wanted for the first time, and sees to it that it has no more than it was given. */
  readonly prepareRole?: (who: Identity) => Promise<void>;
};

// Without an event trigger a change by hand is noticed within this time, and served within 5 s.
const MAX_AGE_MS = 3_000;

// Objects of the standard model. A schema's memory grows with its objects, so a large model counts for several usual
// ones: of 500 objects it takes 150 MB, and each change of it makes another.
const USUAL_OBJECTS = 12;

// Whoever is refused asks Postgres at most this often whether they were granted it by hand.
const GRANTS_AGE_MS = 250;

// Some 100 bytes each: enough for every workspace of a large installation. A few roles of each see less than all of it.
const MAX_WORKSPACES = 100_000;

// A model that changes while it is read is read again; one that changes this often is being changed by a script.
const MAX_ATTEMPTS = 10;

type Known = { readonly fingerprint: Promise<string>; readonly since: number };

export async function openModelCache({
  database,
  maxSchemas,
  log,
  prepareRole,
}: ModelCacheOptions): Promise<ModelCache> {
  const known = new LRUCache<string, Map<string | null, Known>>({ max: MAX_WORKSPACES });
  const schemas = new LRUCache<string, Promise<Served>>({ maxSize: maxSchemas * USUAL_OBJECTS });
  const seals = openSeals({ database, log, isTold: () => watch.seesChangesByHand(), maxAgeMs: MAX_AGE_MS });
  const watch = await watchModels({
    database,
    log,
    onChange(schema) {
      known.delete(schema);
      if (schema === ANY_SCHEMA) seals.forgetAll();
      else seals.forget(schema);
    },
    onGap() {
      known.clear();
      seals.forgetAll();
    },
  });
  database.shareWhere((schema) => seals.isSealed(schema));

  /** What is known, or is asked now. */
  function knownOf(schema: string, role: string | null, isAgain: boolean): Known {
    let roles = known.get(schema);
    if (!roles) {
      roles = new Map();
      known.set(schema, roles);
    }
    const current = roles.get(role);
    if (current && (watch.seesChangesByHand() || Date.now() - current.since < MAX_AGE_MS)) return current;
    const asked: Known = { fingerprint: ask(schema, role, isAgain), since: Date.now() };
    roles.set(role, asked);
    asked.fingerprint.catch(() => {
      forget(schema, role, asked);
    });
    return asked;
  }

  /** Unless somebody has asked anew meanwhile. */
  function forget(schema: string, role: string | null, asked: Known): void {
    const roles = known.get(schema);
    if (roles?.get(role) === asked) roles.delete(role);
  }

  /**
   * @param isAgain of a model that changed while it was read, and may do so again: it is read between two changes, and
   *   built
   */
  async function ask(schema: string, role: string | null, isAgain: boolean): Promise<string> {
    if (role !== null) await prepareRole?.({ schema, role });
    const seen = isAgain ? await seeAtRest(database.sharedBy(schema), schema, role) : null;
    if (seen) {
      servedFor(seen).catch(() => undefined); // whoever waits for it hears of it
      return seen.fingerprint;
    }
    const found = await database.lookUpIn(schema, (client) => fingerprint(client, schema, role));
    if (found === null) throw refuse('WORKSPACE_NOT_FOUND');
    return found;
  }

  function servedBy(key: string, see: () => Promise<Seen>): Promise<Served> {
    const current = schemas.get(key);
    if (current) return current;
    const building = see().then((seen) => {
      // What was read must be what the key stands for: other workspaces are served by it too.
      if (seen.fingerprint !== key) throw new ModelChanged();
      return buildServed(seen, log);
    });
    schemas.set(key, building, { size: USUAL_OBJECTS });
    building.then(
      ({ model: { objects } }) => {
        if (schemas.peek(key) !== building) return;
        schemas.delete(key); // only what is new to the cache has its size looked at
        schemas.set(key, building, { size: Math.max(1, Math.min(objects.length, schemas.maxSize)) });
      },
      () => {
        if (schemas.peek(key) === building) schemas.delete(key);
      },
    );
    return building;
  }

  async function get(schema: string, role: string | null = null): Promise<Served> {
    for (let attempt = 1; ; attempt++) {
      const asked = knownOf(schema, role, attempt > 1);
      try {
        return await servedBy(await asked.fingerprint, () =>
          database.sharedBy(schema).asOwner((client) => see(client, schema, role)),
        );
      } catch (error) {
        if (!(error instanceof ModelChanged)) throw error;
        if (attempt === MAX_ATTEMPTS) throw refuse('MODEL_BUSY', { cause: error });
        forget(schema, role, asked);
      }
    }
  }

  function servedFor(seen: Seen): Promise<Served> {
    return servedBy(seen.fingerprint, async () => seen);
  }

  return {
    get,
    async serve({ schema, role }, run, signal) {
      let before: Served | undefined;
      for (let attempt = 1; ; attempt++) {
        const served = await unlessAborted(get(schema, role), signal);
        try {
          // What is refused by the same model again is refused for good.
          return await run(served, served !== before && attempt < MAX_ATTEMPTS);
        } catch (error) {
          if (!(error instanceof ModelChanged)) throw error;
          before = served;
          if (!(error instanceof Ungranted)) known.delete(schema);
          else if (Date.now() - (known.get(schema)?.get(role)?.since ?? 0) > GRANTS_AGE_MS)
            known.get(schema)?.delete(role);
        }
      }
    },
    servedFor,
    changed(schema) {
      known.delete(schema);
      seals.forget(schema);
    },
    get size() {
      return schemas.size;
    },
    stop: () => watch.stop(),
  };
}

/** Builds what serves a catalog; some 0.1 s and 4 MB; introspection makes all types, 1 MB more. */
export async function buildServed({ schema, fingerprint, introspection }: Seen, log: Logger): Promise<Served> {
  const began = performance.now();
  const { schema: graphql, resolvedPreset } = await makeLazySchema(presetFor(schema, introspection));
  const { build, model, unserved, byTable } = graphql.extensions.plinth as Pick<
    Served,
    'model' | 'unserved' | 'byTable'
  > & { build: GraphileBuild.Build };
  const policyOf: Served['policyOf'] = (nameSingular, filter) => policyText(build, graphql, nameSingular, filter);
  log.info(
    { fingerprint: fingerprint.slice(0, 12), objects: model.objects.length, ms: Math.round(performance.now() - began) },
    'built a GraphQL schema',
  );
  if (unserved.length > 0)
    log.warn({ fingerprint: fingerprint.slice(0, 12), unserved }, 'not all of a schema is served');
  return {
    fingerprint,
    model,
    unserved,
    byTable,
    policyOf,
    hasPrototypeNames: hasPrototypeNames(model),
    schema: graphql,
    resolvedPreset,
  };
}

/** The value, or the signal's reason where that comes first. */
function unlessAborted<T>(value: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return value;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return Promise.race([value, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
