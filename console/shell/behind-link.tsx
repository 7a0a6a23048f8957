/** A page that a one-time link opens: what the link says it is for, or why it opens nothing. */

import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Link, linkQuery } from '../api/session.ts';
import { Refusal } from '../parts/refusal.tsx';
import { Entrance } from './entrance.tsx';
import { useTokenOfLink } from './token-of-link.ts';
import { Waiting } from './waiting.tsx';

type BehindLinkProps = { title: string; noLink: string; children: (token: string, link: Link) => ReactNode };

export function BehindLink({ title, noLink, children }: BehindLinkProps) {
  const token = useTokenOfLink();
  const { data, error } = useQuery({ ...linkQuery(token ?? ''), enabled: token !== null });
  if (token && data) return children(token, data);
  return (
    <Entrance title={title}>
      {token === null && <Text fz={14}>{noLink}</Text>}
      {token !== null && (error ? <Refusal error={error} /> : <Waiting />)}
    </Entrance>
  );
}
