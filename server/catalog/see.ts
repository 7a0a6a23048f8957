/** A catalog as one transaction saw it: all that it takes to build the GraphQL schema which serves it. */

import type { Client } from '../../db/pool.ts';
import { refuse } from '../errors.ts';
import { fingerprint } from './fingerprint.ts';
import { introspect } from './introspection.ts';

export type Seen = { readonly schema: string; readonly fingerprint: string; readonly introspection: string };

/** @throws PlinthError WORKSPACE_NOT_FOUND where there is no such schema */
export async function see(client: Client, schema: string): Promise<Seen> {
  const introspection = await introspect(client, schema);
  const hash = await fingerprint(client, schema);
  if (hash === null) throw refuse('WORKSPACE_NOT_FOUND');
  return { schema, fingerprint: hash, introspection };
}
