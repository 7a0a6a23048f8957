/** The statements that the server sends while something runs: it is in the test's own process. */

import pg from 'pg';
import { vi } from 'vitest';

/** Texts that read a table, in the order they were sent. */
export async function statementsOf(
  table: string,
  run: () => Promise<unknown>,
): Promise<{ text: string; values: any[] }[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await run();
    return query.mock.calls
      .map(([sent]) => sent as unknown as { text?: string; values?: any[] })
      .flatMap(({ text, values = [] }) => (text?.includes(`"${table}"`) ? [{ text, values }] : []));
  } finally {
    query.mockRestore();
  }
}

/**
 * What is sent for one request that changes something: its transaction, and what names the workspace beside it.
 * Statements of background work are left out.
 * @param names by which the workspace is known: its id, its schema
 */
export async function statementsOfChange(names: readonly string[], run: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await run();
    const sent = query.mock.calls.map(([given], i) => {
      const { text, values = [] } = (typeof given === 'string' ? { text: given } : given) as {
        text: string;
        values?: unknown[];
      };
      return { text, client: query.mock.contexts[i], isNamed: values.some((value) => names.includes(value as string)) };
    });
    const named = new Set(sent.flatMap(({ client, isNamed }) => (isNamed ? [client] : [])));
    const owners = new Set(sent.flatMap(({ text, client }) => (text === 'begin' && named.has(client) ? [client] : [])));
    return sent.flatMap(({ text, client, isNamed }) => (owners.has(client) || isNamed ? [text] : []));
  } finally {
    query.mockRestore();
  }
}
