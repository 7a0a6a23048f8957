/** Files that go in and out, for the tests of both. */

import type { Answer, workspace } from '../../fixture.ts';

export type Space = Awaited<ReturnType<typeof workspace>>;
export type Format = 'csv' | 'ndjson';
type Body = string | Buffer | AsyncIterable<Uint8Array>;

export const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;

/** One line of an import's answer. */
export type Event = {
  readonly event: string;
  readonly line: number;
  readonly created: number;
  readonly updated: number;
  readonly refused: number;
  readonly [more: string]: unknown;
};

type Door = { readonly url: string; readonly key: string };

export function open(door: Door, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(door.url + path, { ...init, headers: { Authorization: `Bearer ${door.key}`, ...init.headers } });
}

export async function exported(door: Door, path: string): Promise<string> {
  const response = await open(door, path);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET ${path} → ${response.status} ${text}`);
  return text;
}

export function send(door: Door, path: string, format: Format, body: Body, signal?: AbortSignal): Promise<Response> {
  const headers = { 'Content-Type': TYPES[format] };
  return open(door, path, { method: 'POST', headers, body, duplex: 'half', signal } as unknown as RequestInit);
}

/** The lines of an import's answer. */
export async function imported(door: Door, path: string, format: Format, body: Body): Promise<Event[]> {
  const response = await send(door, path, format, body);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`POST ${path} → ${response.status} ${text}`);
  return eventsIn(text);
}

/** The whole lines; of an answer that was cut off, the last one may be half a line. */
export function eventsIn(text: string): Event[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** An import that is refused as a whole. */
export async function refusedImport(
  door: Door,
  path: string,
  headers: Record<string, string>,
  body: string,
): Promise<Answer> {
  const response = await open(door, path, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json(), headers: response.headers };
}
