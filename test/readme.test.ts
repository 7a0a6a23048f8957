/**
 * Runs the sessions of README and docs/first-session.md as they are printed, on a server that is started as the README
 * says.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** In the order in which they run, on one server. */
const PAGES = ['README.md', 'docs/first-session.md'];

const ROOT = fileURLToPath(new URL('..', import.meta.url));

type Command = { readonly text: string; readonly output: string };

/** What stands behind `$ ` and `> ` in the page's console blocks, each with the output below it. */
function commandsOf(page: string): Command[] {
  return [...page.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block]) =>
    (block as string)
      .split(/^\$ /m)
      .slice(1)
      .map((command) => {
        const lines = command.split('\n');
        const rest = lines.findIndex((line, i) => i > 0 && !line.startsWith('> '));
        return {
          text: lines
            .slice(0, rest)
            .map((line) => line.replace(/^> /, ''))
            .join('\n'),
          output: lines.slice(rest).join('\n'),
        };
      }),
  );
}

/** Ids, cursors and what is shortened in the page are any. */
function comparable(output: string): string {
  return output
    .trim()
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/"(startCursor|endCursor)":"[^"]*"/g, '"$1":"…"');
}

test('the sessions in README and docs/first-session.md print what the pages show', { timeout: 120_000 }, async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'plinth-readme-'));
  await chmod(scratch, 0o755); // PostgreSQL may run as another user
  const environment = { ...process.env, PLINTH_DATA_DIR: join(scratch, 'data'), PORT: '0', LOG_LEVEL: 'warn' };
  const server = spawn('npm', ['start'], { cwd: ROOT, env: environment, detached: true });
  try {
    let printed = '';
    server.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    await expect.poll(() => printed, { timeout: 60_000 }).toMatch(/Plinth is at [\s\S]*curl/);
    const url = /Plinth is at (\S+)/.exec(printed)?.[1] as string;
    const key = /plinth_\w+/.exec(printed)?.[0] as string;

    const hasPsql = (await run('command -v psql', scratch, environment)) !== '';
    for (const page of PAGES) {
      const commands = commandsOf(await readFile(join(ROOT, page), 'utf8'));
      expect(commands.length).toBeGreaterThan(5);
      const runnable = commands.filter(({ text }) => hasPsql || !text.startsWith('psql'));
      const script = runnable
        .map(({ text }) => text.replace('KEY=plinth_…', `KEY=${key}`).replace('http://localhost:3000', url))
        .map((text) => text.replaceAll('scripts/plinth', join(ROOT, 'scripts/plinth')))
        .join('\necho; echo ---\n'); // not every output ends its line
      const outputs = (await run(script, scratch, environment)).split(/^---$/m);
      const transcript = (each: readonly string[]) =>
        runnable.map(({ text }, i) => `$ ${text}\n${comparable(each[i] ?? '')}`).join('\n');
      expect(transcript(outputs)).toBe(transcript(runnable.map(({ output }) => output)));
    }
  } finally {
    if (server.exitCode === null) {
      process.kill(-(server.pid as number), 'SIGTERM');
      await once(server, 'exit');
    }
    await rm(scratch, { recursive: true, force: true });
  }
});

async function run(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const shell = spawn('bash', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  shell.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(shell, 'close');
  return output;
}
