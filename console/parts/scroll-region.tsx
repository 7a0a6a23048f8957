/** A region that scrolls its content. It is focusable, so that the keyboard can scroll it. */

import type { ReactNode } from 'react';

export function ScrollRegion({
  className,
  label,
  children,
}: {
  className: string;
  label: string;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard could not scroll it otherwise
    <section className={className} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
