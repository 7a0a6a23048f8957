/** What is printed when the server is there: where it is and, after the first start, lines to paste. */

type New = {
  /** The API key of the demo workspace that was just made; it is shown this once. */
  readonly demoKey: string | null;
  /** By which the first person comes in, while there is nobody. */
  readonly setUpLink: string | null;
};

export function greeting(url: string, { demoKey, setUpLink }: New): string {
  const lines = [
    '',
    `Plinth is at ${url}`,
    `  documentation ${url}/docs, playground ${url}/playground`,
    '',
    ...(setUpLink
      ? ['Nobody signs in here yet. This link makes you the owner, once, within a day:', `  ${setUpLink}`, '']
      : []),
    ...(demoKey ? firstSteps(url, demoKey) : nextSteps()),
  ];
  return `${lines.join('\n')}\n\n`;
}

function firstSteps(url: string, key: string): string[] {
  const headers = `-H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json'`;
  const people = '{ people(first: 3) { totalCount edges { node { name { firstName lastName } company { name } } } } }';
  const rocket = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' };
  const createRocket =
    'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id nameSingular } }';
  return [
    'The workspace "demo" was made. Its API key, which is shown only now:',
    `  ${key}`,
    '',
    'Three companies over REST, three people over GraphQL, and a new kind of record:',
    `  curl '${url}/rest/companies?limit=3' -H 'Authorization: Bearer ${key}'`,
    '',
    `  curl ${url}/graphql ${headers} -d '${JSON.stringify({ query: people })}'`,
    '',
    `  curl ${url}/metadata ${headers} -d '${JSON.stringify({ query: createRocket, variables: { object: rocket } })}'`,
  ];
}

function nextSteps(): string[] {
  return [
    'Another workspace:  scripts/plinth workspace create NAME',
    'Another API key:    scripts/plinth key create WORKSPACE NAME',
  ];
}
