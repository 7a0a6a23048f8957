/** A page for a one-time link: its content if the link is valid, an error otherwise. */

import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Link, linkQuery } from '../api/session.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { AuthLayout } from './auth-layout.tsx';
import { useLinkToken } from './link-token.ts';
import { Loading } from './loading.tsx';

type OneTimeLinkPageProps = { title: string; noLink: string; children: (token: string, link: Link) => ReactNode };

export function OneTimeLinkPage({ title, noLink, children }: OneTimeLinkPageProps) {
  const token = useLinkToken();
  const { data, error } = useQuery({ ...linkQuery(token ?? ''), enabled: token !== null });
  if (token && data) return children(token, data);
  return (
    <AuthLayout title={title}>
      {token === null && <Text fz={14}>{noLink}</Text>}
      {token !== null && (error ? <ErrorAlert error={error} /> : <Loading />)}
    </AuthLayout>
  );
}
