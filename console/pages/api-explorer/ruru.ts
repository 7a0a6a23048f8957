/** Loads the browser build of Ruru, with the workers and the style sheet of its editors. */

declare global {
  /** The path where `build.ts` puts it. */
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

/** Inserted before the console's style sheet, which overrides it. */
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
