/**
 * Loaded before the server by tests: a signal makes it throw where nothing catches. Production code has no such door.
 */

process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('planted exception');
  });
});
process.on('SIGPWR', () => {
  Promise.reject(new Error('planted rejection'));
});
