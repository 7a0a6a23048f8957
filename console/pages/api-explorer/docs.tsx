/** REST API reference: Scalar shows the OpenAPI document of the workspace and sends requests. */

import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './api-explorer.module.css';
import { applyDomPatches, type DomPatch } from './dom-patches.ts';
import { type Api, ExplorerPage } from './explorer-page.tsx';
import { fetchDocument } from './openapi-document.ts';
import type { OpenApiDocument } from './openapi-types.ts';
import { loadScalar } from './scalar.ts';

export const CoreDocs = () => <Docs api="core" />;
export const MetadataDocs = () => <Docs api="metadata" />;

function Docs({ api }: { api: Api }) {
  const { t } = useTranslation();
  return (
    <ExplorerPage title={t('pages.docs')} about={t('explorer.docsAbout')} api={api} load={loadReference} hasHeading>
      {(document, apiKey) => <Reference document={document} apiKey={apiKey} />}
    </ExplorerPage>
  );
}

async function loadReference(api: Api, apiKey: string): Promise<OpenApiDocument> {
  const [document] = await Promise.all([fetchDocument(api, apiKey), loadScalar()]);
  return document;
}

function Reference({ document, apiKey }: { document: OpenApiDocument; apiKey: string }) {
  const { t } = useTranslation();
  const container = useRef<HTMLDivElement>(null);
  const isDark = useComputedColorScheme('light') === 'dark';
  useEffect(() => {
    const element = globalThis.document.createElement('div');
    container.current?.replaceChildren(element);
    const reference = globalThis.Scalar.createApiReference(element, {
      content: document,
      authentication: { preferredSecurityScheme: 'bearerAuth', securitySchemes: { bearerAuth: { token: apiKey } } },
      persistAuth: false,
      // The first tag is about the document itself. People come for their objects.
      defaultOpenFirstTag: false,
      customCss: COLORS,
      withDefaultFonts: false,
      forceDarkModeState: isDark ? 'dark' : 'light',
      hideDarkModeToggle: true,
      // Samples are in curl, TypeScript and Python only.
      hiddenClients: HIDDEN_CLIENTS,
      defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
      telemetry: false,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
    });
    const stopPatching = applyDomPatches(element, patchesFor({ search: t('common.search'), more: t('common.more') }));
    return () => {
      stopPatching();
      reference.destroy();
    };
  }, [document, apiKey, isDark, t]);
  return <div ref={container} className={styles.reference} />;
}

/** Colors of the console, with enough contrast on Scalar's backgrounds. */
const COLORS = `
  .light-mode {
    --scalar-color-accent: #344ba5;
    --scalar-color-2: #5a626c;
    --scalar-color-3: #666e78;
    --scalar-color-blue: #0068a9;
    --scalar-color-green: #00703f;
    --scalar-color-red: #c00000;
    --scalar-color-yellow: #7d5a00;
    --scalar-color-orange: #a84300;
    --scalar-sidebar-search-color: #666e78;
  }
  .dark-mode {
    --scalar-color-accent: #b5c1ec;
    --scalar-color-3: #a0a6ae;
    --scalar-color-red: #ff8a8a;
  }
`;

function patchesFor({ search, more }: { search: string; more: string }): DomPatch[] {
  const named = (name: string) => (element: HTMLElement) => element.setAttribute('aria-label', name);
  return [
    {
      selector: 'button[aria-selected]:not([role])',
      apply(button) {
        button.toggleAttribute('aria-current', button.ariaSelected === 'true');
        button.removeAttribute('aria-selected');
      },
    },
    { selector: 'aside[role]', apply: (aside) => aside.removeAttribute('role') },
    {
      selector: 'button[role="search"]',
      apply(button) {
        button.removeAttribute('role');
        button.setAttribute('aria-label', search);
      },
    },
    { selector: 'button.client-libraries__select:not([aria-label])', apply: named(more) },
    {
      selector: 'a[target="_blank"]:not([aria-label]):not([title])',
      apply: (link) => link.setAttribute('aria-label', link.textContent?.trim() || (link as HTMLAnchorElement).href),
    },
    { selector: 'ul.endpoints:not([tabindex])', apply: (list) => list.setAttribute('tabindex', '0') },
  ];
}

/** All clients except curl and Python's requests. The document contains the TypeScript samples. */
const HIDDEN_CLIENTS = {
  c: true,
  clojure: true,
  csharp: true,
  dart: true,
  fsharp: true,
  go: true,
  http: true,
  java: true,
  js: true,
  kotlin: true,
  node: true,
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
