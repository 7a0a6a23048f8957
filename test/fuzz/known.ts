/** What the fuzzer knows of the workspace it asks: its schemas and documents, its ids and cursors. */

import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
} from 'postgraphile/grafast/graphql';
import type { Dice } from './dice.ts';

export type OpenApi = { readonly [key: string]: any };

export type Known = {
  readonly core: GraphQLSchema;
  readonly metadata: GraphQLSchema;
  readonly coreDocument: OpenApi;
  readonly metadataDocument: OpenApi;
  /**
   * An id that fits: `['updateOneField', 'input', 'id']` is that of a field.
   * @param path the operation, and names on the way
   */
  id(dice: Dice, path: readonly string[]): string;
  cursor(dice: Dice, path: readonly string[]): string;
};

type Found = { readonly ids: readonly string[]; readonly cursors: readonly string[] };

const PER_KIND = 20;
// Root fields that one operation may have.
const ROOTS = 20;

/** Lists of the metadata API with ids, and the word that their operations and arguments have in common. */
const METADATA_LISTS: Readonly<Record<string, string>> = {
  object: '/objects?limit=100',
  index: '/indexes?limit=100',
  apikey: '/apiKeys',
  role: '/roles',
  webhook: '/webhooks',
  invitation: '/invitations',
  workspacemember: '/workspaceMembers',
};

/**
 * Asks the APIs what they are at the moment, and what is there.
 * @param spared ids that no request may change, as the fuzzer's key
 */
export async function explore(url: string, key: string, spared: ReadonlySet<string>): Promise<Known> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  async function read(path: string, body?: object): Promise<any> {
    const response = await fetch(url + path, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} → ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }
  const introspection = { query: getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }) };
  const core = buildClientSchema((await read('/graphql', introspection)).data);
  const metadata = buildClientSchema((await read('/metadata', introspection)).data);
  const found = new Map<string, Found>();
  for (const [kind, path] of Object.entries(METADATA_LISTS)) {
    const { data } = await read(`/rest/metadata${path}`);
    const ids = data.map(({ id }: { id: string }) => id).filter((id: string) => !spared.has(id));
    found.set(kind, { ids, cursors: ids.map((id: string) => Buffer.from(id).toString('base64')) });
    const fields = data.flatMap((each: any) => each.fields ?? []).map(({ id }: { id: string }) => id);
    if (kind === 'object') found.set('field', { ids: fields, cursors: [] });
  }
  const connections = Object.values(core.getQueryType()?.getFields() ?? {}).filter(({ type }) =>
    /^\w+Connection$/.test(getNamedType(type).name),
  );
  const pages = connections.filter(({ args }) => args.some(({ name }) => name === 'first'));
  for (let from = 0; from < pages.length; from += ROOTS) {
    const roots = pages
      .slice(from, from + ROOTS)
      .map(({ name }) => `${name}(first: ${PER_KIND}) { edges { cursor node { id } } }`);
    const { data } = await read('/graphql', { query: `{ ${roots.join(' ')} }` });
    for (const { name, type } of pages.slice(from, from + ROOTS)) {
      const edges: { cursor: string; node: { id: unknown } }[] = data?.[name]?.edges ?? [];
      const kind: Found = { ids: edges.map(({ node }) => String(node.id)), cursors: edges.map(({ cursor }) => cursor) };
      found.set(
        getNamedType(type)
          .name.replace(/Connection$/, '')
          .toLowerCase(),
        kind,
      );
      found.set(name.toLowerCase(), kind);
    }
  }
  // The longest first: `noteTarget` is no `note`.
  const kinds = [...found.keys()].sort((a, b) => b.length - a.length);
  function fitting(path: readonly string[]): Found | undefined {
    for (const part of path.toReversed()) {
      const kind = kinds.find((each) => part.toLowerCase().includes(each));
      if (kind) return found.get(kind);
    }
    return undefined;
  }
  const chosen = (dice: Dice, path: readonly string[], of: keyof Found) => {
    const list = (dice.chance(0.9) && fitting(path)?.[of]) || found.get(dice.pick(kinds))?.[of];
    return list && list.length > 0 ? dice.pick(list) : undefined;
  };
  return {
    core,
    metadata,
    coreDocument: await read('/rest/open-api/core'),
    metadataDocument: await read('/rest/open-api/metadata'),
    id: (dice, path) => chosen(dice, path, 'ids') ?? unknownId(dice),
    cursor: (dice, path) => chosen(dice, path, 'cursors') ?? 'W10=',
  };
}

function unknownId(dice: Dice): string {
  return `0192c8f2-3c1e-7cc3-98c4-${dice.seed().toString(16).padStart(12, '0')}`;
}

/** A few records of each object, where it takes records without any values. */
export async function sow(url: string, key: string, { coreDocument }: Known): Promise<void> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const batches = Object.keys(coreDocument.paths).filter((path) => path.startsWith('/batch/'));
  for (const path of batches) {
    const body = JSON.stringify(Array.from({ length: 5 }, () => ({})));
    await (await fetch(`${url}/rest${path}`, { method: 'POST', headers, body })).text();
  }
}
