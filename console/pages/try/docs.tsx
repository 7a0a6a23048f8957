/** A REST API as reference pages with a console to try it: the workspace's own OpenAPI document, shown by Scalar. */

import { useComputedColorScheme } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '../../shell/failure.tsx';
import { Waiting } from '../../shell/waiting.tsx';
import { KeyGate } from './key-gate.tsx';
import { fetchDocument, type OpenApiDocument } from './openapi-document.ts';
import { loadScalar } from './scalar.ts';
import styles from './try.module.css';
import { TryBar } from './try-bar.tsx';

export const CoreDocs = () => <Docs api="core" />;
export const MetadataDocs = () => <Docs api="metadata" />;

function Docs({ api }: { api: 'core' | 'metadata' }) {
  const { t } = useTranslation();
  useDocumentTitle(`${t('pages.docs')} · Plinth`);
  return (
    <KeyGate title={t('pages.docs')} about={t('try.docsAbout')}>
      {(key) => (
        <>
          <TryBar />
          <Loaded key={api} api={api} apiKey={key} />
        </>
      )}
    </KeyGate>
  );
}

function Loaded({ api, apiKey }: { api: 'core' | 'metadata'; apiKey: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['openapi', api, apiKey],
    // The model may have changed a moment ago.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => (await Promise.all([fetchDocument(api, apiKey), loadScalar()]))[0],
  });
  if (error) return <Failure error={error} reset={refetch} />;
  return data ? <Reference document={data} apiKey={apiKey} /> : <Waiting />;
}

function Reference({ document, apiKey }: { document: OpenApiDocument; apiKey: string }) {
  const place = useRef<HTMLDivElement>(null);
  const isDark = useComputedColorScheme('light') === 'dark';
  useEffect(() => {
    const element = globalThis.document.createElement('div');
    place.current?.replaceChildren(element);
    const shown = globalThis.Scalar.createApiReference(element, {
      content: document,
      authentication: { preferredSecurityScheme: 'bearerAuth', securitySchemes: { bearerAuth: { token: apiKey } } },
      persistAuth: false,
      // The first tag is about the document itself; people come for their objects.
      defaultOpenFirstTag: false,
      customCss: '.light-mode { --scalar-color-accent: #344ba5 } .dark-mode { --scalar-color-accent: #b5c1ec }',
      withDefaultFonts: false,
      forceDarkModeState: isDark ? 'dark' : 'light',
      hideDarkModeToggle: true,
      // The three that we give samples in.
      hiddenClients: HIDDEN,
      defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
      telemetry: false,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
    });
    return () => shown.destroy();
  }, [document, apiKey, isDark]);
  return <div ref={place} className={styles.reference} />;
}

/** All but curl, JavaScript's fetch and Python's requests. */
const HIDDEN = {
  c: true,
  clojure: true,
  csharp: true,
  dart: true,
  fsharp: true,
  go: true,
  http: true,
  java: true,
  js: ['axios', 'jquery', 'ofetch', 'xhr'],
  kotlin: true,
  node: ['axios', 'ofetch', 'undici', 'fetch'],
  objc: true,
  ocaml: true,
  php: true,
  powershell: true,
  python: ['python3', 'httpx_sync', 'httpx_async', 'aiohttp'],
  r: true,
  ruby: true,
  rust: true,
  shell: ['wget', 'httpie'],
  swift: true,
};
