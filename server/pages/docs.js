import { withKey } from './key.js';

withKey(async (key, core) => {
  const api = location.hash === '#metadata' ? 'metadata' : 'core';
  document.querySelector(`[data-api="${api}"]`).setAttribute('aria-current', 'page');
  addEventListener('hashchange', () => location.reload());
  const content =
    api === 'core'
      ? core
      : await (await fetch('/rest/open-api/metadata', { headers: { Authorization: `Bearer ${key}` } })).json();
  // Requests go to where this page came from, whatever PUBLIC_URL says.
  const servers = content.servers.map((server) => ({
    ...server,
    url: new URL(new URL(server.url).pathname, location.origin).href.replace(/\/$/, ''),
  }));
  globalThis.Scalar.createApiReference('#reference', {
    content: { ...content, servers },
    authentication: { preferredSecurityScheme: 'bearerAuth', securitySchemes: { bearerAuth: { token: key } } },
    withDefaultFonts: false,
    telemetry: false,
    showDeveloperTools: 'never',
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
  });
});
