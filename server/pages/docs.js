// The REST APIs: the workspace's own OpenAPI documents, shown by Scalar, which sends requests with the key.

export async function show({ content, api, key }) {
  const [document] = await Promise.all([openApi(api, key), loadScalar()]);
  content.replaceChildren();
  globalThis.Scalar.createApiReference(content, {
    content: document,
    authentication: { preferredSecurityScheme: 'bearerAuth', securitySchemes: { bearerAuth: { token: key } } },
    persistAuth: false,
    // The first tag is about the document itself; people come for their objects.
    defaultOpenFirstTag: false,
    customCss: '.light-mode { --scalar-color-accent: #3451b2 } .dark-mode { --scalar-color-accent: #93a8f0 }',
    withDefaultFonts: false,
    telemetry: false,
    showDeveloperTools: 'never',
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
  });
}

async function openApi(api, key) {
  const response = await fetch(`/rest/open-api/${api}`, { headers: { Authorization: `Bearer ${key}` } });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const document = await response.json();
  // Requests go to where this page came from, whatever PUBLIC_URL says.
  const servers = document.servers.map((server) => ({
    ...server,
    url: new URL(new URL(server.url).pathname, location.origin).href.replace(/\/$/, ''),
  }));
  return { ...document, servers };
}

/** A classic script, which can't be imported. */
function loadScalar() {
  return new Promise((settle, fail) => {
    const script = document.createElement('script');
    script.src = `${document.body.dataset.scalar}standalone.js`;
    script.addEventListener('load', settle);
    script.addEventListener('error', () => fail(new Error('a script is missing')));
    document.head.append(script);
  });
}
