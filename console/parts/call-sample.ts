/** Code samples of API requests, in curl, TypeScript and Python. */

export const LANGUAGES = { curl: 'curl', typescript: 'TypeScript', python: 'Python' } as const;
export type SampleLanguage = keyof typeof LANGUAGES;

export type Call = { method: string; path: string; body?: unknown };

/** @param key null to read the key from the environment variable PLINTH_KEY */
export function codeSample(
  language: SampleLanguage,
  call: Call,
  { origin, key }: { origin: string; key: string | null },
) {
  return WRITE[language](call, origin, key);
}

const WRITE: Record<SampleLanguage, (call: Call, origin: string, key: string | null) => string> = {
  curl: ({ method, path, body }, origin, key) =>
    [
      `curl ${method === (body ? 'POST' : 'GET') ? '' : `-X ${method} `}'${origin}${path}' \\`,
      `  -H "Authorization: Bearer ${key ?? '$PLINTH_KEY'}"${body ? ' \\' : ''}`,
      ...(body ? ["  -H 'Content-Type: application/json' \\", `  -d '${JSON.stringify(body)}'`] : []),
    ].join('\n'),

  typescript: ({ method, path, body }, origin, key) =>
    [
      `const response = await fetch('${origin}${path}', {`,
      ...(method === 'GET' ? [] : [`  method: '${method}',`]),
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
      // JSON of strings, numbers and objects is also valid Python.
      ...(body ? [`    json=${JSON.stringify(body, null, 4).replaceAll('\n', '\n    ')},`] : []),
      ')',
      'print(response.json())',
    ].join('\n'),
};
