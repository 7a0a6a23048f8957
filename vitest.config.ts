import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    // Files run side by side, each with its own workspaces; two are enough for two cores.
    maxWorkers: 2,
    // Files share two cores and one PostgreSQL, and some tests wait for workers, deliveries and time-outs. What fails
    // twice in a row is wrong.
    retry: 1,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
