/** The documentation and playground pages, served whole from here: nothing is loaded from another host. */

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import helmet from 'helmet';

const PAGES = fileURLToPath(new URL('pages/', import.meta.url));
const SCALAR = join(dirname(fileURLToPath(import.meta.resolve('@scalar/api-reference'))), 'browser');
const RURU = join(dirname(fileURLToPath(import.meta.resolve('ruru/static'))), '..', 'static');

const SELF = ["'self'"];

/** Both pages ask for an API key and keep it in the tab; the server never sees it but as a header of API requests. */
export function pagesRouter(): express.Router {
  const router = express.Router();
  router.use(
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
          baseUri: SELF,
          formAction: SELF,
          objectSrc: ["'none'"],
        },
      },
      // Behind a plain-http localhost, where a browser that remembered https would find nothing.
      strictTransportSecurity: false,
    }),
  );
  router.get('/', (_request, response) => response.redirect('/docs'));
  router.get('/docs', (_request, response) => response.sendFile(join(PAGES, 'docs.html')));
  router.get('/graphiql', (_request, response) => response.sendFile(join(PAGES, 'graphiql.html')));
  const cached = { index: false, maxAge: '1h' } as const;
  router.use('/assets/scalar', express.static(SCALAR, cached));
  router.use('/assets/ruru', express.static(RURU, cached));
  router.use('/assets', express.static(PAGES, { index: false }));
  return router;
}
