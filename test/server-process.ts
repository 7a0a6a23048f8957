/** A server in a process of its own, to be killed and measured. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, inject } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL'); // of a test that failed
});

/** With so much heap, and settings of its own; `url` stands in for that of the fixture's. */
export async function serve(heapMb: number, environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, 'server/main.ts'], {
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
  child.once('exit', () => children.delete(child));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const printed = () => /Plinth is at (\S+)/.exec(text)?.[1] ?? (child.exitCode === null ? null : text);
  await expect.poll(printed, { timeout: 60_000, interval: 20 }).toMatch(/^http/);
  return {
    url: printed() as string,
    pid: child.pid as number,
    async stop(signal: NodeJS.Signals) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}
