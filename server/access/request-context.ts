/** Who asks, and with what a request is answered. */

import type { GraphQLSchema } from 'postgraphile/grafast/graphql';
import type { Database } from '../../db/pool.ts';
import type { Seen } from '../catalog/see.ts';
import type { Unserved } from '../catalog/servable.ts';
import type { ServedObject } from '../catalog/served.ts';
import type { Model } from '../model/model.ts';
import type { Filter } from '../model/roles/row-rules.ts';
import type { Settings } from '../settings.ts';
import type { Actor } from './audit.ts';
import type { Principal } from './principal.ts';
import type { ProviderSettings } from './sessions.ts';

/** Who builds GraphQL schemas, and is told that a schema's tables are others now. */
export type Models = Builder & {
  changed(schema: string): void;
  /** What the tables of a schema hold, and what of them isn't served. */
  get(
    schema: string,
    role?: string,
  ): Promise<
    Catalog & {
      readonly unserved: readonly Unserved[];
      /** A filter on records of an object as the condition of a policy. @throws PlinthError BAD_REQUEST */
      policyOf(nameSingular: string, filter: Filter): string;
    }
  >;
};

/** Where links that are given out lead, and who may make workspaces. */
export type ContextSettings = { readonly publicUrl: string } & Pick<Settings, 'mayCreateWorkspace'> & ProviderSettings;

export type RequestContext = {
  readonly database: Database;
  readonly models: Models;
  readonly settings: ContextSettings;
  /** Without a role, whoever sits at the machine, who may do everything. */
  readonly principal: Pick<Principal, 'workspaceId' | 'schema' | 'flags'> &
    Partial<Pick<Principal, 'role' | 'roleId'>> &
    Actor;
};

/** Who builds the GraphQL schema that serves a catalog. */
export type Builder = { servedFor(seen: Seen): Promise<{ readonly schema: GraphQLSchema }> };

/** What the tables of a schema hold, in which names are ids, and where in them it is. */
export type Catalog = { readonly model: Model; readonly byTable: ReadonlyMap<string, ServedObject> };
