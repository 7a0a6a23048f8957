/** A page that needs an API key: asks for the key, loads what the page needs, then shows it below the bar. */

import { VisuallyHidden } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorPage } from '../../shell/error-page.tsx';
import { Loading } from '../../shell/loading.tsx';
import { ExplorerBar } from './explorer-bar.tsx';
import { KeyGate } from './key-gate.tsx';

export type Api = 'core' | 'metadata';

type ExplorerPageProps<Data> = {
  title: string;
  about: string;
  api: Api;
  load: (api: Api, apiKey: string) => Promise<Data>;
  /** Whether the loaded content has a level 1 heading. */
  hasHeading: boolean;
  children: (data: Data, apiKey: string) => ReactNode;
};

export function ExplorerPage<Data>({ title, about, hasHeading, ...content }: ExplorerPageProps<Data>) {
  useDocumentTitle(`${title} · Plinth`);
  return (
    <KeyGate title={title} about={about}>
      {(apiKey) => (
        <>
          {!hasHeading && <VisuallyHidden component="h1">{title}</VisuallyHidden>}
          <ExplorerBar />
          <Content key={content.api} apiKey={apiKey} title={title} {...content} />
        </>
      )}
    </KeyGate>
  );
}

type ContentProps<Data> = Pick<ExplorerPageProps<Data>, 'title' | 'api' | 'load' | 'children'> & { apiKey: string };

function Content<Data>({ title, api, apiKey, load, children }: ContentProps<Data>) {
  const { data, error, refetch } = useQuery({
    queryKey: ['explorer', title, api, apiKey],
    // The model may have changed since the last visit.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => load(api, apiKey),
  });
  if (error) return <ErrorPage error={error} reset={refetch} />;
  return data === undefined ? <Loading /> : children(data, apiKey);
}
