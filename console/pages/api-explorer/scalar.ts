/** Loads the browser build of Scalar: a classic script, which can't be imported. */

declare global {
  /** The path where `build.ts` puts it. */
  const __SCALAR__: string;
  var Scalar: { createApiReference(element: Element, configuration: object): { destroy(): void } };
}

let loading: Promise<void> | undefined;

export function loadScalar(): Promise<void> {
  loading ??= new Promise<void>((settle, fail) => {
    const script = document.createElement('script');
    script.src = `${__SCALAR__}standalone.js`;
    script.addEventListener('load', () => settle());
    script.addEventListener('error', () => fail(new Error('a script is missing')));
    document.head.append(script);
  }).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
