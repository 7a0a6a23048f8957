/** A GraphQL API to write and run operations against, in Ruru, a GraphiQL. */

import { useComputedColorScheme, VisuallyHidden } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchExamples } from '../../api/examples.ts';
import { ErrorPage } from '../../shell/error-page.tsx';
import { Loading } from '../../shell/loading.tsx';
import styles from './api-explorer.module.css';
import { ExplorerBar } from './explorer-bar.tsx';
import { KeyGate } from './key-gate.tsx';
import { coreExample, METADATA_EXAMPLE } from './playground-examples.ts';
import { loadRuru, type Ruru } from './ruru.ts';

export const CorePlayground = () => <Playground api="core" />;
export const MetadataPlayground = () => <Playground api="metadata" />;

function Playground({ api }: { api: 'core' | 'metadata' }) {
  const { t } = useTranslation();
  useDocumentTitle(`${t('pages.playground')} · Plinth`);
  return (
    <KeyGate title={t('pages.playground')} about={t('explorer.playgroundAbout')}>
      {(key) => (
        <>
          <VisuallyHidden component="h1">{t('pages.playground')}</VisuallyHidden>
          <ExplorerBar />
          <Loaded key={api} api={api} apiKey={key} />
        </>
      )}
    </KeyGate>
  );
}

function Loaded({ api, apiKey }: { api: 'core' | 'metadata'; apiKey: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['playground', api, apiKey],
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const [ruru, examples] = await Promise.all([loadRuru(), api === 'core' ? fetchExamples(apiKey) : null]);
      return { ruru, query: api === 'core' ? coreExample(examples) : METADATA_EXAMPLE };
    },
  });
  if (error) return <ErrorPage error={error} reset={refetch} />;
  return data ? <Editor api={api} apiKey={apiKey} ruru={data.ruru} query={data.query} /> : <Loading />;
}

type EditorProps = { api: 'core' | 'metadata'; apiKey: string; ruru: Ruru; query: string };

function Editor({ api, apiKey, ruru, query }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useComputedColorScheme('light');
  useEffect(() => {
    // Ruru brings a React of its own, so it is a root of its own.
    const root = ruru.createRoot(place.current as HTMLDivElement);
    root.render(
      ruru.React.createElement(ruru.Ruru, {
        // A fetcher of ours, so that the key stands in no editor, and the schema is asked for with it too.
        fetcher: async (operation: object, { headers = {} }: { headers?: Record<string, string> } = {}) => {
          const response = await fetch(api === 'core' ? '/graphql' : '/metadata', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}`, ...headers },
            body: JSON.stringify(operation),
          });
          return response.json();
        },
        storage: memory(),
        defaultQuery: query,
        forcedTheme: theme,
        showPersistHeadersSettings: false,
      }),
    );
    // Not while React renders: the other one would be stopped in the middle.
    return () => void setTimeout(() => root.unmount());
  }, [api, apiKey, ruru, query, theme]);
  return <div ref={place} key={theme} className={styles.playground} />;
}

/** Nothing of it is kept: what one workspace was asked is no affair of the next. */
function memory(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
    clear: () => items.clear(),
    key: (index) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  };
}
