/** Builds the console into a directory: the output of Vite, two bundles, and a compressed copy of each file. */

import { readFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

/** Packages with a browser build, which are copied. They are too large to bundle at each build. */
const BUNDLES = {
  scalar: { entry: '@scalar/api-reference', folder: 'dist/browser' },
  ruru: { entry: 'ruru', folder: 'static' },
};

const COMPRESSED = /\.(js|css|html|svg|ttf)$/;
// Smaller files fit into one network packet anyway.
const MIN_BYTES = 1_000;
// Quality 7 takes a fifth of the time of 11, for 4 % more bytes.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 7 } };
const GZIP = { level: 9 };

async function buildConsole(outDir: string): Promise<void> {
  const bundles = Object.entries(BUNDLES).map(([name, { entry, folder }]) => bundle(name, entry, folder));
  await build({
    root: import.meta.dirname,
    configFile: join(import.meta.dirname, 'vite.config.ts'),
    logLevel: 'warn',
    define: Object.fromEntries(bundles.map(({ name, path }) => [`__${name.toUpperCase()}__`, JSON.stringify(path)])),
    build: { outDir, emptyOutDir: true },
  });
  for (const { path, folder } of bundles) {
    const target = join(outDir, path);
    await mkdir(target, { recursive: true });
    await cp(folder, target, { recursive: true, filter: (file) => !/\.(map|json|txt)$/.test(file) });
  }
  const files = (await readdir(outDir, { recursive: true })).filter((file) => COMPRESSED.test(file));
  await Promise.all(files.map((file) => compress(join(outDir, file))));
}

/** A folder of an npm package, and the path where it is served. The version in the path separates releases. */
function bundle(name: string, entry: string, folder: string) {
  let root = dirname(fileURLToPath(import.meta.resolve(entry)));
  while (!root.endsWith(join('node_modules', entry))) root = dirname(root);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { name, path: `/assets/${name}-${version}/`, folder: join(root, folder) };
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  if (content.length < MIN_BYTES) return;
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, BROTLI));
  await writeFile(`${file}.gz`, await promisify(gzip)(content, GZIP));
}

await buildConsole(process.argv[2] as string);
