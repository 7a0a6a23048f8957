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
