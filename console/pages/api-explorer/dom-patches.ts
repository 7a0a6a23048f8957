/** Accessibility fixes for the markup of libraries, applied as it appears. Remove a patch when its library is fixed. */

export type DomPatch = { readonly selector: string; readonly apply: (element: HTMLElement) => void };

/** @returns a function that stops patching */
export function applyDomPatches(root: HTMLElement, patches: readonly DomPatch[]): () => void {
  const all = () => {
    for (const { selector, apply } of patches)
      for (const element of root.querySelectorAll<HTMLElement>(selector)) apply(element);
  };
  // A patched element no longer matches its selector, so a patch never triggers another one.
  const observer = new MutationObserver(all);
  observer.observe(root, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['role', 'aria-selected'],
  });
  all();
  return () => observer.disconnect();
}
