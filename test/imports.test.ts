/** Imports go down this ladder, types included; what stands on one line does not import each other. */

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const LADDER = [
  ['server/main.ts', 'server/cli/'],
  ['server/boot/'],
  ['server/http/'],
  ['server/rest/'],
  ['server/metadata/'],
  ['server/events/'],
  ['server/records/', 'server/changes/'],
  ['server/roles/'],
  ['server/store/'],
  ['server/access/', 'server/graphql/'],
  ['server/catalog/', 'server/ddl/', 'openapi/'],
  ['server/model/', 'db/'],
  ['server/limits/'],
  ['server/errors.ts', 'server/settings.ts', 'server/server-timing.ts', 'server/graphile-env.ts', 'server/given.ts'],
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

/** What each file imports of ours, types included. */
async function importGraph(): Promise<Map<string, string[]>> {
  const files = (await Promise.all(['server', 'db', 'openapi'].map(sources))).flat();
  const imports = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(ROOT, file), 'utf8');
      const paths = [...text.matchAll(/(?:from|import) '(\.[^']+)'/g)].map(([, path]) => path as string);
      return [file, paths.map((path) => relative(ROOT, resolve(ROOT, dirname(file), path)))] as const;
    }),
  );
  return new Map(imports);
}

test('imports go down', async () => {
  const graph = await importGraph();
  expect(graph.size).toBeGreaterThan(50);
  const upward: string[] = [];
  for (const [file, targets] of graph) {
    const from = room(file);
    for (const target of targets) {
      const to = room(target);
      if (to.name !== from.name && to.level <= from.level) upward.push(`${file} → ${target}`);
    }
  }
  expect(upward).toEqual([]);
});

test('docs/architecture.md shows the same ladder', async () => {
  const ladder = LADDER.map((line) => `    ${line.join('  ')}\n`).join('');
  expect(await readFile(join(ROOT, 'docs/architecture.md'), 'utf8')).toContain(`\n\n${ladder}\n`);
});

test('no files import each other in a circle, inside a folder either', async () => {
  expect(circlesOf(await importGraph())).toEqual([]);
});

/** Groups of files each of which reaches the others (strongly connected components, by Tarjan's algorithm). */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  function visit(file: string): void {
    const own = index.size;
    index.set(file, own);
    low.set(file, own);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file) ?? own, low.get(target) ?? own));
    }
    if (low.get(file) !== own) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  }
  for (const file of [...graph.keys()].sort()) if (!index.has(file)) visit(file);
  return circles.sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1));
}
