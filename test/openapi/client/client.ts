/** A client of one workspace, typed by what `openapi-typescript` makes of its document. */

import type { components, paths } from './schema.ts';

export type Schemas = components['schemas'];

type Operation<P extends keyof paths, M extends keyof paths[P]> = paths[P][M];

/** The methods that a path has. */
type Methods<P extends keyof paths> = string &
  { [M in keyof paths[P]]-?: paths[P][M] extends { responses: unknown } ? M : never }[keyof paths[P]];

type Query<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;
type Path<O> = O extends { parameters: { path: infer P } } ? { path: P } : { path?: undefined };
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : { body?: undefined };
type Answer<O> = O extends { responses: infer R }
  ? R[keyof R & (200 | 201)] extends { content: { 'application/json': infer A } }
    ? A
    : never
  : never;

type Given<O> = { query?: Query<O> } & Path<O> & Body<O>;

export type Call = <P extends keyof paths, M extends Methods<P>>(
  method: M,
  path: P,
  given: Given<Operation<P, M>>,
) => Promise<Answer<Operation<P, M>>>;

export function openClient(url: string, key: string): Call {
  return async (method, path, given) => {
    const filled = String(path).replace('{id}', String((given.path as { id?: string } | undefined)?.id));
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(given.query ?? {})) {
      query.set(name, String(value));
    }
    const response = await fetch(`${url}/rest${filled}?${query}`, {
      method: method.toUpperCase(),
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    });
    if (!response.ok) throw new Error(await response.text());
    return response.json() as never;
  };
}
