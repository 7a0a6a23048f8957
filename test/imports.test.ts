/** Imports go down this ladder, types included; what stands on one line does not import each other. */

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const LADDER = [
  ['server/main.ts', 'server/cli/'],
  ['server/boot/'],
  ['server/http/'],
  ['server/rest/'],
  ['server/events/'],
  ['server/records/', 'server/metadata/'],
  ['server/access/', 'server/graphql/'],
  ['server/catalog/', 'server/ddl/', 'openapi/'],
  ['server/model/', 'db/'],
  ['server/limits/'],
  ['server/errors.ts', 'server/settings.ts', 'server/server-timing.ts', 'server/graphile-env.ts'],
];

const ROOT = resolve(import.meta.dirname, '..');

async function sources(directory: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, directory), { recursive: true });
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => join(directory, entry));
}

/** The room that a file is in, and how far down the ladder. */
function room(file: string): { level: number; name: string } {
  for (const [level, names] of LADDER.entries()) {
    const name = names.find((each) => (each.endsWith('/') ? file.startsWith(each) : file === each));
    if (name) return { level, name };
  }
  throw new Error(`${file} is on no line of the ladder`);
}

test('imports go down', async () => {
  const files = (await Promise.all(['server', 'db', 'openapi'].map(sources))).flat();
  expect(files.length).toBeGreaterThan(50);
  const upward: string[] = [];
  for (const file of files) {
    const from = room(file);
    const text = await readFile(join(ROOT, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from|import) '(\.[^']+)'/g)) {
      const target = relative(ROOT, resolve(ROOT, dirname(file), path as string));
      const to = room(target);
      if (to.name !== from.name && to.level <= from.level) upward.push(`${file} → ${target}`);
    }
  }
  expect(upward).toEqual([]);
});
