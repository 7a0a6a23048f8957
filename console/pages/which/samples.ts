/** Requests as they are sent from a shell, from TypeScript and from Python, with names and ids of the workspace. */

import type { Examples } from '../../api/examples.ts';

export const LANGUAGES = { curl: 'curl', typescript: 'TypeScript', python: 'Python' } as const;
export type SampleLanguage = keyof typeof LANGUAGES;

type Call = { method: 'GET' | 'POST'; path: string; body?: object };
type Known = { examples: Examples | null; key: string | null; origin: string };

export const APIS = {
  restCore: ({ object, ids }: Examples): Call => {
    const id = ids[object.namePlural];
    return { method: 'GET', path: `/rest/${object.namePlural}${id ? `/${id}` : '?limit=3'}` };
  },
  graphqlCore: ({ object, labelField }: Examples): Call => ({
    method: 'POST',
    path: '/graphql',
    body: { query: `{ ${object.namePlural}(first: 3) { totalCount edges { node { id ${labelField} } } } }` },
  }),
  restMetadata: ({ object }: Examples): Call => ({
    method: 'POST',
    path: '/rest/metadata/fields',
    body: { objectMetadataId: object.id, type: 'TEXT', name: 'nickname', label: 'Nickname' },
  }),
  graphqlMetadata: (): Call => ({
    method: 'POST',
    path: '/metadata',
    body: { query: '{ objects(paging: { first: 100 }) { edges { node { nameSingular fieldsList { name type } } } } }' },
  }),
} as const;
export type ApiName = keyof typeof APIS;

export function sample(api: ApiName, language: SampleLanguage, { examples, key, origin }: Known): string {
  if (!examples) return '';
  return WRITE[language](APIS[api](examples), origin, key);
}

const WRITE: Record<SampleLanguage, (call: Call, origin: string, key: string | null) => string> = {
  curl: ({ method, path, body }, origin, key) =>
    [
      `curl ${method === 'POST' && !body ? '-X POST ' : ''}'${origin}${path}' \\`,
      `  -H "Authorization: Bearer ${key ?? '$PLINTH_KEY'}"${body ? ' \\' : ''}`,
      ...(body ? ["  -H 'Content-Type: application/json' \\", `  -d '${JSON.stringify(body)}'`] : []),
    ].join('\n'),

  typescript: ({ method, path, body }, origin, key) =>
    [
      `const response = await fetch('${origin}${path}', {`,
      ...(method === 'POST' ? ["  method: 'POST',"] : []),
      '  headers: {',
      `    Authorization: ${key ? `'Bearer ${key}'` : '`Bearer ${process.env.PLINTH_KEY}`'},`,
      ...(body ? ["    'Content-Type': 'application/json',"] : []),
      '  },',
      ...(body ? [`  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}),`] : []),
      '});',
      'console.log(await response.json());',
    ].join('\n'),

  python: ({ method, path, body }, origin, key) =>
    [
      ...(key ? [] : ['import os']),
      'import requests',
      '',
      `response = requests.${method.toLowerCase()}(`,
      `    "${origin}${path}",`,
      `    headers={"Authorization": ${key ? `"Bearer ${key}"` : 'f"Bearer {os.environ[\'PLINTH_KEY\']}"'}},`,
      // Texts and objects of them are written alike in JSON and Python.
      ...(body ? [`    json=${JSON.stringify(body, null, 4).replaceAll('\n', '\n    ')},`] : []),
      ')',
      'print(response.json())',
    ].join('\n'),
};
