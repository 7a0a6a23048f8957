// The GraphQL APIs in Ruru, a GraphiQL.

import { post } from './page.js';

const ENDPOINTS = { core: '/graphql', metadata: '/metadata' };
const RURU = document.body.dataset.ruru;

const worker = (file) => new Worker(`${RURU}${file}`, { type: 'module' });
globalThis.MonacoEnvironment = {
  getWorker: (_, label) =>
    worker(label === 'json' ? 'jsonWorker.js' : label === 'graphql' ? 'graphqlWorker.js' : 'editorWorker.js'),
};

export async function show({ content, api, key }) {
  const [{ createRoot, React, Ruru }, defaultQuery] = await Promise.all([
    import(`${RURU}ruru.js`),
    api === 'core' ? coreQuery(key) : METADATA_QUERY,
    loadStyles(),
  ]);
  createRoot(content).render(
    React.createElement(Ruru, {
      // A fetcher of ours, so that the key stands in no editor, and the schema is asked for with it too.
      fetcher: (operation, { headers } = {}) => post(ENDPOINTS[api], key, operation, headers),
      storage: storageOf(api),
      defaultQuery,
      showPersistHeadersSettings: false,
    }),
  );
}

const METADATA_QUERY = `query Objects {
  objects(paging: { first: 20 }) {
    edges {
      node {
        nameSingular
        labelPlural
        isCustom
        fieldsList {
          name
          type
        }
      }
    }
  }
}
`;

/** Something that runs in this workspace, whatever its model is. */
async function coreQuery(key) {
  const { data } = await post('/metadata', key, {
    query: '{ objects(paging: { first: 200 }) { edges { node { namePlural isActive } } } }',
  });
  const names = (data?.objects.edges ?? []).filter(({ node }) => node.isActive).map(({ node }) => node.namePlural);
  if (names.length === 0) return '{\n  __typename\n}\n';
  const [name, field] = names.includes('companies') ? ['companies', 'name'] : [names[0], 'id'];
  const title = name[0].toUpperCase() + name.slice(1);
  return `query ${title} {
  ${name}(first: 5) {
    totalCount
    edges {
      node {
        ${field}
      }
    }
  }
}
`;
}

/** Each API keeps its own tabs and history; Ruru would mix them. */
function storageOf(api) {
  const prefix = `plinth:${api}:`;
  const names = () => Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  return {
    getItem: (name) => localStorage.getItem(prefix + name),
    setItem: (name, value) => localStorage.setItem(prefix + name, value),
    removeItem: (name) => localStorage.removeItem(prefix + name),
    clear: () => {
      for (const name of names()) localStorage.removeItem(name);
    },
    get length() {
      return names().length;
    },
  };
}

/** Before the page's own style sheet, which has the last word. */
function loadStyles() {
  return new Promise((settle, fail) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = `${RURU}ruru.css`;
    link.addEventListener('load', settle);
    link.addEventListener('error', () => fail(new Error('a style sheet is missing')));
    document.head.prepend(link);
  });
}
