/** How the console is built. `build.ts` calls it; there is no other way to a build. */

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    // Older ones would have `light-dark()` written out in a way that follows the system, and not the console's own switch.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The shell's files are named by its page; those of a page that is opened later are asked for all at once.
    modulePreload: { polyfill: false },
    // A data: URL would need a hole in the content security policy.
    assetsInlineLimit: 0,
    // Says what each page loads; a test adds it up.
    manifest: true,
    chunkSizeWarningLimit: 1_000,
  },
});
