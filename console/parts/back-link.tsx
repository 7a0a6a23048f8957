/** A link from a detail page back to its list. */

import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { IconBack } from './icons.ts';

export function BackLink({ to, label }: { to: string; label: string }) {
  return (
    <Anchor component={Link} to={to} className="back-link">
      <IconBack size={16} aria-hidden />
      {label}
    </Anchor>
  );
}
