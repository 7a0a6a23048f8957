/** A server in a process of its own, to be killed and measured. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, inject, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL'); // of tests that failed, or all of the file
});

/**
 * With so much heap, and settings of its own; `url` stands in for that of the fixture's.
 * @param nodeOptions more of Node's own, such as a module to load first
 */
export async function serve(
  heapMb: number,
  environment: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
) {
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, ...nodeOptions, 'server/main.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      PORT: '0',
      PLINTH_DEMO: 'off',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'fatal',
      DATABASE_URL: inject('databaseUrl'),
      ...environment,
    },
  });
  children.add(child);
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  child.once('exit', () => children.delete(child));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const url = await vi.waitFor(
    () => {
      const found = /Plinth is at (\S+)/.exec(text)?.[1];
      if (!found) throw new Error(`The server has not started:\n${text}`);
      return found;
    },
    { timeout: 60_000, interval: 20 },
  );
  return {
    url,
    pid: child.pid as number,
    /** Code and signal that it ended with, when it has. */
    exited,
    /** All that it has printed so far. */
    printed: () => text,
    /** @returns the exit code */
    async stop(signal: NodeJS.Signals) {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}
