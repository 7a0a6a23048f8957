/** Where the time of a request went, in its `Server-Timing` header: which stages, and how long each took. */

import type { NextFunction, Request, Response } from 'express';

/** Ends a stage; the next begins. One that is entered again, for the model changed meanwhile, adds up. */
export type Lap = (stage: Stage) => void;

/** In the order of a request; docs/http.md says what each is. */
type Stage = 'access' | 'body' | 'schema-cache' | 'parse' | 'execute' | 'envelope';

/** Middleware, first of all where times are asked for. */
export function serverTiming(_request: Request, response: Response, next: NextFunction): void {
  const spent = new Map<Stage, number>();
  let last = performance.now();
  const lap: Lap = (stage) => {
    const now = performance.now();
    spent.set(stage, (spent.get(stage) ?? 0) + now - last);
    last = now;
  };
  response.locals.lap = lap;
  // The last moment for a header, on whichever way out.
  const writeHead = response.writeHead;
  response.writeHead = function writeTimedHead(this: Response, ...head: unknown[]) {
    lap('envelope');
    this.setHeader('Server-Timing', [...spent].map(([stage, ms]) => `${stage};dur=${ms.toFixed(3)}`).join(', '));
    return writeHead.apply(this, head as Parameters<typeof writeHead>);
  } as typeof writeHead;
  next();
}

/** Of a response whose times nobody asked for, one that does nothing. */
export function lapOf({ locals }: Response): Lap {
  return locals.lap ?? untimed;
}

function untimed(): void {}
