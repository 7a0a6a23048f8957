/** Loaded into each measured server (`--import`): tells its parent, when asked, what it has used so far. */

process.on('message', (message) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000, heapBytes: heapInUse(), rssBytes: process.memoryUsage.rss() });
});

// A bench that is killed leaves no servers behind.
process.on('disconnect', () => process.exit());

/** Without what is garbage, where the server was started with `--expose-gc`. */
function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

export type Usage = { readonly cpuMs: number; readonly heapBytes: number; readonly rssBytes: number };
