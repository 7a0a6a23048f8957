/** Serves the console: its files for good, and its page for each of its paths. Nothing is loaded from another host. */

import { readdirSync } from 'node:fs';
import { extname, sep } from 'node:path';
import express, { type Request, type Response } from 'express';
import helmet from 'helmet';

/** The console has these, and all that follows them; every other path is the APIs'. */
const PATHS = [
  '/',
  '/sign-in',
  '/set-up',
  '/accept-invitation',
  '/settings{/*rest}',
  '/records{/*rest}',
  '/docs{/*rest}',
  '/playground{/*rest}',
  '/which-api',
];

const SELF = ["'self'"];
const NONE = ["'none'"];

const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: SELF,
      scriptSrc: SELF,
      // The components write style sheets of their own, and so do the documentation and the playground.
      styleSrc: [...SELF, "'unsafe-inline'"],
      imgSrc: [...SELF, 'data:', 'blob:'],
      fontSrc: [...SELF, 'data:'],
      workerSrc: [...SELF, 'blob:'],
      connectSrc: SELF,
      frameAncestors: NONE,
      baseUri: NONE,
      // A form that is sent before the script has it in hand would put a password into an address.
      formAction: NONE,
      objectSrc: NONE,
    },
  },
  // Behind a plain-http localhost, where a browser that remembered https would find nothing.
  strictTransportSecurity: false,
});

/** @param directory what `console/build.ts` made, or null where it could not */
export function consoleRouter(directory: string | null): express.Router {
  const router = express.Router();
  if (directory === null) {
    router.get(PATHS, (_request, response) => {
      response.status(503).type('text').send('The console could not be built; the log says why. The APIs are served.');
    });
    return router;
  }
  const entries = readdirSync(directory, { recursive: true }) as string[];
  const served = new Set(entries.map((file) => `/${file.split(sep).join('/')}`));

  // Where documentation and playground were before the console was there.
  for (const api of ['', '/metadata'])
    router.get(`/graphiql${api}`, (_request, response) => response.redirect(`/playground${api}`));
  // Names carry a hash or a version: what is there once never changes.
  router.get('/assets/*file', securityHeaders, (request, response, next) => {
    if (!served.has(request.path)) return next();
    send(request, response, request.path, 'public, max-age=31536000, immutable');
  });
  router.get(PATHS, securityHeaders, (request, response) => send(request, response, '/index.html', 'no-cache'));
  return router;

  /** A file in the smallest spelling that the browser reads. */
  function send(request: Request, response: Response, path: string, cacheControl: string): void {
    response.set({ 'Cache-Control': cacheControl, Vary: 'Accept-Encoding' }).type(extname(path));
    const coding = request.acceptsEncodings(['br', 'gzip']);
    const ending = coding === 'br' ? '.br' : coding === 'gzip' ? '.gz' : '';
    const isCompressed = ending !== '' && served.has(path + ending);
    if (isCompressed) response.set('Content-Encoding', coding as string);
    const file = isCompressed ? path + ending : path;
    response.sendFile(file.slice(1), { root: directory as string, cacheControl: false });
  }
}
