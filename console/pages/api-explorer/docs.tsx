/** A REST API as reference pages with a console to try it: the workspace's own OpenAPI document, shown by Scalar. */

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
      customCss: COLORS,
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
    const end = applyDomPatches(element, mendsOf({ search: t('common.search'), more: t('common.more') }));
    return () => {
      end();
      shown.destroy();
    };
  }, [document, apiKey, isDark, t]);
  return <div ref={place} className={styles.reference} />;
}

/** Ours, and such as can be read on their backgrounds. */
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

function mendsOf({ search, more }: { search: string; more: string }): DomPatch[] {
  const named = (name: string) => (element: HTMLElement) => element.setAttribute('aria-label', name);
  return [
    {
      of: 'button[aria-selected]:not([role])',
      mend(button) {
        button.toggleAttribute('aria-current', button.ariaSelected === 'true');
        button.removeAttribute('aria-selected');
      },
    },
    { of: 'aside[role]', mend: (aside) => aside.removeAttribute('role') },
    {
      of: 'button[role="search"]',
      mend(button) {
        button.removeAttribute('role');
        button.setAttribute('aria-label', search);
      },
    },
    { of: 'button.client-libraries__select:not([aria-label])', mend: named(more) },
    {
      of: 'a[target="_blank"]:not([aria-label]):not([title])',
      mend: (link) => link.setAttribute('aria-label', link.textContent?.trim() || (link as HTMLAnchorElement).href),
    },
    { of: 'ul.endpoints:not([tabindex])', mend: (list) => list.setAttribute('tabindex', '0') },
  ];
}

/** All but curl and Python's requests; TypeScript stands in the document. */
const HIDDEN = {
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
