/** The GraphQL playground: Ruru, a distribution of GraphiQL. */

import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchExamples } from '../../api/examples.ts';
import styles from './api-explorer.module.css';
import { type Api, ExplorerPage } from './explorer-page.tsx';
import { coreExample, METADATA_EXAMPLE } from './playground-examples.ts';
import { loadRuru, type Ruru } from './ruru.ts';

export const CorePlayground = () => <Playground api="core" />;
export const MetadataPlayground = () => <Playground api="metadata" />;

function Playground({ api }: { api: Api }) {
  const { t } = useTranslation();
  return (
    <ExplorerPage
      title={t('pages.playground')}
      about={t('explorer.playgroundAbout')}
      api={api}
      load={loadEditor}
      hasHeading={false}
    >
      {({ ruru, query }, apiKey) => <Editor api={api} apiKey={apiKey} ruru={ruru} query={query} />}
    </ExplorerPage>
  );
}

async function loadEditor(api: Api, apiKey: string): Promise<{ ruru: Ruru; query: string }> {
  const [ruru, examples] = await Promise.all([loadRuru(), api === 'core' ? fetchExamples(apiKey) : null]);
  return { ruru, query: api === 'core' ? coreExample(examples) : METADATA_EXAMPLE };
}

type EditorProps = { api: Api; apiKey: string; ruru: Ruru; query: string };

function Editor({ api, apiKey, ruru, query }: EditorProps) {
  const container = useRef<HTMLDivElement>(null);
  const theme = useComputedColorScheme('light');
  useEffect(() => {
    // Ruru has its own copy of React, so it needs its own root.
    const root = ruru.createRoot(container.current as HTMLDivElement);
    root.render(
      ruru.React.createElement(ruru.Ruru, {
        // With a custom fetcher, the key isn't in the headers editor, and introspection sends it too.
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
    // Deferred, because React can't unmount a root while it renders.
    return () => void setTimeout(() => root.unmount());
  }, [api, apiKey, ruru, query, theme]);
  return <div ref={container} key={theme} className={styles.playground} />;
}

/** A storage in memory: operations of one workspace must not appear in another. */
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
