/** The README's first session, run as it is printed there, against a server started as it says. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

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

test('the first session goes as the README says', { timeout: 120_000 }, async () => {
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

    const page = await readFile(join(ROOT, 'README.md'), 'utf8');
    const hasPsql = (await run('command -v psql', scratch, environment)) !== '';
    const commands = commandsOf(page).filter(({ text }) => hasPsql || !text.startsWith('psql'));
    expect(commands.length).toBeGreaterThan(8);
    const script = commands
      .map(({ text }) => text.replace('KEY=plinth_…', `KEY=${key}`).replace('http://localhost:3000', url))
      .map((text) => text.replaceAll('scripts/plinth', join(ROOT, 'scripts/plinth')))
      .join('\necho ---\n');
    const outputs = (await run(script, scratch, environment)).split(/^---$/m);
    const transcript = (each: readonly string[]) =>
      commands.map(({ text }, i) => `$ ${text}\n${comparable(each[i] ?? '')}`).join('\n');
    expect(transcript(outputs)).toBe(transcript(commands.map(({ output }) => output)));
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
