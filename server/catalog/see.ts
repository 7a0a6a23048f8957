/** A catalog as a role saw it in one transaction: all that it takes to build the GraphQL schema which serves it. */

import type { Client } from '../../db/pool.ts';
import { refuse } from '../errors.ts';
import { fingerprint } from './fingerprint.ts';
import { introspect } from './introspection.ts';

export type Seen = { readonly schema: string; readonly fingerprint: string; readonly introspection: string };

/** @throws PlinthError WORKSPACE_NOT_FOUND where there is no such schema */
export async function see(client: Client, schema: string, role: string | null = null): Promise<Seen> {
  const introspection = await introspect(client, schema, role);
  const hash = await fingerprint(client, schema, role);
  if (hash === null) throw refuse('WORKSPACE_NOT_FOUND');
  return { schema, fingerprint: hash, introspection };
}
