/** What a newcomer reads first: where the server is, and three lines to paste. */

import type { Server } from 'node:http';
import type { Settings } from './settings.ts';

/** @param demoKey shown once, when the demo workspace was just made */
export function greeting({ publicUrl, port, host }: Settings, server: Server, demoKey: string | null): string {
  const { port: actual } = server.address() as { port: number };
  const url = port === 0 ? `http://${host}:${actual}` : publicUrl;
  const lines = ['', `  Plinth is at ${url}`, `  Documentation ${url}/docs   Playground ${url}/graphiql`, ''];
  if (demoKey) {
    lines.push(
      '  The workspace "demo" is ready. Its API key, shown only now:',
      '',
      `    ${demoKey}`,
      '',
      '  Try it:',
      '',
      `    curl -g '${url}/rest/companies?limit=3&order_by=name' -H 'Authorization: Bearer ${demoKey}'`,
      '',
      `    curl ${url}/graphql -H 'Authorization: Bearer ${demoKey}' -H 'Content-Type: application/json' -d '{"query":"{ people(first: 3) { totalCount edges { node { name { firstName lastName } company { name } } } } }"}'`,
      '',
      `    curl ${url}/rest/metadata/objects -H 'Authorization: Bearer ${demoKey}' -H 'Content-Type: application/json' -d '{"nameSingular":"rocket","namePlural":"rockets","labelSingular":"Rocket","labelPlural":"Rockets"}'`,
      '',
    );
  } else {
    lines.push('  Make a workspace:  scripts/plinth workspace create NAME', '  or another key:    scripts/plinth key create WORKSPACE NAME', '');
  }
  return `${lines.join('\n')}\n`;
}
