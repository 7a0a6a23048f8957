/** What others' markup keeps from people who can't see it, mended as it appears. A mend goes when the library is right by itself. */

export type Mend = { readonly of: string; readonly mend: (element: HTMLElement) => void };

/** @returns to be called when `root` is no longer shown */
export function mended(root: HTMLElement, mends: readonly Mend[]): () => void {
  const all = () => {
    for (const { of, mend } of mends) for (const element of root.querySelectorAll<HTMLElement>(of)) mend(element);
  };
  // What a mend has mended its selector no longer finds, so that none calls for another.
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
