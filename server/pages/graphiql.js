import { withKey } from './key.js';

const worker = (file) => new Worker(`/assets/ruru/${file}`, { type: 'module' });
globalThis.MonacoEnvironment = {
  getWorker: (_, label) =>
    worker(label === 'json' ? 'jsonWorker.js' : label === 'graphql' ? 'graphqlWorker.js' : 'editorWorker.js'),
};

withKey(async (key) => {
  const api = location.hash === '#metadata' ? 'metadata' : 'core';
  document.querySelector(`[data-api="${api}"]`).setAttribute('aria-current', 'page');
  addEventListener('hashchange', () => location.reload());
  const { createRoot, React, Ruru } = await import('/assets/ruru/ruru.js');
  const endpoint = api === 'core' ? '/graphql' : '/metadata';
  const initialQuery =
    api === 'core'
      ? '{\n  companies(first: 5) {\n    totalCount\n    edges {\n      node {\n        name\n      }\n    }\n  }\n}\n'
      : '{\n  objects(paging: { first: 20 }) {\n    edges {\n      node {\n        nameSingular\n        fieldsList {\n          name\n          type\n        }\n      }\n    }\n  }\n}\n';
  createRoot(document.querySelector('#ruru-root')).render(
    React.createElement(Ruru, {
      endpoint,
      staticPath: '/assets/ruru/',
      initialHeaders: JSON.stringify({ Authorization: `Bearer ${key}` }, null, 2),
      initialQuery,
      defaultQuery: initialQuery,
    }),
  );
});
