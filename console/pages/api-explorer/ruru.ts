/** Ruru, ready for browsers as it comes, with its editors' workers and style sheet. */

declare global {
  /** Where `build.ts` puts it. */
  const __RURU__: string;
  var MonacoEnvironment: { getWorker(module: unknown, label: string): Worker };
}

type Root = { render(element: unknown): void; unmount(): void };
export type Ruru = {
  createRoot(element: Element): Root;
  React: { createElement(type: unknown, props: object): unknown };
  Ruru: unknown;
};

let loading: Promise<Ruru> | undefined;

export function loadRuru(): Promise<Ruru> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Ruru> {
  const worker = (file: string) => new Worker(`${__RURU__}${file}`, { type: 'module' });
  globalThis.MonacoEnvironment = {
    getWorker: (_, label) =>
      worker(label === 'json' ? 'jsonWorker.js' : label === 'graphql' ? 'graphqlWorker.js' : 'editorWorker.js'),
  };
  const [ruru] = await Promise.all([import(/* @vite-ignore */ `${__RURU__}ruru.js`), loadStyles()]);
  return ruru;
}

/** Before the console's own style sheet, which has the last word. */
function loadStyles(): Promise<void> {
  return new Promise((settle, fail) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = `${__RURU__}ruru.css`;
    link.addEventListener('load', () => settle());
    link.addEventListener('error', () => fail(new Error('a style sheet is missing')));
    document.head.prepend(link);
  });
}
