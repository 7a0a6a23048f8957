/**
 * Loaded into each measured server (`--import`): tells its parent, when asked, what it has used so far, and for what.
 */

import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';

const session = new Session();
session.connect();

process.on('message', (message) => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() } satisfies Usage);
  }
  if (message === 'heap') {
    // Collects garbage twice: what the first round finds unreachable may hold on to more.
    globalThis.gc?.();
    globalThis.gc?.();
    process.send?.({ heapBytes: process.memoryUsage().heapUsed } satisfies Heap);
  }
  if (message === 'profile') {
    session
      .post('Profiler.enable')
      .then(() => session.post('Profiler.start'))
      .then(() => process.send?.({}));
  }
  if (message === 'profiled') session.post('Profiler.stop').then(({ profile }) => process.send?.(profile));
});

// A bench that is killed leaves no servers behind.
process.on('disconnect', () => process.exit());

export type Usage = { readonly cpuMs: number; readonly rssBytes: number };

/** What is left after a garbage collection. To ask costs processor time, so it is not part of `Usage`. */
export type Heap = { readonly heapBytes: number };

export type Profile = Profiler.Profile;
