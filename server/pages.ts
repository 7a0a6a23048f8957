/** The documentation and playground pages, served whole from here: nothing is loaded from another host. */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import helmet from 'helmet';

const FILES = fileURLToPath(new URL('pages/', import.meta.url));
const SCALAR = bundle('scalar', import.meta.resolve('@scalar/api-reference'), 'dist/browser');
const RURU = bundle('ruru', import.meta.resolve('ruru'), 'static');

const PAGES = [
  {
    paths: ['/docs', '/docs/metadata'],
    title: 'REST documentation',
    about: 'What the REST APIs can do, made from the data model of your workspace, to read and to try.',
  },
  {
    paths: ['/graphiql', '/graphiql/metadata'],
    title: 'GraphQL playground',
    about: 'Write and run queries against the GraphQL APIs, with their schemas at hand.',
  },
];

const SELF = ["'self'"];
const NONE = ["'none'"];

/** The pages ask for an API key and keep it in the tab; the server never sees it but as a header of API requests. */
export function pagesRouter(): express.Router {
  const router = express.Router();
  router.use(
    ['/docs', '/graphiql', '/assets'],
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: SELF,
          scriptSrc: SELF,
          // Both bundles write styles and load workers, fonts and pictures of their own.
          styleSrc: [...SELF, "'unsafe-inline'"],
          imgSrc: [...SELF, 'data:', 'blob:'],
          fontSrc: [...SELF, 'data:'],
          workerSrc: [...SELF, 'blob:'],
          connectSrc: SELF,
          frameAncestors: SELF,
          baseUri: NONE,
          // A form that is sent before the script has it in hand would put the key into an address.
          formAction: NONE,
          objectSrc: NONE,
        },
      },
      strictTransportSecurity: false, // as for all answers
    }),
  );
  const template = readFileSync(join(FILES, 'page.html'), 'utf8');
  for (const { paths, title, about } of PAGES) {
    const html = filled(template, { title, about, scalar: SCALAR.path, ruru: RURU.path });
    router.get(paths, (_request, response) => response.set('Cache-Control', 'no-cache').type('html').send(html));
  }
  // Their version is in the path: a new one is never mixed with the cached files of an old one.
  for (const { path, folder } of [SCALAR, RURU])
    router.use(path, express.static(folder, { index: false, immutable: true, maxAge: '1y' }));
  for (const file of ['page.js', 'docs.js', 'graphiql.js', 'page.css', 'icon.svg'])
    router.use(`/assets/${file}`, express.static(join(FILES, file), { index: false }));
  return router;
}

/** A folder of an npm package that runs in the browser, and where it is served. */
function bundle(name: string, entry: string, folder: string) {
  const root = join(dirname(fileURLToPath(entry)), '..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { path: `/assets/${name}/${version}/`, folder: join(root, folder) };
}

function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? '');
}
