/** What others' markup keeps from people who can't see it, applyDomPatches as it appears. A mend goes when the library is right by itself. */

export type DomPatch = { readonly of: string; readonly mend: (element: HTMLElement) => void };

/** @returns to be called when `root` is no longer shown */
export function applyDomPatches(root: HTMLElement, mends: readonly DomPatch[]): () => void {
  const all = () => {
    for (const { of, mend } of mends) for (const element of root.querySelectorAll<HTMLElement>(of)) mend(element);
  };
  // What a mend has applyDomPatches its selector no longer finds, so that none calls for another.
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
