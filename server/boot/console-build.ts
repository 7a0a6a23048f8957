/** The console, built once for each state of its sources, so that `npm ci && npm start` needs no third command. */

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILDS = join(ROOT, '.cache', 'console');

/**
 * Built at the first start and not by the install: it then holds for whoever changes a file, pulls, or installs without
 * scripts. A build takes seconds and some 300 MB in a process of its own, while the database starts; the next start
 * finds it.
 * @returns the directory that is to be served
 */
export async function builtConsole(): Promise<string> {
  const directory = join(BUILDS, await sourceHash());
  if (existsSync(directory)) return directory;
  await mkdir(BUILDS, { recursive: true });
  // Whole or not at all, whoever builds beside us.
  const unfinished = join(BUILDS, `unfinished-${randomBytes(6).toString('hex')}`);
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'console', 'build.ts'), unfinished], {
      cwd: ROOT,
      env: { ...process.env, NODE_ENV: 'production' },
    });
    await rename(unfinished, directory).catch((error) => {
      if (!existsSync(directory)) throw error;
    });
    await forgetOldBuilds();
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

// A server that was started from an older build goes on serving it; there are few of those.
const MAX_BUILDS = 5;

async function forgetOldBuilds(): Promise<void> {
  const names = (await readdir(BUILDS)).filter((name) => !name.startsWith('unfinished-'));
  const builds = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(BUILDS, name))).mtimeMs })));
  const old = builds.sort((one, other) => other.at - one.at).slice(MAX_BUILDS);
  for (const { name } of old) await rm(join(BUILDS, name), { recursive: true, force: true });
}

/** Of all that a build depends on: the console's files, and the versions of what they import. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(ROOT, 'package-lock.json')));
  const entries = await readdir(join(ROOT, 'console'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const file of files.sort()) hash.update(`${file.slice(ROOT.length)}\n`).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

// For an image of a container, which is to begin with a build.
if (import.meta.main) await builtConsole();
