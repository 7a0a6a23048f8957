/** Smart tags: what comments in the catalog say that the catalog itself has no place for. */

import type { Table } from './table.ts';

export type Tags = Readonly<Record<string, string | true | (string | true)[] | undefined>>;

export function tagsOf(table: Table): Tags {
  return (table.extensions?.tags ?? {}) as Tags;
}

/** A tag may be there several times. */
export function texts(tag: Tags[string]): string[] {
  return [tag ?? []].flat().filter((each) => typeof each === 'string');
}

export function text(tag: Tags[string]): string | undefined {
  return typeof tag === 'string' ? tag : undefined;
}
