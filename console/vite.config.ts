/** The Vite configuration, used by `build.ts`. */

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    // For older targets, `light-dark()` would be compiled to follow the system instead of the theme switch.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // index.html lists the files of the shell. The files of a lazy page are requested all at once.
    modulePreload: { polyfill: false },
    // The content security policy doesn't allow data: URLs.
    assetsInlineLimit: 0,
    // Lists what each page loads. A test adds it up.
    manifest: true,
    chunkSizeWarningLimit: 1_000,
  },
});
