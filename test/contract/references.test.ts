/** Comments and docs refer to files, sections and headings that exist, and docs stay readable in a terminal. */

import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDERS = ['server', 'db', 'openapi', 'console', 'scripts', 'test', 'docs'];
const NOT_OURS = /(^|\/)(node_modules|dist|screenshots)\//;
/** These pages are cited by section: a reference without one is too vague to follow. */
const CITED_BY_SECTION = ['docs/contract/core.md', 'docs/contract/metadata.md', 'docs/contract/decisions.md'];
const COLUMNS = 120;

const PATH = String.raw`(?<![\w./-]|\]\()((?:[\w.-]+\/)*[\w-]+\.md)\b(?!\])`;
const SECTION = String.raw`\d[\d.]*(?: \(\d+\))?`;
const SECTIONS = String.raw`((?: sections?)? ${SECTION}(?:(?:, | and |–| – )${SECTION})*|, \d+\b)?`;
const NAMES = String.raw`(, [^.;)*|\n]+| \([^)\n]+\))?`;
const CITATION = new RegExp(PATH + SECTIONS + NAMES, 'g');

let texts: Map<string, string>;

beforeAll(async () => {
  const inFolders = FOLDERS.map(async (folder) =>
    (await readdir(join(ROOT, folder), { recursive: true })).map((entry) => join(folder, entry)),
  );
  const files = (await Promise.all(inFolders))
    .flat()
    .filter((file) => /\.(ts|tsx|md)$/.test(file) && !NOT_OURS.test(file) && !file.endsWith('references.test.ts'));
  files.push('README.md', 'CHANGELOG.md');
  const entries = files.map(async (file) => [file, await readFile(join(ROOT, file), 'utf8')] as const);
  texts = new Map(await Promise.all(entries));
});

function headings(page: string): string[] {
  const withoutCode = (texts.get(page) ?? '').replace(/^```.*?^```$/gms, '');
  return [...withoutCode.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => (heading as string).replaceAll('`', ''));
}

/** As GitHub makes an anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** `2.9`, and `2.9 (11)`, which is item 11 of the list in that section. */
function hasSection(page: string, section: string, item: string | undefined): boolean {
  const heading = headings(page).find((each) => each.split(/[ .]*(?: |$)/)[0] === section);
  if (heading === undefined) return false;
  if (item === undefined) return true;
  const [, after = ''] = (texts.get(page) as string).replaceAll('`', '').split(`# ${heading}\n`);
  return (after.split(/^#/m)[0] as string).includes(`\n${item}. `);
}

type Reference = { readonly text: string; readonly page: string | undefined; readonly problem: string | undefined };

/**
 * `core.md 2.8, 2.9 (11) and 3.3`, `decisions.md, aliases`, `decisions.md (all or nothing, upsert)`, `docs/roles.md`.
 */
function* references(file: string, source: string): Generator<Reference> {
  const wrapped = file.endsWith('.md') ? /\n[ \t]*(?=\S)/g : /\n[ \t]*(?:\*(?!\/)|\/\/)[ \t]*/g;
  const text = source.replace(wrapped, ' ').replaceAll('`', '');
  for (const [whole, path, sections, names] of text.matchAll(CITATION)) {
    const page = [dirname(file), '.', 'docs', 'docs/contract']
      .map((folder) => normalize(join(folder, path as string)))
      .find((each) => texts.has(each));
    const problem = page === undefined ? 'no such file' : problemOf(page, sections, names);
    yield { text: whole, page, problem };
  }
}

function problemOf(page: string, sections: string | undefined, names: string | undefined): string | undefined {
  if (sections !== undefined) {
    const missing = [...sections.matchAll(/(\d+(?:\.\d+)?)(?: \((\d+)\))?/g)].filter(
      ([, section, item]) => !hasSection(page, section as string, item),
    );
    return missing.length > 0 ? `no section ${missing.map(([section]) => section).join(', ')}` : undefined;
  }
  if (!CITED_BY_SECTION.includes(page)) return undefined;
  if (names === undefined) return 'no section is named';
  const known = headings(page).map((heading) => heading.toLowerCase());
  const unknown = names
    .replace(/^, | \(|\)$/g, '')
    .split(/, |; /)
    .filter((name) => !known.includes(name.trim().toLowerCase()));
  return unknown.length > 0 ? `no heading "${unknown.join('", "')}"` : undefined;
}

test('references in comments and docs lead to a section that exists', () => {
  const all = [...texts].flatMap(([file, source]) =>
    [...references(file, source)].map((reference) => ({ file, ...reference })),
  );
  expect(all.filter(({ page }) => page && CITED_BY_SECTION.includes(page)).length).toBeGreaterThan(200);
  const broken = all.filter(({ problem }) => problem !== undefined);
  expect(broken.map(({ file, text, problem }) => `${file}: ${text} → ${problem}`)).toEqual([]);
});

function isThere(path: string): Promise<boolean> {
  return access(join(ROOT, path)).then(
    () => true,
    () => false,
  );
}

test('links in docs lead to a file and a heading', async () => {
  const broken: string[] = [];
  for (const [file, source] of texts) {
    if (!file.endsWith('.md')) continue;
    for (const [link, path, anchor] of source.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)) {
      const page = path === '' ? file : normalize(join(dirname(file), path as string));
      const hasHeading = anchor === undefined || headings(page).map(anchorOf).includes(anchor);
      if (!hasHeading || !(await isThere(page))) broken.push(`${file}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
});

test('paths in docs lead to a file', async () => {
  const paths = [...texts]
    .filter(([file]) => file.endsWith('.md') && file !== 'CHANGELOG.md')
    .flatMap(([file, source]) =>
      [...source.matchAll(/\b(?:server|db|openapi|console|scripts|test)\/[\w/.-]*\w/g)].map(([path]) => ({
        file,
        path,
      })),
    )
    // Without an extension it is a folder, or a test that is named in short.
    .filter(({ path }) => /\.(ts|tsx|sql)$/.test(path));
  const missing = await Promise.all(
    paths.map(async ({ file, path }) => {
      return (await isThere(path)) ? [] : [`${file}: ${path}`];
    }),
  );
  expect(paths.length).toBeGreaterThan(50);
  expect(missing.flat()).toEqual([]);
});

test(`docs have at most ${COLUMNS} columns`, () => {
  const wide = [...texts]
    .filter(([file]) => file.endsWith('.md'))
    .flatMap(([file, source]) =>
      source.split('\n').flatMap((line, i) => ([...line].length > COLUMNS ? [`${file}:${i + 1}`] : [])),
    );
  expect(wide).toEqual([]);
});
