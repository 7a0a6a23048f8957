/** The way back from one to all of them. */

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
